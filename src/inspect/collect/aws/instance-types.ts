import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { Ec2InstanceType } from '../../snapshot/ec2.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { chunks } from './defined.ts';

const CALL = 'ec2:DescribeInstanceTypes';
const TYPES_PER_CALL = 100;

export const instanceTypes = defineAwsCollector<'instanceTypes'>({
  section: 'instanceTypes',
  purpose: 'ENI limits come from the bundled catalog, which may not know the newest types',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    const { client, DescribeInstanceTypesCommand } = await aws.clients.ec2();
    const found = await Promise.all(
      chunks(await typesInUse(ctx), TYPES_PER_CALL).map((Values) =>
        aws.pages(
          CALL,
          // a filter instead of InstanceTypes: one type the Region does not have would fail the whole call
          (NextToken) =>
            client.send(
              new DescribeInstanceTypesCommand({
                Filters: [{ Name: 'instance-type', Values }],
                MaxResults: 100,
                NextToken,
              }),
            ),
          (out) => ({ items: (out.InstanceTypes ?? []).map(reduce), next: out.NextToken }),
        ),
      ),
    );
    return { data: found.flat() };
  },
});

/** Types of today's nodes and of those the node groups may start. */
async function typesInUse(ctx: Collecting): Promise<string[]> {
  const [instances, nodegroups, nodes] = await Promise.all([
    ctx.section('instances'),
    ctx.section('nodegroups'),
    ctx.section('nodes'),
  ]);
  if (!instances && !nodes) await ctx.need('instances');
  const types = new Set([
    ...(instances ?? []).map((i) => i.instanceType),
    ...(nodegroups ?? []).flatMap((g) => g.instanceTypes),
    ...(nodes ?? []).flatMap((n) => n.labels['node.kubernetes.io/instance-type'] ?? []),
  ]);
  return [...types].filter((t) => /^[a-z0-9-]+\.[a-z0-9-]+$/.test(t)).sort();
}

function reduce(t: InstanceTypeInfo): Ec2InstanceType {
  const network = t.NetworkInfo;
  const cards = network?.NetworkCards ?? [];
  const total = network?.MaximumNetworkInterfaces ?? 0;
  const defaultCard = cards.find((c) => c.NetworkCardIndex === (network?.DefaultNetworkCardIndex ?? 0));
  return {
    instanceType: t.InstanceType ?? '',
    hypervisor: t.Hypervisor,
    bareMetal: t.BareMetal ?? false,
    vcpus: t.VCpuInfo?.DefaultVCpus ?? 0,
    maxEnis: defaultCard?.MaximumNetworkInterfaces ?? total,
    maxEnisTotal: total,
    networkCards: network?.MaximumNetworkCards ?? Math.max(cards.length, 1),
    ipv4PerEni: network?.Ipv4AddressesPerInterface ?? 0,
  };
}
