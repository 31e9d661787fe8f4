/** Getting aws-node onto nodes that it is kept off: by its own rules, by a label of the node, or by what refuses its pods. */
import { mergeIntoAddon } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import { listed, things } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { type KeptOff, taintText } from '../../facts/support/kept-off.ts';
import { named } from '../../shell.ts';
import type { Refusal } from '../../snapshot/kubernetes.ts';
import type { NodeRequirement } from '../../snapshot/pods.ts';
import { parseQuantity } from '../../snapshot/quantity.ts';
import { kubectl } from '../support/commands.ts';
import { refuserWords } from '../support/refusal.ts';
import { letOn } from './aws-node-affinity.ts';

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

export function getOnto(ctx: FixContext, nodes: readonly string[], { by, asks, taints }: KeptOff): Fix[] {
  if (by === 'taint') return [tolerateAll(ctx, nodes)];
  const selector = ctx.cni?.placement?.nodeSelector ?? {};
  const selected = asks.filter((r) => selector[r.key] !== undefined && r.operator === 'In');
  const rest = taints.length > 0 ? ` After that ${listed(taints.map(taintText))} keeps it off still: look again.` : '';
  return ofLabels(ctx, nodes, by, selected).map((fix) => ({ ...fix, changes: `${fix.changes}${rest}` }));
}

function ofLabels(
  ctx: FixContext,
  nodes: readonly string[],
  by: KeptOff['by'],
  selected: readonly NodeRequirement[],
): Fix[] {
  if (by === 'compute-type' && selected.length === 0) return [dropComputeType(nodes)];
  if (selected.length === 0) return [letOn(ctx, nodes)];
  const keys = selected.map((r) => r.key);
  const labels = selected.map((r) => [r.key, r.values[0] ?? ''] as const);
  return [dropSelector(ctx, nodes, keys), ...(keys.some((key) => TOLD.test(key)) ? [] : [labelNodes(nodes, labels)])];
}

/** Labels by which Kubernetes, EKS and Karpenter tell what a node is, its zone, its type, its group: another value would be a lie. */
const TOLD = /(?:^|\.)(?:kubernetes\.io|k8s\.io|amazonaws\.com|k8s\.aws|karpenter\.sh)\//;

/** The shipped DaemonSet tolerates every taint (config/master/aws-k8s-cni.yaml). */
export function tolerateAll(ctx: FixContext, nodes: readonly string[], sure = true): Fix {
  const tolerations = [{ operator: 'Exists' }];
  const look = sure ? [] : [kubectl('get', 'node', ...nodes.map((n) => named('node', n)), '--show-labels')];
  const merged = ctx.addon ? mergeIntoAddon(ctx.cluster, ctx.addon, { tolerations }).commands : [];
  const patch = JSON.stringify({ spec: { template: { spec: { tolerations } } } });
  const patched = kubectl('-n', 'kube-system', 'patch', 'ds', 'aws-node', '--type', 'merge', '-p', patch);
  return {
    title: 'Let aws-node run on tainted nodes again',
    // what was set by hand an update of the add-on preserves: the DaemonSet itself goes first
    commands: [...look, patched, ...merged],
    changes: `Sets the toleration the shipped DaemonSet has${merged.length > 0 ? ", and in the add-on's configuration values, so that its updates keep it" : ''}; aws-node is scheduled on ${things(nodes.length, 'node')} and restarts node by node.`,
    effect: 'minutes',
    ...(sure
      ? {}
      : {
          risk: 'Helps only where a taint keeps it away. The labels shown first tell whether its affinity does: eks.amazonaws.com/compute-type must not be set, and architecture and OS must be its own.',
        }),
  };
}

function dropComputeType(nodes: readonly string[]): Fix {
  return {
    title: `Take the label ${COMPUTE_TYPE} off ${things(nodes.length, 'EC2 node')}`,
    commands: [kubectl('label', 'node', ...nodes.map((n) => named('node', n)), `${COMPUTE_TYPE}-`)],
    changes: 'aws-node is scheduled there as on any other EC2 node.',
    effect: 'minutes',
    risk: 'Nodes that are launched with the label come with it again: take it out of the labels of their group, NodePool or launch template too.',
  };
}

