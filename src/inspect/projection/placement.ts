/** Which subnet each ENI of a node is created in under a pattern. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import type { Prediction } from '../../calc/ipamd/index.ts';
import { type Pattern, usesCustomNetworking } from '../../calc/patterns.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { isEligible } from '../facts/pod-subnets.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { EniConfig } from '../snapshot/kubernetes.ts';
import { type Account, type End, type EniNeed, fits, freeAddresses, freeBlocks, type Ledger, take } from './ledger.ts';
import type { CapacityNode } from './nodes.ts';
import type { NodeModel } from './pair.ts';

/** Where a node's ENIs may go: the primary's subnet, and the ones further ENIs can be created in. */
export interface Sites {
  readonly node: string;
  readonly pods: readonly string[];
}

/** Undefined where the node's subnet or its ENIConfig is not known. */
export type SitesOf = (node: CapacityNode, pattern: Pattern) => Sites | undefined;

export function sitesOf(run: Run): SitesOf {
  const inForce = run.valueOf(networking);
  const byZone = groupBy(run.valueOf(section('subnets')) ?? [], (s) => s.availabilityZone);
  const customSubnet = customSubnets(run);
  const found = new Map<string, readonly string[]>();
  const discovered = (own: string, zone: string | undefined): readonly string[] => {
    if (!inForce?.settings.subnetDiscovery) return [own];
    const known = found.get(own) ?? eligible(byZone.get(zone ?? '') ?? [], own, inForce);
    found.set(own, known);
    return known;
  };
  return (node, pattern) => {
    if (node.subnetId === undefined) return undefined;
    if (!usesCustomNetworking(pattern)) return { node: node.subnetId, pods: discovered(node.subnetId, node.zone) };
    const pods = customSubnet(node);
    return pods === undefined ? undefined : { node: node.subnetId, pods: [pods] };
  };
}

function eligible(zone: readonly Subnet[], own: string, inForce: Networking): readonly string[] {
  return zone.filter((s) => isEligible(s, s.subnetId === own, inForce)).map((s) => s.subnetId);
}

/**
 * The ENIConfig's subnet of a node. Where custom networking is not in force nobody names an ENIConfig yet: the usual set-up,
 * one per zone and named after it, is taken (EKS user guide, custom networking), else any whose subnet lies in the zone.
 */
function customSubnets(run: Run): (node: CapacityNode) => string | undefined {
  const configs = run.valueOf(section('eniConfigs')) ?? [];
  const zoneOf = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s.availabilityZone]));
  const inForce = run.valueOf(networking)?.settings.customNetworking === true;
  const resolved = inForce ? run.valueOf(eniConfigResolution) : undefined;
  const inZone = (c: EniConfig, zone: string | undefined) =>
    zone !== undefined && c.subnetId !== undefined && zoneOf.get(c.subnetId) === zone;
  return (node) => {
    if (resolved) return resolved.get(node.name)?.subnet?.subnetId;
    const candidates = configs.filter((c) => inZone(c, node.zone));
    return (candidates.find((c) => c.name === node.zone) ?? candidates[0])?.subnetId;
  };
}

/** What a settled node takes, ENI by ENI. */
export interface NodeNeed {
  /** The primary ENI, with its slots where it serves pods, and what the launch attaches to other cards. */
  readonly primary: EniNeed;
  readonly further: readonly EniNeed[];
  /** Trunk and branch ENIs, in the subnet of the primary, or the ENIConfig's under custom networking. */
  readonly beside: number;
}

export function needOf(held: Prediction, pattern: Pattern, otherCards: NodeModel['otherCards']): NodeNeed {
  const prefixes = held.prefixes > 0;
  const enis = held.perENI.map(
    (slots): EniNeed => (prefixes ? { singles: 1, blocks: slots } : { singles: 1 + slots, blocks: 0 }),
  );
  const beside = held.trunkENIs + held.branchENIs;
  const primary = primaryServesNoPods(held, pattern) ? undefined : enis[0];
  const { singles, blocks } = primary ?? { singles: 1, blocks: 0 };
  const { attached, managed } = otherCards;
  return {
    primary: { singles: singles + attached.singles, blocks: blocks + attached.blocks },
    further: [...(primary ? enis.slice(1) : enis), ...managed],
    beside,
  };
}

/** Addresses of the need, prefixes counted as 16. */
export function addressesOf({ primary, further, beside }: NodeNeed): number {
  return [primary, ...further].reduce((n, e) => n + e.singles + ADDRESSES_PER_BLOCK * e.blocks, beside);
}

export function blocksOf({ primary, further }: NodeNeed): number {
  return [primary, ...further].reduce((n, e) => n + e.blocks, 0);
}

function primaryServesNoPods(held: Prediction, pattern: Pattern): boolean {
  return usesCustomNetworking(pattern) || (held.subnetIPsBySubnet.other ?? 0) > 0;
}

/**
 * Places a node, each further ENI in the first eligible subnet that takes it, most free addresses first
 * (`awsutils.go:GetVpcSubnets`, `createENI`). With `refuse` nothing is overdrawn and false tells that no subnet would have it;
 * else the roomiest one is overdrawn.
 */
export function place(
  ledger: Ledger,
  sites: Sites,
  need: NodeNeed,
  pattern: Pattern,
  end: End,
  refuse: boolean,
): boolean {
  const home = ledger.get(sites.node);
  const candidates = sites.pods.flatMap((id) => ledger.get(id) ?? []);
  const custom = usesCustomNetworking(pattern);
  const trunkHome = custom ? candidates[0] : home;
  if (!home || candidates.length === 0 || !trunkHome) return false;
  const put = (account: Account, eni: EniNeed): boolean => {
    if (refuse && !fits(account, eni)) return false;
    take(account, eni, end);
    return true;
  };
  if (!put(home, need.primary)) return false;
  for (const eni of need.further) {
    const inOrder = candidates.length > 1 ? [...candidates].sort(byRoom) : candidates;
    if (!put(inOrder.find((a) => fits(a, eni)) ?? inOrder[0]!, eni)) return false;
  }
  return need.beside === 0 || put(trunkHome, { singles: need.beside, blocks: 0 });
}

/** As EC2's count orders them; what decides no more is the subnet's id. */
function byRoom(a: Account, b: Account): number {
  return (
    freeAddresses(b) - freeAddresses(a) ||
    (freeBlocks(b) ?? 0) - (freeBlocks(a) ?? 0) ||
    (a.subnet.subnetId < b.subnet.subnetId ? -1 : 1)
  );
}
