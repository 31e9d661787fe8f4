import type { PrefixList } from '../../snapshot/routing.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { texts } from './defined.ts';
import { describeEach } from './named.ts';

const NAMES = 'ec2:DescribeManagedPrefixLists';
const ENTRIES = 'ec2:GetManagedPrefixListEntries';

export const prefixLists = defineAwsCollector<'prefixLists'>({
  section: 'prefixLists',
  purpose: 'which ranges the prefix lists in routes and security group rules stand for is unknown',
  calls: [
    { iam: NAMES, tier: 'optional' },
    { iam: ENTRIES, tier: 'optional' },
  ],
  async collect(aws, ctx) {
    const ids = await listsInUse(ctx);
    if (ids.length === 0) return { data: [] };
    const { client, DescribeManagedPrefixListsCommand, GetManagedPrefixListEntriesCommand } = await aws.clients.ec2();
    const Filters = [{ Name: 'prefix-list-id', Values: ids }];
    const found = await aws.pages(
      NAMES,
      (NextToken) => client.send(new DescribeManagedPrefixListsCommand({ Filters, MaxResults: 100, NextToken })),
      (out) => ({ items: out.PrefixLists ?? [], next: out.NextToken }),
    );
    const names = new Map(found.map((l) => [l.PrefixListId, l.PrefixListName]));
    return describeEach(ids, async (PrefixListId): Promise<PrefixList> => {
      const cidrs = await aws.pages(
        ENTRIES,
        (NextToken) =>
          client.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 100, NextToken })),
        (out) => ({ items: texts(out.Entries?.map((e) => e.Cidr)), next: out.NextToken }),
      );
      return { prefixListId: PrefixListId, name: names.get(PrefixListId), cidrs };
    });
  },
});

async function listsInUse(ctx: Collecting): Promise<string[]> {
  const [rules, tables] = await Promise.all([ctx.section('securityGroupRules'), ctx.section('routeTables')]);
  if (!rules && !tables) await ctx.need('routeTables');
  const ids = new Set([
    ...(rules?.rules ?? []).flatMap((r) => r.prefixListId ?? []),
    ...(tables ?? []).flatMap((t) => t.routes.map((r) => r.destination).filter((d) => d.startsWith('pl-'))),
  ]);
  return [...ids].sort();
}
