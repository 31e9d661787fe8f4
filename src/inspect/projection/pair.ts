/** One pattern and mode pair laid over this cluster's own settings, and what it gives on each type of node. */
import {
  nodeCapacity as capacityOf,
  extraCard,
  type IpamdSettings,
  ipsHeldByNode,
  type NodeLimits,
  type OccupiedSlots,
  type Prediction,
  usesIpTargets,
} from '../../calc/ipamd/index.ts';
import { HOST_PODS, IPV6_ADDRESSES, KUBELET_DEFAULT, vcpuCeiling } from '../../calc/maxpods/index.ts';
import { type Pair, usesCustomNetworking, usesSecurityGroupsForPods } from '../../calc/patterns.ts';
import type { Networking } from '../facts/networking.ts';
import { ipamdLimits } from '../facts/node-capacity.ts';
import type { EniNeed } from './ledger.ts';
import type { CapacityNode } from './nodes.ts';

export interface PairModel {
  readonly pair: Pair;
  /** The pair in force. */
  readonly current: boolean;
  readonly settings: IpamdSettings;
  /** A node as it is; under another pair than the one in force, replaced by one like it. */
  readonly of: (node: CapacityNode) => NodeModel;
  /** One more node like it. */
  readonly next: (node: CapacityNode) => NodeModel;
}

/** A node under the pair. */
export interface NodeModel {
  readonly maxPods: number;
  /** Addresses ipamd can give to pods at most; 2^48 with IPv6, 0 where ipamd does not start. */
  readonly podIps: number;
  readonly branchEnis: number;
  /** Slots of its ENIs hold prefixes. */
  readonly prefixes: boolean;
  readonly slotsPerEni: number;
  /** The primary ENI gets no pod addresses. */
  readonly primaryClosed: boolean;
  /** What it holds on network card 0, settled, with so many pods. */
  readonly held: (pods: number, branchPods: number, arrival?: 'oneByOne' | 'unknown') => Prediction;
  /** ENIs on further network cards that ipamd manages, and those the launch attaches for others, as EFA. */
  readonly otherCards: { readonly managed: readonly EniNeed[]; readonly attached: EniNeed };
}

/**
 * The settings in force with the pair's switches set. A prefix mode that is not in force yet is taken with
 * WARM_PREFIX_TARGET=1, as the manifest has it, where the cluster sets nothing: ipamd refuses 0 (`entrypoint.sh`).
 */
export function pairSettings(settings: IpamdSettings, pair: Pair): IpamdSettings {
  const prefix = pair.mode !== 'secondary';
  const needsWarmPrefix = prefix && settings.warmPrefixTarget === 0 && !usesIpTargets(settings);
  return {
    ...settings,
    ipv4: pair.mode !== 'ipv6',
    ipv6: pair.mode === 'ipv6',
    prefixDelegation: prefix,
    customNetworking: usesCustomNetworking(pair.pattern),
    podEni: usesSecurityGroupsForPods(pair.pattern),
    warmPrefixTarget: needsWarmPrefix ? 1 : settings.warmPrefixTarget,
  };
}

export function pairModel(pair: Pair, inForce: Networking): PairModel {
  const current = pair.pattern === inForce.pattern && pair.mode === inForce.mode;
  const settings = pairSettings(inForce.settings, pair);
  const types = new Map<string, TypeModel>();
  const typeOf = (node: CapacityNode, leftoverTrunk: boolean): TypeModel => {
    const { limits, unmanagedEnis, primaryExcluded } = node;
    const key = leftoverTrunk ? kindOf(node).trunked : kindOf(node).type;
    const known =
      types.get(key) ??
      typeModel(ipamdLimits(limits, inForce), limits.vcpus, settings, {
        unmanagedEnis,
        primarySubnetExcluded: primaryExcluded,
        leftoverTrunk,
      });
    types.set(key, known);
    return known;
  };
  // Nodes of one kind share their model, and so what it has computed.
  const byType = new Map<TypeModel, Map<string, NodeModel>>();
  const shared = (node: CapacityNode, type: TypeModel): NodeModel => {
    const models = byType.get(type) ?? new Map<string, NodeModel>();
    byType.set(type, models);
    const key = kindOf(node).rest;
    const known = models.get(key) ?? nodeModel(node, type, settings, current);
    models.set(key, known);
    return known;
  };
  const next = (node: CapacityNode): NodeModel => shared(node, typeOf(node, false));
  const of = current ? (node: CapacityNode): NodeModel => shared(node, typeOf(node, node.leftoverTrunk)) : next;
  return { pair, current, settings, of, next };
}

