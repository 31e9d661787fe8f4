import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { nodeGroupText } from '../../facts/support/node-group.ts';

/** Key of findings about nodes of one group and type: `managed/workers/m5.large`. */
export function groupKey(c: Pick<NodeCapacity, 'group' | 'instanceType'>): string {
  return `${nodeGroupText(c.group)}/${c.instanceType}`;
}

/** `managed group workers`, `NodePool default`, `self-managed nodes`. */
export function groupText(c: Pick<NodeCapacity, 'group'>): string {
  const { kind, name } = c.group;
  if (kind === 'karpenter') return name === '' ? 'Karpenter' : `NodePool ${name}`;
  if (kind === 'managed') return `managed group ${name}`;
  return name === '' ? 'self-managed nodes' : `self-managed group ${name}`;
}
