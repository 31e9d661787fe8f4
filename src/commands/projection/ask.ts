/** Flags of `plan` and `gate` in the terms of the projection. */
import { formatCidr, lastOf, parseCidr } from '../../calc/cidr.ts';
import { PAIRS, type Pair } from '../../calc/patterns.ts';
import type { GateFlags } from '../../cli/gate.ts';
import type { ProjectionFlags } from '../../cli/projection-options.ts';
import type { Floors } from '../../inspect/projection/floors.ts';
import type { PodSubnet } from '../../inspect/projection/placement.ts';
import type { Density } from '../../inspect/projection/world.ts';
import type { Subnet } from '../../inspect/snapshot/ec2.ts';
import { UsageError } from '../exit-code.ts';

/** @throws UsageError for a pair that does not exist */
export function pairsAskedFor(patterns: string | undefined): readonly Pair[] {
  if (patterns === undefined) return [];
  if (patterns === 'all') return PAIRS;
  const names = new Map(PAIRS.map((p) => [`${p.pattern}+${p.mode}`, p]));
  return patterns.split(',').map((text) => {
    const pair = names.get(text.trim());
    if (!pair) throw new UsageError(`--patterns "${text}": write all, or some of ${[...names.keys()].join(', ')}`);
    return pair;
  });
}

/** @throws UsageError */
export function densityAskedFor(text: string | undefined): Density | undefined {
  if (text === undefined || text === 'p95' || text === 'full') return text;
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`--density "${text}": write p95, full, or pods per node`);
  return Number(text);
}

export type FloorFlags = Pick<GateFlags, 'minFreeIps' | 'minFreeBlocks' | 'maxUtilization' | 'minRunway'>;

/** @throws UsageError where a percentage is none */
export function floorsAskedFor(flags: FloorFlags, base: Floors): Floors {
  const { minFreeIps, minFreeBlocks, maxUtilization, minRunway } = flags;
  if (maxUtilization !== undefined && (maxUtilization < 1 || maxUtilization > 100))
    throw new UsageError('--max-utilization is a percentage from 1 to 100');
  return {
    ...base,
    ...(minFreeIps === undefined ? {} : { minFreeIps }),
    ...(minFreeBlocks === undefined ? {} : { minFreeBlocks }),
    ...(maxUtilization === undefined ? {} : { maxUtilization: maxUtilization / 100 }),
    ...(minRunway === undefined ? {} : { minRunwayDays: minRunway }),
  };
}

/** Length of the pod subnets that are cut out of `--pod-cidr`, one a zone: at most so large, at least a /28. */
const LARGEST = 18;

/**
 * `--pod-subnet zone=cidr`, and `--pod-cidr` cut into one subnet a zone.
 * @throws UsageError for a range that is none, or too small for the zones
 */
export function podSubnetsAskedFor(
  flags: Pick<ProjectionFlags, 'podCidr' | 'podSubnet'>,
  zones: readonly string[],
  present: readonly Pick<Subnet, 'subnetId' | 'cidr'>[] = [],
): readonly PodSubnet[] {
  const asked = subnetsAskedFor(flags, zones);
  const taken = present.flatMap(({ subnetId, cidr }) => [{ id: subnetId, cidr }]);
  for (const { cidr, zone } of asked) {
    const others = [...taken, ...asked.filter((a) => a.zone !== zone).map((a) => ({ id: a.zone, cidr: a.cidr }))];
    const other = others.find((o) => overlap(o.cidr, cidr));
    if (other) throw new UsageError(`the pod subnet ${cidr} of ${zone} overlaps ${other.id} (${other.cidr})`);
  }
  return asked;
}

function overlap(a: string, b: string): boolean {
  const [one, two] = [parseCidr(a), parseCidr(b)];
  return one !== undefined && two !== undefined && one.first <= lastOf(two) && two.first <= lastOf(one);
}

function subnetsAskedFor(
  { podCidr, podSubnet }: Pick<ProjectionFlags, 'podCidr' | 'podSubnet'>,
  zones: readonly string[],
): readonly PodSubnet[] {
  const named = (podSubnet ?? []).map((text): PodSubnet => {
    const [zone = '', cidr = ''] = text.split('=', 2);
    const parsed = parseCidr(cidr);
    if (!parsed || parsed.length < 16 || parsed.length > 28 || !/^[a-z0-9-]+$/.test(zone))
      throw new UsageError(
        `--pod-subnet "${text}": write ZONE=CIDR with a /16 to /28, such as eu-west-1a=100.64.0.0/19`,
      );
    return { subnetId: `assumed-${zone}`, zone, cidr };
  });
  if (podCidr === undefined) return named;
  const range = parseCidr(podCidr);
  if (!range) throw new UsageError(`--pod-cidr "${podCidr}" is no IPv4 range`);
  const length = Math.max(range.length + Math.ceil(Math.log2(Math.max(zones.length, 1))), LARGEST);
  if (length > 28) throw new UsageError(`--pod-cidr ${podCidr} is too small for ${zones.length} zones`);
  const cut = zones.map((zone, i): PodSubnet => {
    const cidr = formatCidr({ first: range.first + i * 2 ** (32 - length), length });
    return { subnetId: `assumed-${zone}`, zone, cidr };
  });
  return [...named, ...cut.filter((c) => !named.some((n) => n.zone === c.zone))];
}
