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
  const key = keyOf(demand);
  const held = known.get(key) ?? ipsHeldByNode(settings, limits, demand);
  known.set(key, held);
  return held;
}

/** What of a demand is a small number, with the least number that is too large for its place in a key. */
const [PODS, BRANCH_PODS, ENIS] = [2 ** 12, 2 ** 9, 2 ** 5];
const ARRIVALS = [undefined, 'oneByOne', 'unknown'] as const;

/** Equal for equal demands: a number, which is made without the text, wherever it has room. */
function keyOf(demand: PredictionDemand): number | string {
  const { pods, branchPods = 0, maxPods, unmanagedEnis = 0, excludedEnis = 0, arrival, churn } = demand;
  const { leftoverTrunk = false, primarySubnetExcluded = false } = demand;
  const way = ARRIVALS.indexOf(arrival as (typeof ARRIVALS)[number]);
  const fits =
    pods < PODS &&
    maxPods < PODS &&
    branchPods < BRANCH_PODS &&
    unmanagedEnis < ENIS &&
    excludedEnis < ENIS &&
    way >= 0;
  if (!fits || churn?.peakPods !== undefined)
    return `${pods} ${branchPods} ${maxPods} ${unmanagedEnis} ${excludedEnis} ${leftoverTrunk} ${primarySubnetExcluded} ${arrival} ${churn && `after ${churn.peakPods}`}`;
  const marks = (leftoverTrunk ? 1 : 0) + (primarySubnetExcluded ? 2 : 0) + (churn ? 4 : 0) + 8 * way;
  const enis = unmanagedEnis + ENIS * excludedEnis;
  return marks + 32 * (enis + ENIS * ENIS * (branchPods + BRANCH_PODS * (maxPods + PODS * pods)));
}

type Likes = Map<number | string, Prediction>;
const predictions = new WeakMap<IpamdSettings, WeakMap<NodeLimits, Likes>>();

function likesOf(settings: IpamdSettings, limits: NodeLimits): Likes {
  const byLimits = predictions.get(settings) ?? new WeakMap<NodeLimits, Likes>();
  predictions.set(settings, byLimits);
  const known = byLimits.get(limits) ?? new Map<number | string, Prediction>();
  byLimits.set(limits, known);
  return known;
}
