/** Which subnet each ENI of a node is created in under a pattern. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { type Prediction, packedEnis } from '../../calc/ipamd/index.ts';
import { type Pattern, usesCustomNetworking } from '../../calc/patterns.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { isEligible } from '../facts/pod-subnets.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { EniConfig } from '../snapshot/kubernetes.ts';
import { type Account, type End, type EniNeed, fits, freeAddresses, type Ledger, take } from './ledger.ts';
import type { CapacityNode } from './nodes.ts';
import type { NodeModel } from './pair.ts';

/** Where a node's ENIs may go: the primary's subnet, and the ones further ENIs can be created in. */
export interface Sites {
  readonly node: string;
  readonly pods: readonly string[];
}

/** Undefined where the node's subnet or its ENIConfig is not known. */
export type SitesOf = (node: CapacityNode, pattern: Pattern) => Sites | undefined;

/** A subnet for pods that does not exist yet. */
export interface PodSubnet {
  readonly subnetId: string;
  readonly zone: string;
  readonly cidr: string;
}

/** `assumed`: subnets that serve a zone under custom networking where no ENIConfig does. */
export function sitesOf(run: Run, inForce = run.valueOf(networking), assumed: readonly PodSubnet[] = []): SitesOf {
  const byZone = groupBy(run.valueOf(section('subnets')) ?? [], (s) => s.availabilityZone);
  const customSubnet = customSubnets(run, inForce, assumed);
  const found = new Map<string, Sites>();
  const discovered = (own: string, zone: string | undefined): Sites => {
    const known = found.get(own) ?? {
      node: own,
      pods: inForce?.settings.subnetDiscovery ? eligible(byZone.get(zone ?? '') ?? [], own, inForce) : [own],
    };
    found.set(own, known);
    return known;
  };
  // Nodes with the same sites share one object, by which they are told to be alike.
  const custom = new Map<string, Map<string, Sites>>();
  const apart = (own: string, pods: string): Sites => {
    const here = custom.get(own) ?? new Map<string, Sites>();
    custom.set(own, here);
    const known = here.get(pods) ?? { node: own, pods: [pods] };
    here.set(pods, known);
    return known;
  };
  return (node, pattern) => {
    if (node.subnetId === undefined) return undefined;
    if (!usesCustomNetworking(pattern)) return discovered(node.subnetId, node.zone);
    const pods = customSubnet(node);
    return pods === undefined ? undefined : apart(node.subnetId, pods);
  };
}

function eligible(zone: readonly Subnet[], own: string, inForce: Networking): readonly string[] {
  return zone.filter((s) => isEligible(s, s.subnetId === own, inForce)).map((s) => s.subnetId);
}

/** Name of a node that does not exist yet. */
export const NEW_NODE = '';

/**
 * The ENIConfig's subnet of a node; a new one gets that of its zone. Where custom networking is not in force nobody names an ENIConfig yet: the usual set-up,
 * one per zone and named after it, is taken (EKS user guide, custom networking), else any whose subnet lies in the zone.
 */
