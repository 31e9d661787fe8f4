/** One pattern and mode pair laid over this cluster's own settings, and what it gives on each type of node. */
import {
  type IpamdSettings,
  ipsHeldByNode,
  type NodeLimits,
  nodeLimits,
  type Prediction,
  usesIpTargets,
} from '../../calc/ipamd/index.ts';
import { type MaxPodsOptions, maxPods } from '../../calc/maxpods/index.ts';
import { type Pair, usesCustomNetworking, usesSecurityGroupsForPods } from '../../calc/patterns.ts';
import type { CapacityNode } from './nodes.ts';

export interface PairModel {
  readonly pair: Pair;
  /** The pair in force. */
  readonly current: boolean;
  readonly settings: IpamdSettings;
  readonly of: (node: CapacityNode) => NodeModel;
}

/** A node under the pair. */
export interface NodeModel {
  readonly maxPods: number;
  /** Addresses ipamd can give to pods at most; 2^48 with IPv6. */
  readonly podIps: number;
  readonly branchEnis: number;
  /** Slots of its ENIs hold prefixes. */
  readonly prefixes: boolean;
  /** What it holds, settled, with so many pods. */
  readonly held: (pods: number, branchPods: number) => Prediction;
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

export function pairModel(
  pair: Pair,
  base: { readonly settings: IpamdSettings; readonly cniVersion: MaxPodsOptions['cniVersion']; readonly current: Pair },
): PairModel {
  const current = pair.pattern === base.current.pattern && pair.mode === base.current.mode;
  const settings = pairSettings(base.settings, pair);
  const types = new Map<string, TypeModel>();
  const typeOf = (node: CapacityNode): TypeModel => {
    const key = `${node.limits.instanceType} ${node.unmanagedEnis} ${node.primaryExcluded}`;
    const known = types.get(key) ?? typeModel(node, settings, base.cniVersion);
    types.set(key, known);
    return known;
  };
  const nodes = new Map<CapacityNode, NodeModel>();
  const of = (node: CapacityNode): NodeModel => {
    const known = nodes.get(node) ?? nodeModel(node, typeOf(node), settings, current);
    nodes.set(node, known);
    return known;
  };
  return { pair, current, settings, of };
}

function nodeModel(node: CapacityNode, type: TypeModel, settings: IpamdSettings, current: boolean): NodeModel {
  const { limits, unmanagedEnis, recommended, ...rest } = type;
  const maxPods = (current ? node.maxPods : undefined) ?? recommended;
  const occupied = { unmanagedEnis, primarySubnetExcluded: node.primaryExcluded };
  return {
    ...rest,
    maxPods,
    held: (pods, branchPods) => ipsHeldByNode(settings, limits, { pods, branchPods, maxPods, ...occupied }),
  };
}

interface TypeModel extends Omit<NodeModel, 'maxPods' | 'held'> {
  readonly recommended: number;
  readonly limits: NodeLimits;
  readonly unmanagedEnis: number;
}

function typeModel(node: CapacityNode, settings: IpamdSettings, cniVersion: MaxPodsOptions['cniVersion']): TypeModel {
  const item = maxPods(node.limits, {
    prefix: settings.prefixDelegation && !settings.ipv6,
    ipv6: settings.ipv6,
    customNetworking: settings.customNetworking,
    sgp: settings.podEni,
    maxEni: settings.maxEni >= 1 ? settings.maxEni : undefined,
    unmanagedEnis: node.unmanagedEnis,
    excludePrimaryEni: node.primaryExcluded,
    cniVersion,
  });
  // Before v1.20.4 a slot is kept for a trunk that never comes: it is lost like an unmanaged ENI's.
  const slotKept = item.deductions.some((d) => d.reason === 'trunk');
  const lost = slotKept && node.limits.trunkingCompatible === false ? 1 : 0;
  return {
    recommended: item.maxPods,
    podIps: item.ipsForPods,
    branchEnis: item.branchEnis,
    prefixes: item.mode === 'prefix',
    limits: nodeLimits(node.limits),
    unmanagedEnis: node.unmanagedEnis + lost,
  };
}
