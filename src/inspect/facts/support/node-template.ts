/** What nodes that a group has yet to launch are like to the scheduler, and which pods they could host. */
import type { AutoScalingGroup, Nodegroup } from '../../snapshot/aws.ts';
import type { Node, NodePool } from '../../snapshot/kubernetes.ts';
import type { NodeRequirement } from '../../snapshot/pods.ts';
import { allows } from './requirements.ts';
import { isTolerated, keepsOut, type NodeChoice, requirementHolds, type Taint, waysOf } from './scheduling.ts';

export interface NodeTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Of a NodePool: the values Karpenter may choose a label's from. */
  readonly requirements?: NodePool['requirements'];
  /** Its nodes may carry labels that nothing read tells of, as user data sets them. */
  readonly open: boolean;
}

export const ZONE_KEYS: readonly string[] = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const TYPE_KEYS: readonly string[] = ['node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'];

const EFFECTS: Readonly<Record<string, string>> = {
  NO_SCHEDULE: 'NoSchedule',
  NO_EXECUTE: 'NoExecute',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
};

/** What EKS declares, and what all of its nodes carry beside: a launch template's user data may set labels of its own. */
export function managedTemplate(g: Nodegroup, nodes: readonly Node[]): NodeTemplate {
  return {
    labels: { ...sharedLabels(nodes), ...g.labels, 'eks.amazonaws.com/nodegroup': g.name, ...linux(nodes) },
    taints: (g.taints ?? sharedTaints(nodes)).map((t) => ({ ...t, effect: EFFECTS[t.effect] ?? t.effect })),
    open: nodes.length === 0 && (g.launchTemplate !== undefined || g.taints === undefined),
  };
}

const ASG_LABEL = 'k8s.io/cluster-autoscaler/node-template/label/';
const ASG_TAINT = 'k8s.io/cluster-autoscaler/node-template/taint/';

/** What its tags tell the cluster autoscaler, and what all of its nodes carry; without nodes the user data decides. */
export function selfManagedTemplate(g: AutoScalingGroup, nodes: readonly Node[]): NodeTemplate {
  const tagged = Object.entries(g.tags).flatMap(([tag, value]): [string, string][] =>
    tag.startsWith(ASG_LABEL) ? [[tag.slice(ASG_LABEL.length), value]] : [],
  );
  const taints = Object.entries(g.tags).flatMap(([tag, text]): Taint[] => {
    if (!tag.startsWith(ASG_TAINT)) return [];
    const [value = '', effect = ''] = text.includes(':') ? text.split(':') : ['', text];
    return [{ key: tag.slice(ASG_TAINT.length), value, effect }];
  });
  return {
    labels: { ...sharedLabels(nodes), ...Object.fromEntries(tagged), ...linux(nodes) },
    taints: nodes.length > 0 ? sharedTaints(nodes) : taints,
    open: nodes.length === 0,
  };
}

export function karpenterTemplate(p: NodePool): NodeTemplate {
  return {
    labels: { ...p.labels, 'karpenter.sh/nodepool': p.name, 'kubernetes.io/os': 'linux' },
    taints: p.taints ?? [],
    requirements: p.requirements,
    open: false,
  };
}

/** Windows launches by other rules and is not among these groups. */
function linux(nodes: readonly Node[]): Readonly<Record<string, string>> {
  const archs = new Set(nodes.map((n) => n.arch).filter((a) => a !== ''));
  const [arch] = archs;
  return { 'kubernetes.io/os': 'linux', ...(archs.size === 1 && arch ? { 'kubernetes.io/arch': arch } : {}) };
}

/** Labels that differ by place, type or node are no one's template. */
function sharedLabels(nodes: readonly Node[]): Record<string, string> {
  const [first, ...others] = nodes;
  if (!first) return {};
  const all = Object.entries(first.labels).filter(
    ([key, value]) => !ZONE_KEYS.includes(key) && others.every((n) => n.labels[key] === value),
  );
  return Object.fromEntries(all);
}

/** Those the kubelet and the controllers set for a while are left out. */
function sharedTaints(nodes: readonly Node[]): readonly Taint[] {
  const [first, ...others] = nodes;
  if (!first) return [];
  const same = (a: Taint, b: Taint) => a.key === b.key && a.value === b.value && a.effect === b.effect;
  return first.taints.filter(
    (t) => !t.key.startsWith('node.kubernetes.io/') && others.every((n) => n.taints.some((o) => same(o, t))),
  );
}

/** Labels that Karpenter gives by what it chooses (Karpenter: well-known labels). */
const CHOSEN =
  /^(?:karpenter\.k8s\.aws\/|karpenter\.sh\/capacity-type$|kubernetes\.io\/arch$|beta\.kubernetes\.io\/arch$)/;

export interface Hosting {
  /** `unknown`: it hangs on a label that nothing read tells of. */
  readonly may: 'yes' | 'no' | 'unknown';
  /** Zones its affinity leaves; undefined: all of the group's. */
  readonly zones?: readonly string[];
}

/** Whether nodes of the template, of one of these types, could host such a pod, and in which of the group's zones. */
export function hosting(
  template: NodeTemplate,
  needs: NodeChoice,
  types: readonly string[],
  zones: readonly string[],
): Hosting {
  const { tolerations = [] } = needs;
  if (template.taints.some((t) => keepsOut(t) && !isTolerated(tolerations, t))) return { may: 'no' };
  let may: Hosting['may'] = 'no';
  const open = new Set<string>();
  for (const way of waysOf(needs)) {
    const asked = way.filter((r) => !ZONE_KEYS.includes(r.key)).map((r) => answer(template, r, types));
    if (asked.includes(false)) continue;
    const left = zones.filter((z) => way.every((r) => !ZONE_KEYS.includes(r.key) || requirementHolds(r, z)));
    if (left.length === 0) continue;
    for (const z of left) open.add(z);
    may = may === 'yes' || !asked.includes(undefined) ? 'yes' : 'unknown';
  }
  if (may === 'no') return { may };
  return open.size === zones.length ? { may } : { may, zones: [...open].sort() };
}

/** Undefined where nothing tells. */
function answer(template: NodeTemplate, r: NodeRequirement, types: readonly string[]): boolean | undefined {
  if (TYPE_KEYS.includes(r.key) && types.length > 0) return types.some((t) => requirementHolds(r, t));
  const value = template.labels[r.key];
  if (value !== undefined) return requirementHolds(r, value);
  const { requirements } = template;
  if (requirements) {
    const mentioned = requirements.filter((q) => q.key === r.key);
    if (mentioned.length === 0 && !CHOSEN.test(r.key)) return requirementHolds(r, undefined);
    return r.operator === 'In' ? r.values.some((v) => allows(requirements, r.key, v)) : chooses(mentioned, r);
  }
  return template.open ? undefined : requirementHolds(r, undefined);
}

/** Whether one of the values the NodePool names would do; without any it has the choice. */
function chooses(mentioned: NodePool['requirements'], r: NodeRequirement): boolean {
  const named = mentioned.find((q) => q.operator === 'In');
  return named ? named.values.some((v) => requirementHolds(r, v)) : r.operator !== 'DoesNotExist';
}
