import type { Run } from '../../facts/define-fact.ts';
import type { Policy } from '../../policy.ts';
import type { Node } from '../../snapshot/kubernetes.ts';

export function secondsSince(iso: string | undefined, run: Run): number | undefined {
  return iso === undefined ? undefined : (run.now - Date.parse(iso)) / 1000;
}

/** A node that joined moments ago: one look cannot tell its start from a fault. */
export function isYoung(node: Pick<Node, 'createdAt'>, run: Run, policy: Policy): boolean {
  return (secondsSince(node.createdAt, run) ?? 0) < policy.thresholds.youngNodeMinutes * 60;
}
