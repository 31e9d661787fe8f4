/** Series of subnets: what `subnets` and `inspect` both know. */
import type { OwnerShare } from '../../../inspect/contract/report.ts';
import type { SubnetsReport } from '../../../inspect/contract/subnets.ts';
import { type Family, gauge, type Labels } from './families.ts';

/** A subnet as either report has it. */
export interface MeasuredSubnet {
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly sources: readonly string[];
  readonly addresses: SubnetsReport['items'][number]['addresses'];
  readonly blocks: { readonly usable: number; readonly free: number; readonly prefixReserved: number } | null;
  readonly owners: readonly Pick<OwnerShare, 'class' | 'addresses' | 'prefixes'>[] | null;
  /** Null where it is not known. */
  readonly leaked: number | null;
}

export function subnetFamilies(subnets: readonly MeasuredSubnet[], cluster: Labels, mode: string | null): Family[] {
  const labels = (s: MeasuredSubnet): Labels => ({
    ...cluster,
    subnet: s.subnetId,
    az: s.availabilityZone,
    role: roleOf(s.sources),
    mode,
  });
  const used = subnets.flatMap((subnet) => byClass(subnet).map(([owner, held]) => ({ subnet, owner, held })));
  return [
    gauge('subnet_addresses', 'Addresses of the subnet.', subnets, labels, (s) => s.addresses.total),
    gauge('subnet_free_addresses', 'Addresses that EC2 hands out by itself.', subnets, labels, (s) => s.addresses.free),
    gauge(
      'subnet_free_blocks',
      'Whole /28 blocks that a prefix can take now.',
      subnets,
      labels,
      (s) => s.blocks && s.blocks.free + s.blocks.prefixReserved,
    ),
    gauge(
      'subnet_usable_blocks',
      'Whole /28 blocks that a prefix could take if nothing was in them.',
      subnets,
      labels,
      (s) => s.blocks?.usable,
    ),
    gauge(
      'subnet_reserved_addresses',
      "Addresses of AWS's own and unused space of CIDR reservations.",
      subnets,
      labels,
      ({ addresses: a }) => (a.reservedUnallocated === null ? null : a.reserved + a.reservedUnallocated),
    ),
    gauge(
      'subnet_used_addresses',
      'Addresses held by network interfaces, each prefix counted as 16, by the class of their owner.',
      used,
      ({ subnet, owner }) => ({ ...labels(subnet), owner }),
      ({ held }) => held,
    ),
    gauge(
      'subnet_invisible_addresses',
      'Addresses held by interfaces that are not visible.',
      subnets,
      labels,
      (s) => s.addresses.invisible,
    ),
    gauge(
      'leaked_addresses',
      'Addresses on unattached interfaces that the CNI left behind.',
      subnets,
      labels,
      (s) => s.leaked,
    ),
  ];
}

function byClass({ owners }: MeasuredSubnet): [string, number][] {
  const sums = new Map<string, number>();
  for (const o of owners ?? []) sums.set(o.class, (sums.get(o.class) ?? 0) + o.addresses + 16 * o.prefixes);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the subnet gives addresses to, by the first of these that holds; a label of few values. */
function roleOf(sources: readonly string[]): string {
  const kinds = new Set(sources.map((s) => s.split(':')[0]!));
  if (kinds.has('eniconfig') || kinds.has('discovery')) return 'pods';
  if (['node', 'nodegroup', 'autoscaling', 'nodeclass'].some((k) => kinds.has(k))) return 'nodes';
  if (kinds.has('fargate')) return 'fargate';
  return kinds.has('control-plane') ? 'control-plane' : 'other';
}

export function timestampFamily(generatedAt: string, cluster: Labels): Family {
  return gauge(
    'snapshot_timestamp_seconds',
    'When the data was collected, in seconds since 1970.',
    [generatedAt],
    () => cluster,
    (at) => Date.parse(at) / 1000,
  );
}

export function ofSubnets({ items, cluster, generatedAt }: SubnetsReport): Family[] {
  const labels: Labels = { cluster: cluster?.name, region: cluster?.region, account: cluster?.account };
  const measured = items.map((i) => ({ ...i, leaked: i.leakedAddresses }));
  return [...subnetFamilies(measured, labels, cluster?.mode ?? null), timestampFamily(generatedAt, labels)];
}