/** What the add-on's own document asks for is taken out there; else someone patched the DaemonSet. */
function dropSelector(ctx: FixContext, nodes: readonly string[], keys: readonly string[]): Fix {
  const own = ctx.addon?.configuration?.nodeSelector;
  const kept = Object.entries(typeof own === 'object' && own !== null ? own : {}).filter(([k]) => !keys.includes(k));
  const inAddon = typeof own === 'object' && own !== null && keys.some((k) => k in own);
  const merged = inAddon
    ? mergeIntoAddon(ctx.cluster, ctx.addon, { nodeSelector: Object.fromEntries(kept) }).commands
    : [];
  const removals = keys.map((k) => ({
    op: 'remove',
    path: `/spec/template/spec/nodeSelector/${k.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  }));
  const patch = kubectl(
    ...['-n', 'kube-system', 'patch', 'ds', 'aws-node', '--type', 'json', '-p'],
    JSON.stringify(removals),
  );
  return {
    title: `Take ${listed(keys)} out of aws-node's node selector`,
    commands: merged.length > 0 ? merged : [patch],
    changes: `aws-node is scheduled on ${things(nodes.length, 'node')}, and on every other one that its affinity lets in; it restarts node by node.`,
    effect: 'minutes',
    risk: 'A selector that no node has is how other network plugins park aws-node: where one is to serve these nodes, install it instead.',
  };
}

function labelNodes(nodes: readonly string[], labels: readonly (readonly [string, string])[]): Fix {
  return {
    title: `Or give ${things(nodes.length, 'node')} the label aws-node asks for`,
    commands: [
      kubectl(
        ...['label', 'node', ...nodes.map((n) => named('node', n))],
        ...labels.map(([key, value]) => `${key}=${value}`),
        '--overwrite',
      ),
    ],
    changes: 'aws-node is scheduled there.',
    effect: 'minutes',
    risk: 'New nodes need the label too: set it where they are launched.',
  };
}

/** A quota is raised by what the missing pods ask; what else refuses is the user's own: it is shown, and what mends it is said. */
export function letMake(nodes: readonly string[], refusal: Refusal): Fix {
  const hard = raised(refusal, nodes.length);
  if (refusal.name !== undefined && hard) {
    return {
      title: `Raise the quota ${refusal.name} by what ${things(nodes.length, 'pod')} of aws-node ${nodes.length === 1 ? 'asks' : 'ask'}`,
      commands: [
        kubectl(
          ...['-n', 'kube-system', 'patch', 'resourcequota', named('pod', refusal.name), '--type', 'merge', '-p'],
          JSON.stringify({ spec: { hard } }),
        ),
      ],
      changes: `kube-system may hold ${listed(Object.entries(hard).map(([k, q]) => `${k} ${q}`))}; the DaemonSet tries again by itself.`,
      effect: 'minutes',
      risk: 'Every node that joins needs as much again: kube-system is better left without a quota.',
    };
  }
  const words = refuserWords(refusal, 'kube-system');
  return {
    title: 'Let the pods of aws-node be made',
    commands: [
      ...(words ? [kubectl(...words)] : []),
      kubectl('-n', 'kube-system', 'describe', 'daemonset', 'aws-node'),
    ],
    changes: `Nothing: it shows what refuses. ${ADVICE[refusal.by]} The DaemonSet tries again by itself.`,
    effect: 'immediate',
  };
}

/** `hard` of the quota with room for so many pods more; undefined where a quantity is not told. */
function raised({ by, amounts = [] }: Refusal, pods: number): Record<string, string> | undefined {
  if (by !== 'quota' || amounts.length === 0) return undefined;
  const hard: Record<string, string> = {};
  for (const { resource, asked, used } of amounts) {
    const [one, taken] = [parseQuantity(asked), parseQuantity(used)];
    if (one === undefined || taken === undefined) return undefined;
    hard[resource] = quantityText(resource, taken + pods * one);
  }
  return hard;
}

function quantityText(resource: string, amount: number): string {
  if (/cpu$/.test(resource)) return `${Math.ceil(amount * 1000)}m`;
  return /memory$|storage$/.test(resource) ? `${Math.ceil(amount / 2 ** 20)}Mi` : String(Math.ceil(amount));
}

const ADVICE: Readonly<Record<Refusal['by'], string>> = {
  quota: 'Raise the quota in kube-system by what the missing pods ask, or take it away there.',
  'quota-unset': 'Take the quota off kube-system: pods of aws-node and kube-proxy set no such amounts.',
  'limit-range': 'Widen the LimitRange of kube-system, or take it away there.',
  'pod-security': 'Label kube-system pod-security.kubernetes.io/enforce=privileged: aws-node is a host-network pod.',
  'service-account': 'Make the service account again by installing aws-node anew.',
  'priority-class': 'The class is one of Kubernetes itself, or one of yours that has to be made.',
  webhook: 'Exempt kube-system in the configuration of that webhook.',
  'webhook-silent':
    'Exempt kube-system in the configuration of that webhook: what answers it may itself wait for the network of a node.',
  policy: 'Exempt kube-system in the binding of that policy.',
  other: 'The events of the DaemonSet say what.',
};

/** `it does not tolerate the taint dedicated=gpu:NoSchedule`; the texts are those of the evidence. */
export function keptOffText(by: string, texts: readonly string[]): string {
  switch (by) {
    case 'taint':
      return `it does not tolerate ${listed(texts)}`;
    case 'node-selector':
      return `its node selector asks for ${listed(texts)}`;
    case 'no-room':
      return `its pods find no room: ${listed(texts)}`;
    case 'refused':
      return listed(texts);
    case 'compute-type':
      return `the label ${listed(texts)} keeps it off`;
    default:
      return `its affinity or selector asks for ${listed(texts)}`;
  }
}
