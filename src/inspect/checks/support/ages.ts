import type { Policy } from '../../policy.ts';
import type { Node } from '../../snapshot/kubernetes.ts';

export function secondsSince(iso: string | undefined, now: number): number | undefined {
  return iso === undefined ? undefined : (now - Date.parse(iso)) / 1000;
}

/** A node that joined moments ago: one look cannot tell its start from a fault. */
export function isYoung(node: Pick<Node, 'createdAt'>, now: number, policy: Policy): boolean {
  return (secondsSince(node.createdAt, now) ?? 0) < policy.thresholds.youngNodeMinutes * 60;
}
