/** Another maxPods, given to whatever launches the nodes. kubelet reads it once, so nodes have to be replaced. */

import { HOST_PODS } from '../../../calc/maxpods/index.ts';
import type { Fix } from '../../contract/finding.ts';
import { some, things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { type ManagedMaxPods, managedMaxPods } from '../../facts/managed-max-pods.ts';
import { type NodeCapacity, nodeCapacity } from '../../facts/node-capacity.ts';
import { named } from '../../shell.ts';
import { aws, kubectl } from '../support/commands.ts';
import { groupText } from '../support/groups.ts';
import { type Affordable, affordableOn } from '../support/memory.ts';
import { editableTemplate, launchInputs, scalingGroupOf, setInTemplate, templateOf } from './launch-template.ts';
import { intoNewGroup, intoTemplate, maxPodsUserData } from './max-pods-template.ts';
import { replaceNodes, riskOfDrains } from './replace-nodes.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const maxPodsFixInputs = {
  ...launchInputs,
  nodePools: section('nodePools'),
  nodegroups: section('nodegroups'),
  capacity: nodeCapacity,
  managedMaxPods,
};
export type MaxPodsFixInputs = Helps<typeof maxPodsFixInputs>;

/**
 * The nodes are of one group and type, `wanted` is what fits them. A managed group and an EC2NodeClass have one number for all
 * their types, so what fits the smallest of them is set, and no more than leaves it its memory. None where that raises nothing. Nothing
 * is set that leaves room for pods on the host network alone.
 */
export function setMaxPods(from: MaxPodsFixInputs, nodes: readonly NodeCapacity[], wanted: number): Fix[] {
  const first = nodes[0];
  if (!first) return [];
  const others = sharingTheNumber(from, first).filter((c) => c.instanceType !== first.instanceType);
  const fitting = Math.min(wanted, ...others.map((c) => c.recommendedMaxPods));
  if (fitting <= HOST_PODS) return [addressesFirst(first)];
  const affordable = affordableOn([first, ...others], fitting);
  const { maxPods, note } = affordable;
  const now = first.maxPods ?? 0;
  if (note !== undefined && now < fitting && maxPods <= now) return [];
  const fixes =
    first.group.kind === 'karpenter'
      ? karpenter(from, nodes, first, maxPods)
      : first.group.kind === 'managed'
        ? managed(from, nodes, first, fitting, affordable)
        : selfManaged(from, nodes, first, maxPods);
  return note === undefined
    ? fixes
    : fixes.map((fix) => ({ ...fix, risk: [fix.risk, note].filter(Boolean).join(' ') }));
}

/** No ENI of such a node serves pods: a group made to that number would run nothing. */
function addressesFirst(first: NodeCapacity): Fix {
  return {
    title: `Let ENIs of ${groupText(first)} serve pods first: as they are, none does, and no maxPods helps`,
    commands: [],
    changes:
      'Nothing. The numbers of the finding say what takes each ENI: a trunk, ENIs that aws-node leaves alone, or subnets whose tags keep pods out.',
    effect: 'minutes',
  };
}

/** Share of a node's memory beyond which no roll is advised that lets EKS write such a number. */
const MOST = 1 / 2;

/** Nodes that get their number from where these get theirs. */
function sharingTheNumber(from: MaxPodsFixInputs, first: NodeCapacity): readonly NodeCapacity[] {
  const all = [...(from.capacity?.values() ?? [])];
  const { kind, name } = first.group;
  if (kind === 'managed') return all.filter((c) => c.group.kind === kind && c.group.name === name);
  if (kind !== 'karpenter') return [];
  const classOf = (pool: string) => from.nodePools?.find((p) => p.name === pool)?.nodeClass.name;
  const nodeClass = classOf(name);
  return all.filter((c) => c.group.kind === kind && nodeClass !== undefined && classOf(c.group.name) === nodeClass);
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
  const types = new Set(sharingTheNumber(from, first).map((c) => c.instanceType));
  return [
    {
      title: `Set maxPods: ${maxPods} in EC2NodeClass ${pool.nodeClass.name}`,
      commands: [
        kubectl('patch', 'ec2nodeclass', named('object', pool.nodeClass.name), '--type', 'merge', '-p', patch),
      ],
      changes: `Karpenter sees its nodes drift from the class and replaces them, ${things(nodes.length, 'node')} here, as its disruption budgets allow.`,
      effect: 'node-replacement',
      risk: `It counts for every instance type of the class${types.size > 1 ? `, and is what the smallest of ${some([...types].sort())} can take` : ''}. Where a NodePool mixes sizes, set RESERVED_ENIS on the Karpenter controller instead: it then works the number out per type.`,
    },
  ];
}