function customSubnets(
  run: Run,
  net: Networking | undefined,
  assumed: readonly PodSubnet[],
): (node: CapacityNode) => string | undefined {
  const configs = run.valueOf(section('eniConfigs')) ?? [];
  const zoneOf = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s.availabilityZone]));
  const resolved = net?.settings.customNetworking ? run.valueOf(eniConfigResolution) : undefined;
  const usual = new Map<string | undefined, string>();
  for (const node of run.valueOf(section('nodes')) ?? []) {
    const id = resolved?.get(node.name)?.subnet?.subnetId;
    if (id !== undefined) usual.set(zoneOf.get(id), id);
  }
  const inZone = (c: EniConfig, zone: string | undefined) =>
    zone !== undefined && c.subnetId !== undefined && zoneOf.get(c.subnetId) === zone;
  return (node) => {
    if (resolved && resolved.size > 0 && node.name !== NEW_NODE) {
      const own = resolved.get(node.name)?.subnet?.subnetId;
      // an ENI cannot be attached across zones
      if (own !== undefined && node.zone !== undefined && (zoneOf.get(own) ?? node.zone) !== node.zone)
        return undefined;
      return own ?? assumed.find((s) => s.zone === node.zone)?.subnetId;
    }
    const present = usual.get(node.zone);
    if (present !== undefined) return present;
    const candidates = configs.filter((c) => inZone(c, node.zone));
    const config = candidates.find((c) => c.name === node.zone) ?? candidates[0];
    return config?.subnetId ?? assumed.find((s) => s.zone === node.zone)?.subnetId;
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

/** The same for so many pods: at the worst end the most that the order of pods and their placement may make of it. */
export function needAt(
  own: NodeModel,
  pods: { readonly addressed: number; readonly branch: number },
  pattern: Pattern,
  end: End,
): NodeNeed & { readonly slots: number } {
  const memo = needs.get(own) ?? new Map<number, NodeNeed & { readonly slots: number }>();
  needs.set(own, memo);
  // A model belongs to one pair, and so to one pattern.
  const key = (pods.addressed * 1024 + pods.branch) * 2 + (end === 'worst' ? 1 : 0);
  const known = memo.get(key) ?? computed(own, pods, pattern, end);
  memo.set(key, known);
  return known;
}

const needs = new WeakMap<NodeModel, Map<number, NodeNeed & { readonly slots: number }>>();

function computed(
  own: NodeModel,
  pods: { readonly addressed: number; readonly branch: number },
  pattern: Pattern,
  end: End,
): NodeNeed & { readonly slots: number } {
  const held = own.held(pods.addressed, pods.branch, end === 'worst' ? 'unknown' : 'oneByOne');
  const slots = held.prefixes + held.secondaryIPs;
  const most = held.range ? Math.max(held.range.prefixes.max, held.range.secondaryIPs.max) : slots;
  if (end === 'best' || most <= slots || own.slotsPerEni === 0)
    return { ...needOf(held, pattern, own.otherCards), slots };
  const perENI = packedEnis(most, own.slotsPerEni, true);
  const stretched = own.prefixes ? { ...held, perENI, prefixes: most } : { ...held, perENI, secondaryIPs: most };
  return { ...needOf(stretched, pattern, own.otherCards), slots: most };
}

/** A node that may be added: where its ENIs go, and what they take. */
export interface SitedNeed {
  readonly sites: Sites;
  readonly need: NodeNeed;
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

const NOBODY: readonly string[] = [];

/**
 * Places a node, each further ENI in the first eligible subnet that takes it, most free addresses first
 * (`awsutils.go:GetVpcSubnets`, `createENI`), else overdrawing the roomiest. Returns the subnets that would not have it; empty
 * where all fitted. A node without a subnet for its pods is refused by its own and takes nothing.
 */
export function place(ledger: Ledger, sites: Sites, need: NodeNeed, pattern: Pattern, end: End): readonly string[] {
  const home = ledger.get(sites.node);
  const candidates = candidatesOf(ledger, sites);
  const [first] = candidates;
  if (!home || !first) return [sites.node];
  let refused = put(home, need.primary, end, NOBODY);
  for (const eni of need.further) {
    if (candidates.length === 1) {
      refused = put(first, eni, end, refused);
      continue;
    }
    const inOrder = [...candidates].sort(byRoom);
    refused = put(inOrder.find((a) => fits(a, eni, end)) ?? inOrder[0]!, eni, end, refused);
  }
  if (need.beside === 0) return refused;
  const trunkHome = usesCustomNetworking(pattern) ? first : home;
  return put(trunkHome, { singles: need.beside, blocks: 0 }, end, refused);
}

function candidatesOf(ledger: Ledger, { pods }: Sites): readonly Account[] {
  const only = pods.length === 1 ? ledger.get(pods[0]!) : undefined;
  return only ? [only] : pods.flatMap((id) => ledger.get(id) ?? []);
}

/** Takes it, and adds the subnet to those that refused where it had no room. */
function put(account: Account, eni: EniNeed, end: End, refused: readonly string[]): readonly string[] {
  const fitted = fits(account, eni, end);
  take(account, eni, end);
  return fitted ? refused : [...refused, account.subnet.subnetId];
}

/** As EC2's count orders them; what decides no more is the subnet's id. */
function byRoom(a: Account, b: Account): number {
  return freeAddresses(b) - freeAddresses(a) || (a.subnet.subnetId < b.subnet.subnetId ? -1 : 1);
}
