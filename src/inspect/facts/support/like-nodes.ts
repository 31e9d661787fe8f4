import {
  type IpamdSettings,
  ipsHeldByNode,
  type NodeLimits,
  type Prediction,
  type PredictionDemand,
} from '../../../calc/ipamd/index.ts';

/**
 * What a node holds, as `ipsHeldByNode` says it, computed once for all nodes that are alike: of thousands nearly all are of a
 * few instance types and run one of some dozen numbers of pods. Alike are the same settings, the same limits, equal demands.
 */
export function heldByLike(settings: IpamdSettings, limits: NodeLimits, demand: PredictionDemand): Prediction {
  if (demand.subnets !== undefined) return ipsHeldByNode(settings, limits, demand);
  const known = likesOf(settings, limits);
  const { pods, branchPods, maxPods, unmanagedEnis, excludedEnis, arrival, churn } = demand;
  const { leftoverTrunk, primarySubnetExcluded } = demand;
  const key = `${pods} ${branchPods} ${maxPods} ${unmanagedEnis} ${excludedEnis} ${leftoverTrunk} ${primarySubnetExcluded} ${arrival} ${churn && `after ${churn.peakPods}`}`;
  const held = known.get(key) ?? ipsHeldByNode(settings, limits, demand);
  known.set(key, held);
  return held;
}

type Likes = Map<string, Prediction>;
const predictions = new WeakMap<IpamdSettings, WeakMap<NodeLimits, Likes>>();

function likesOf(settings: IpamdSettings, limits: NodeLimits): Likes {
  const byLimits = predictions.get(settings) ?? new WeakMap<NodeLimits, Likes>();
  predictions.set(settings, byLimits);
  const known = byLimits.get(limits) ?? new Map<string, Prediction>();
  byLimits.set(limits, known);
  return known;
}
