/** Warm settings that fit the pods of this cluster, through the way its CNI was installed. */
import { changeSettings } from '../../cni-settings.ts';
import type { WarmRecommendation } from '../../facts/warm-recommendation.ts';
import type { Fix } from '../../finding.ts';
import type { FixContext } from '../support/fix-context.ts';
import { things } from '../support/say.ts';

/** `subnetId` narrows what it is said to free to one subnet; nothing where it would free nothing there. */
export function trimWarmPool(ctx: FixContext, advice: WarmRecommendation | undefined, subnetId?: string): Fix[] {
  const frees = subnetId === undefined ? advice?.frees : advice?.freesBySubnet.get(subnetId);
  if (!advice || !frees) return [];
  const env = {
    MINIMUM_IP_TARGET: String(advice.minimumIpTarget),
    WARM_IP_TARGET: String(advice.warmIpTarget),
  };
  const { commands, changes, risk } = changeSettings(ctx.cluster, ctx.cni, ctx.addon, { set: env });
  const { callsPerNode, burstPods } = advice;
  const cost = `${things(callsPerNode.settled, 'EC2 call')} for a node to reach ${things(advice.p95Pods, 'pod')} instead of ${callsPerNode.now}; ${things(burstPods.settled, 'pod')} at once start without waiting for EC2 instead of ${burstPods.now}.`;
  return [
    {
      title: `Keep a smaller warm pool: MINIMUM_IP_TARGET=${env.MINIMUM_IP_TARGET} WARM_IP_TARGET=${env.WARM_IP_TARGET}`,
      commands,
      changes: `${changes} Nodes give back what they do not use within minutes.`,
      effect: 'minutes',
      frees: `${things(frees, 'address', 'addresses')}${subnetId ? ` in ${subnetId}` : ''}`,
      risk: risk ? `${cost} ${risk}` : cost,
    },
  ];
}
