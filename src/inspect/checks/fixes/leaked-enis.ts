/** Deleting ENIs that the CNI left behind: the cheapest way to addresses. */
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import type { Helps } from '../../facts/define-fact.ts';
import { fixContext } from '../../facts/fix-context.ts';
import { blocksFreedBy, isOwnLeak, type Leak } from '../../facts/leaked-enis.ts';
import { subnetUse } from '../../facts/subnet-use.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws } from '../support/commands.ts';
import { freesIn } from '../support/frees.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const leakFixInputs = { fix: fixContext, subnetUse };

/** Nothing for leaks that are, or may be, another cluster's: their owners decide. `wantBlocks` is how many /28 blocks the subnet's nodes would take. */
export function deleteLeaks(
  from: Helps<typeof leakFixInputs>,
  subnet: Subnet | undefined,
  leaks: readonly Leak[],
  wantBlocks = 0,
): Fix[] {
  const ours = leaks.filter(isOwnLeak);
  if (ours.length === 0) return [];
  const addresses = ours.reduce((n, l) => n + l.addresses, 0);
  const blocks = subnet ? blocksFreedBy(from.subnetUse, subnet, new Set(ours.map((l) => l.eni.eniId))) : 0;
  const risks = [
    ...(blocks < wantBlocks
      ? [`It only helps for now: ${things(wantBlocks, 'node')} will share ${things(blocks, 'block')}.`]
      : []),
    ...(ours.some((l) => l.reason === 'no-cluster-tag')
      ? ['Some carry no cluster tag: make sure no other cluster in this VPC is just starting nodes.']
      : []),
  ];
  return [
    {
      title: `Delete ${things(ours.length, 'leaked ENI')}`,
      commands: ours.map((l) =>
        aws(from.fix, 'ec2', 'delete-network-interface', '--network-interface-id', l.eni.eniId),
      ),
      changes: 'Deletes interfaces that are attached to nothing; EC2 refuses it for any that is in use by then.',
      effect: 'immediate',
      frees: {
        ...(subnet ? freesIn(subnet.subnetId, addresses) : { addresses, subnets: [] }),
        ...(blocks > 0 ? { blocks } : {}),
      },
      ...(risks.length > 0 ? { risk: risks.join(' ') } : {}),
    },
  ];
}