/** EKS writes maxPods for a group without an image of its own when it renders the user data, by the CNI's settings of that moment. */
function managed(
  from: MaxPodsFixInputs,
  nodes: readonly NodeCapacity[],
  first: NodeCapacity,
  fitting: number,
  { maxPods, share }: Affordable,
): Fix[] {
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
        ...setInTemplate(from, template, maxPods, pass, `managed group ${group.name}`),
        changes: `Makes a version of ${template.id} with ${maxPods} in place of ${template.maxPods} in its user data, and replaces the nodes of the group, draining each first.`,
      },
    ];
  }
  if (group.amiType === 'CUSTOM' || templateOf(from, group.launchTemplate)?.imageId !== undefined)
    return [byHand(from, nodes, first, maxPods)];
  const ofEks = from.managedMaxPods?.get(group.name);
  if (ofEks && (share > MOST || !helps(ofEks, first, fitting))) {
    const userData = maxPodsUserData(group.amiType, maxPods);
    const own = templateOf(from, group.launchTemplate);
    if (userData && own?.userData === false) return intoTemplate(from.fix, group, own, userData, maxPods);
    if (userData && !group.launchTemplate)
      return intoNewGroup(from.fix, group, from.nodegroups ?? [], userData, maxPods);
    return [inTemplate(first, ofEks, maxPods, group.launchTemplate !== undefined)];
  }
  return [
    {
      ...base,
      title: `Roll managed group ${group.name}: EKS then writes maxPods for the CNI's settings of today`,
      commands: [aws(from.fix, ...roll)],
      changes: `Replaces the nodes of the group, draining each first. ${
        ofEks?.certain
          ? `It comes out at ${ofEks.maxPods}${ofEks.smallest === first.instanceType ? '' : `, the number of its smallest type ${ofEks.smallest}`}.`
          : `It should come out at ${ofEks?.maxPods ?? fitting}, which AWS documents and nobody confirmed: look at the first new node; if it does not, set it in the launch template: ${nodeConfig(maxPods)}.`
      }`,
    },
  ];
}

/** Whether the number EKS would write today is one that fits: no roll is worth it that comes back with the same trouble. */
function helps(ofEks: ManagedMaxPods, first: NodeCapacity, wanted: number): boolean {
  const now = first.maxPods ?? 0;
  return now > wanted ? ofEks.maxPods <= wanted : ofEks.maxPods > now && ofEks.maxPods <= wanted;
}

/** User data of one's own, which is not seen, or of an image of which nobody says how it is merged: what to write there. */
function inTemplate(first: NodeCapacity, ofEks: ManagedMaxPods, maxPods: number, hasTemplate: boolean): Fix {
  const group = first.group.name;
  return {
    title: `Set maxPods ${maxPods} in a launch template of managed group ${group}: by itself EKS writes ${ofEks.maxPods} again`,
    commands: [],
    changes: `${userData(first, maxPods)}. ${
      hasTemplate
        ? 'Make a version of its launch template with it in the user data, and roll the group to that.'
        : 'A group made without a launch template takes none: make a new group with one and drain this one.'
    } Rolling it as it is changes nothing, since EKS works maxPods out without trunk ENIs, unmanaged ENIs and MAX_ENI.`,
    effect: 'node-replacement',
  };
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
  const made = setInTemplate(from, template, maxPods, pass, group.name);
  const refresh = aws(
    from.fix,
    ...['autoscaling', 'start-instance-refresh', '--auto-scaling-group-name', group.name],
    ...['--preferences', REFRESH],
  );
  return [
    {
      title: `Set maxPods ${maxPods} in the launch template of ${groupText(first)}, then replace its nodes`,
      commands: [...made.commands, refresh],
      steps: [...made.steps, { title: 'Replace the nodes that were launched by another version', commands: 1 }],
      changes: `Makes a version of ${template.id} with ${maxPods} in place of ${template.maxPods} in its user data, lets ${group.name} launch by it, and replaces ${things(nodes.length, 'node')} while at least 90 % of the group are in service.`,
      effect: 'node-replacement',
      risk: 'An instance refresh ends instances without asking PodDisruptionBudgets, and drains them only where aws-node-termination-handler runs or a lifecycle hook does: elsewhere drain each node first.',
    },
  ];
}

/** A tenth of the group at most, at least one node; a new one counts after five minutes, and none is touched that is of the new version already. */
const REFRESH = 'MinHealthyPercentage=90,InstanceWarmup=300,SkipMatching=true';

/** Where the number stands in user data or an image we do not see: what to write there, and how the nodes are replaced. */
function byHand(from: MaxPodsFixInputs, nodes: readonly NodeCapacity[], first: NodeCapacity, maxPods: number): Fix {
  return {
    title: `Set maxPods ${maxPods} where the nodes of ${groupText(first)} are launched, then replace them`,
    commands: replaceNodes(from.fix, nodes),
    changes: `First set it. ${userData(first, maxPods)}. The commands then replace ${things(nodes.length, 'node')}, one at a time.`,
    effect: 'node-replacement',
    risk: riskOfDrains(nodes.length),
  };
}

/** What to write, by the image of the nodes where it is one of those of old. */
function userData({ node }: NodeCapacity, maxPods: number): string {
  const bootstrap = /^Amazon Linux 2$/.test(node.osImage);
  const own = bootstrap
    ? `AL2 user data: /etc/eks/bootstrap.sh with --use-max-pods false --kubelet-extra-args '--max-pods=${maxPods}'`
    : `AL2023 user data: ${nodeConfig(maxPods)}; Bottlerocket: [settings.kubernetes] max-pods = ${maxPods}`;
  return `${own}; eksctl: maxPodsPerNode: ${maxPods}`;
}

function nodeConfig(maxPods: number): string {
  return `NodeConfig (node.eks.aws/v1alpha1) spec.kubelet.config.maxPods: ${maxPods}`;
}
