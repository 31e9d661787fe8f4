/** Another maxPods, given to whatever launches the nodes. kubelet reads it once, so nodes have to be replaced. */

import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { named } from '../../shell.ts';
import { aws, kubectl } from '../support/commands.ts';
import { groupText } from '../support/groups.ts';
import { editableTemplate, launchInputs, scalingGroupOf, setInTemplate, templateOf } from './launch-template.ts';
import { replaceNode } from './replace-nodes.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const maxPodsFixInputs = {
  ...launchInputs,
  nodePools: section('nodePools'),
  nodegroups: section('nodegroups'),
};
export type MaxPodsFixInputs = Helps<typeof maxPodsFixInputs>;

/** The nodes are of one group; the smallest recommendation fits all of them. */
export function setMaxPods(from: MaxPodsFixInputs, nodes: readonly NodeCapacity[]): Fix[] {
  const first = nodes[0];
  if (!first) return [];
  const maxPods = Math.min(...nodes.map((c) => c.recommendedMaxPods));
  if (first.group.kind === 'karpenter') return karpenter(from, nodes, first, maxPods);
  if (first.group.kind === 'managed') return managed(from, nodes, first, maxPods);
  return selfManaged(from, nodes, first, maxPods);
}

function karpenter(
  from: MaxPodsFixInputs,
  nodes: readonly NodeCapacity[],
  first: NodeCapacity,
  maxPods: number,
): Fix[] {
  const pool = from.nodePools?.find((p) => p.name === first.group.name);
  if (pool?.nodeClass.kind !== 'EC2NodeClass') return [byHand(from, nodes, first, maxPods)];
  const patch = JSON.stringify({ spec: { kubelet: { maxPods } } });
  return [
    {
      title: `Set maxPods: ${maxPods} in EC2NodeClass ${pool.nodeClass.name}`,
      commands: [
        kubectl('patch', 'ec2nodeclass', named('object', pool.nodeClass.name), '--type', 'merge', '-p', patch),
      ],
      changes: `Karpenter sees its nodes drift from the class and replaces them, ${things(nodes.length, 'node')} here, as its disruption budgets allow.`,
      effect: 'node-replacement',
      risk: 'It counts for every instance type of the class. Where a NodePool mixes sizes, set RESERVED_ENIS on the Karpenter controller instead: it then works the number out per type.',
    },
  ];
}

/** EKS writes maxPods for a group without an image of its own when it renders the user data, by the CNI's settings of that moment. */
function managed(from: MaxPodsFixInputs, nodes: readonly NodeCapacity[], first: NodeCapacity, maxPods: number): Fix[] {
  const group = from.nodegroups?.find((g) => g.name === first.group.name);
  if (!from.fix.cluster || !group) return [byHand(from, nodes, first, maxPods)];
  const roll = [
    'eks',
    'update-nodegroup-version',
    '--cluster-name',
    from.fix.cluster.name,
    '--nodegroup-name',
    group.name,
  ];
  const base = {
    effect: 'node-replacement',
    risk: 'Respects PodDisruptionBudgets; nodes also move to the newest AMI release of their Kubernetes version.',
  } as const;
  const template = editableTemplate(from, group.launchTemplate);
  if (template) {
    const pass = ['aws', ...roll, '--launch-template', `id=${template.id},version={}`];
    return [
      {
        ...base,
        title: `Set maxPods ${maxPods} in the launch template of managed group ${group.name} and roll it`,
        commands: [setInTemplate(from, template, maxPods, pass)],
        changes: `Makes a version of ${template.id} with ${maxPods} in place of ${template.maxPods} in its user data, and replaces the nodes of the group, draining each first.`,
      },
    ];
  }
  if (group.amiType === 'CUSTOM' || templateOf(from, group.launchTemplate)?.imageId !== undefined)
    return [byHand(from, nodes, first, maxPods)];
  return [
    {
      ...base,
      title: `Roll managed group ${group.name}: EKS then writes maxPods for the CNI's settings of today`,
      commands: [aws(from.fix, ...roll)],
      changes: `Replaces the nodes of the group, draining each first. It should come out at ${maxPods}; if it does not, set it in the launch template: ${nodeConfig(maxPods)}.`,
    },
  ];
}

/** A new version of the template the Auto Scaling group launches by; where that says nothing, what to write and where. */
function selfManaged(
  from: MaxPodsFixInputs,
  nodes: readonly NodeCapacity[],
  first: NodeCapacity,
  maxPods: number,
): Fix[] {
  const group = scalingGroupOf(from, first.node.instanceId);
  const template = editableTemplate(from, group?.launchTemplate);
  if (!group || !template) return [byHand(from, nodes, first, maxPods)];
  const pass = [
    'aws',
    'autoscaling',
    'update-auto-scaling-group',
    '--auto-scaling-group-name',
    group.name,
    '--launch-template',
    `LaunchTemplateId=${template.id},Version={}`,
  ];
  return [
    {
      title: `Set maxPods ${maxPods} in the launch template of ${groupText(first)}, then replace its nodes`,
      commands: [
        setInTemplate(from, template, maxPods, pass),
        ...nodes.flatMap((c) => replaceNode(from.fix, c.node, c.group)),
      ],
      changes: `Makes a version of ${template.id} with ${maxPods} in place of ${template.maxPods} in its user data, lets ${group.name} launch by it, and replaces ${things(nodes.length, 'node')} one by one.`,
      effect: 'node-replacement',
      risk: 'Drains evict pods: go on with the next node when they run again.',
    },
  ];
}

/** Where the number stands in user data or an image we do not see: what to write there, and how the nodes are replaced. */
function byHand(from: MaxPodsFixInputs, nodes: readonly NodeCapacity[], first: NodeCapacity, maxPods: number): Fix {
  return {
    title: `Set maxPods ${maxPods} where the nodes of ${groupText(first)} are launched, then replace them`,
    commands: nodes.flatMap((c) => replaceNode(from.fix, c.node, c.group)),
    changes: `First set it. AL2023 user data: ${nodeConfig(maxPods)}; Bottlerocket: [settings.kubernetes] max-pods = ${maxPods}; eksctl: maxPodsPerNode: ${maxPods}. The commands then replace ${things(nodes.length, 'node')} one by one.`,
    effect: 'node-replacement',
    risk: 'Drains evict pods: go on with the next node when they run again.',
  };
}

function nodeConfig(maxPods: number): string {
  return `NodeConfig (node.eks.aws/v1alpha1) spec.kubelet.config.maxPods: ${maxPods}`;
}
