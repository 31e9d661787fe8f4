/** Warm settings that fit the pods of this cluster, through the way its CNI was installed. */
import { changeSettings } from '../../cni-settings.ts';
import type { Fix, Frees } from '../../contract/finding.ts';
import type { Bounded } from '../../contract/report.ts';
import { count } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { WarmRecommendation } from '../../facts/warm-recommendation.ts';
import { freesIn } from '../support/frees.ts';

/** `subnetId` narrows what it is said to free to one subnet; nothing where it would free nothing there. */
export function trimWarmPool(ctx: FixContext, advice: WarmRecommendation | undefined, subnetId?: string): Fix[] {
  const frees = subnetId === undefined ? advice?.frees : advice?.freesBySubnet.get(subnetId);
  if (!advice || !frees) return [];
  const env = {
    MINIMUM_IP_TARGET: String(advice.minimumIpTarget),
    WARM_IP_TARGET: String(advice.warmIpTarget),
  };
  const { commands, changes, risk } = changeSettings(ctx.cluster, ctx.cni, ctx.addon, { set: env });
  const cost = costOf(advice);
  return [
    {
      title: `Keep a smaller warm pool: MINIMUM_IP_TARGET=${env.MINIMUM_IP_TARGET} WARM_IP_TARGET=${env.WARM_IP_TARGET}`,
      commands,
      changes: `${changes} Nodes give back what they do not use within minutes.`,
      effect: 'minutes',
      frees: subnetId === undefined ? { addresses: frees, subnets: bySubnet(advice) } : freesIn(subnetId, frees),
      risk: risk ? `${cost} ${risk}` : cost,
    },
  ];
}

/** The most first; nothing where there is only one, which then has it all. */
function bySubnet({ freesBySubnet }: WarmRecommendation): Frees['subnets'] {
  const parts = [...freesBySubnet].map(([subnetId, addresses]) => ({ subnetId, addresses }));
  return parts.length < 2 ? [] : parts.sort((a, b) => b.addresses - a.addresses);
}

/** What a rollout costs by the simulator; EC2's own time is not in it. */
function costOf(advice: WarmRecommendation): string {
  const { pods, now, recommended } = advice.rollout();
  const wait =
    most(recommended.podsThatWait) === 0
      ? 'no pod waits'
      : `${bounded(recommended.podsThatWait)} pods wait up to ${most(recommended.longestWaitSeconds)} s and EC2's time for an address`;
  const before = most(now.podsThatWait) === 0 ? 'none' : bounded(now.podsThatWait);
  return `A new node that goes from ${pods.join(' to ')} pods, each step at once, makes ${bounded(recommended.calls)} EC2 ${most(recommended.calls) === 1 ? 'call' : 'calls'} (now ${bounded(now.calls)}); ${wait} (now ${before}).`;
}

function most(value: Bounded): number {
  return typeof value === 'number' ? value : value.max;
}

function bounded(value: Bounded): string {
  return typeof value === 'number' ? count(value) : `${count(value.min)} to ${count(value.max)}`;
}
