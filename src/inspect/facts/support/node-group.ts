import type { Instance } from '../../snapshot/ec2.ts';
import type { Node } from '../../snapshot/kubernetes.ts';

export type NodeGroupKind = 'managed' | 'karpenter' | 'self-managed' | 'auto-mode' | 'fargate' | 'hybrid';

/** What launched a node. */
export interface NodeGroup {
  readonly kind: NodeGroupKind;
  /** Node group, NodePool or Auto Scaling group; empty where nothing names it. */
  readonly name: string;
}

/** Auto Mode is asked first: its nodes carry Karpenter's labels too. */
export function nodeGroupOf(node: Node, instance?: Instance): NodeGroup {
  const { labels } = node;
  const computeType = labels['eks.amazonaws.com/compute-type'];
  const pool = labels['karpenter.sh/nodepool'] ?? labels['karpenter.sh/provisioner-name'];
  if (computeType === 'auto') return { kind: 'auto-mode', name: pool ?? '' };
  if (computeType === 'fargate') return { kind: 'fargate', name: '' };
  if (computeType === 'hybrid') return { kind: 'hybrid', name: '' };
  if (pool !== undefined) return { kind: 'karpenter', name: pool };
  const managed = labels['eks.amazonaws.com/nodegroup'];
  if (managed !== undefined) return { kind: 'managed', name: managed };
  const name = labels['alpha.eksctl.io/nodegroup-name'] ?? instance?.tags['aws:autoscaling:groupName'];
  return { kind: 'self-managed', name: name ?? '' };
}

/** `managed/workers`, `karpenter/default`, `self-managed`. */
export function nodeGroupText(group: NodeGroup): string {
  return group.name === '' ? group.kind : `${group.kind}/${group.name}`;
}