/** What makes nodes alike, as text: the same under every pair. */
interface Kind {
  readonly type: string;
  readonly trunked: string;
  readonly rest: string;
}

export function kindOf(node: CapacityNode): Kind {
  const known = kinds.get(node);
  if (known) return known;
  const { limits, unmanagedEnis, primaryExcluded, maxPods } = node;
  const { managed, addresses, prefixes } = node.otherCards;
  const type = `${limits.instanceType} ${unmanagedEnis} ${primaryExcluded}`;
  const rest = `${maxPods ?? ''} ${managed} ${addresses} ${prefixes}`;
  const kind = { type, trunked: `${type} trunk`, rest };
  kinds.set(node, kind);
  return kind;
}

const kinds = new WeakMap<CapacityNode, Kind>();

interface TypeModel extends Pick<NodeModel, 'podIps' | 'branchEnis' | 'prefixes' | 'slotsPerEni' | 'primaryClosed'> {
  readonly recommended: number;
  readonly limits: NodeLimits;
  readonly occupied: OccupiedSlots;
}

function typeModel(
  limits: NodeLimits,
  vcpus: number | undefined,
  settings: IpamdSettings,
  occupied: OccupiedSlots,
): TypeModel {
  const capacity = capacityOf(settings, limits, occupied);
  // In IPv6 ipamd refuses to start where it cannot have prefixes (`ipamd.go:isConfigValid`).
  const podIps = settings.ipv6 ? (limits.prefixCapable ? IPV6_ADDRESSES : 0) : capacity.maxPodIPs;
  return {
    podIps,
    branchEnis: podIps === 0 && settings.ipv6 ? 0 : capacity.branchENILimit,
    prefixes: !settings.ipv6 && capacity.prefixes,
    slotsPerEni: capacity.slotsPerENI,
    primaryClosed: capacity.closedENIs > 0,
    recommended: Math.min(podIps + HOST_PODS, vcpuCeiling(vcpus) ?? KUBELET_DEFAULT),
    limits,
    occupied,
  };
}

function nodeModel(node: CapacityNode, type: TypeModel, settings: IpamdSettings, current: boolean): NodeModel {
  const { limits, occupied, recommended, ...shared } = type;
  const { podIps } = shared;
  const maxPods = (current ? node.maxPods : undefined) ?? recommended;
  const starts = !settings.ipv6 || podIps > 0;
  const asked = starts ? settings : { ...settings, podEni: false };
  const memo = new Map<number, Prediction>();
  return {
    ...shared,
    maxPods,
    held: (pods, branchPods, arrival = 'oneByOne') => {
      const key = (pods * 1024 + branchPods) * 2 + (arrival === 'unknown' ? 1 : 0);
      const known = memo.get(key) ?? ipsHeldByNode(asked, limits, { pods, branchPods, maxPods, arrival, ...occupied });
      memo.set(key, known);
      return known;
    },
    otherCards: otherCards(node, limits, settings, maxPods),
  };
}

/**
 * With ENABLE_MULTI_NIC each managed card holds ENIs of its own (`ipamd.md`: two addresses at idle); without it what others
 * attached to further cards stays as it is.
 */
function otherCards(
  node: CapacityNode,
  limits: NodeLimits,
  settings: IpamdSettings,
  maxPods: number,
): NodeModel['otherCards'] {
  const attached = { singles: node.otherCards.addresses, blocks: node.otherCards.prefixes };
  if (!settings.multiNic) return { managed: [], attached };
  const none = { singles: 0, blocks: 0 };
  if (settings.ipv6)
    return {
      managed: Array.from({ length: node.otherCards.managed }, () => ({ singles: 1, blocks: 0 })),
      attached: none,
    };
  const card = extraCard(settings, limits, { pods: 0, maxPods });
  if (!card) return { managed: [], attached };
  const prefixes = settings.prefixDelegation && limits.prefixCapable;
  const slots = card.slots.max;
  const need: EniNeed = prefixes ? { singles: card.enis, blocks: slots } : { singles: card.enis + slots, blocks: 0 };
  return { managed: Array.from({ length: node.otherCards.managed }, () => need), attached: none };
}
