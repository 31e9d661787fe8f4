/** What a pod template asks of nodes, and whether a node gives it. */

import { networking } from '../../../facts/networking.ts';
import { selects } from '../../../facts/pod-groups.ts';
import { podRequests } from '../../../facts/pod-requests.ts';
import { mayRunOn as mayRun, type NodeChoice } from '../../../facts/support/scheduling.ts';
import type { Node } from '../../../snapshot/kubernetes.ts';
import type { NodeRequirement, Pod, PodClass, PodNeeds, Toleration } from '../../../snapshot/pods.ts';
import type { Draft } from '../draft.ts';
import { at, type Fields, fields, list, text, textMap, texts } from '../fields.ts';

export interface PodShape {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly hostNetwork: boolean;
  readonly windows: boolean;
  readonly asksBranch: boolean;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** One of the terms must hold; empty: no condition. */
  readonly affinity: readonly Fields[];
  readonly tolerations: readonly Fields[];
}

/** Taints that every pod of a DaemonSet tolerates (Kubernetes: DaemonSet, taints and tolerations). */
const DAEMON_TAINTS = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
  'network-unavailable',
].map((name) => `node.kubernetes.io/${name}`);

export function shapeOf(template: unknown, namespace: string): PodShape {
  const spec = fields(at(template, 'spec'));
  const nodeSelector = textMap(spec.nodeSelector);
  return {
    namespace,
    labels: textMap(at(template, 'metadata', 'labels')),
    serviceAccount: text(spec.serviceAccountName) ?? text(spec.serviceAccount) ?? 'default',
    hostNetwork: spec.hostNetwork === true,
    windows: nodeSelector['kubernetes.io/os'] === 'windows' || at(spec, 'os', 'name') === 'windows',
    asksBranch: list(spec.containers).some(
      (c) => at(c, 'resources', 'limits', 'vpc.amazonaws.com/pod-eni') !== undefined,
    ),
    nodeSelector,
    affinity: list(
      at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'),
    ),
    tolerations: list(spec.tolerations),
  };
}

export function mayRunOn(shape: PodShape, node: Node, daemon: boolean): boolean {
  const choice = choiceOf(shape);
  const tolerations = daemon ? [...choice.tolerations, ...DAEMON_TAINTS.map((key) => ({ key }))] : choice.tolerations;
  // Where the pod goes is asked of its labels and taints; a cordon is looked at where room is.
  const site = { ...node, unschedulable: false, labels: { ...node.labels, [NODE_NAME]: node.name } };
  return mayRun({ ...choice, tolerations }, site);
}

/** Fields of a term select by the node's name alone (core/v1 NodeSelectorTerm). */
const NODE_NAME = 'metadata.name';

function choiceOf({ nodeSelector, affinity, tolerations }: PodShape): Required<NodeChoice> {
  const requirement = (e: Fields): NodeRequirement => ({
    key: text(e.key) ?? '',
    operator: text(e.operator) ?? '',
    values: texts(e.values),
  });
  const terms = affinity.map((t) => [...list(t.matchExpressions), ...list(t.matchFields)].map(requirement));
  return {
    nodeSelector,
    // A term without any condition selects nothing; a pod without terms asks nothing.
    affinity: affinity.length === 0 ? [[]] : terms.filter((t) => t.length > 0),
    tolerations: tolerations.flatMap((t): Toleration[] => {
      const [key, effect, exists] = [text(t.key), text(t.effect), t.operator === 'Exists'];
      if (key === undefined && !exists) return [];
      return [
        {
          ...(key === undefined ? {} : { key }),
          ...(exists ? {} : { value: text(t.value) ?? '' }),
          ...(effect === undefined ? {} : { effect }),
        },
      ];
    }),
  };
}

/** What such a pod asks of a node; its size is a typical one's. */
export function needsOf(draft: Draft, shape: PodShape): PodNeeds {
  const { cpuMillis, memoryBytes } = draft.run.valueOf(podRequests)?.typical ?? { cpuMillis: 0, memoryBytes: 0 };
  return { cpuMillis, memoryBytes, ...choiceOf(shape) };
}

/** Zones it is bound to by name; undefined: any. */
export function zonesOf({ nodeSelector, affinity }: PodShape): readonly string[] | undefined {
  const one = nodeSelector[ZONE];
  if (one !== undefined) return [one];
  const terms = affinity.map((term) => list(term.matchExpressions).find((e) => e.key === ZONE && e.operator === 'In'));
  if (terms.length === 0 || terms.some((t) => t === undefined)) return undefined;
  return [...new Set(terms.flatMap((t) => texts(t!.values)))];
}

const ZONE = 'topology.kubernetes.io/zone';

export function isBound({ nodeSelector, affinity }: PodShape): boolean {
  return affinity.length > 0 || Object.keys(nodeSelector).some((k) => k !== 'kubernetes.io/os');
}

/** How such a pod would get its address. */
export function classOf(draft: Draft, shape: PodShape): PodClass {
  if (shape.hostNetwork) return 'host-network';
  if (shape.windows) return 'windows';
  if (draft.run.valueOf(networking)?.settings.podEni !== true) return 'ordinary';
  const policies = draft.data('securityGroupPolicies') ?? [];
  return shape.asksBranch || policies.some((p) => selects(p, podOf(draft, shape, '', '', 'ordinary')))
    ? 'branch'
    : 'ordinary';
}

export function podOf(
  draft: Draft,
  shape: PodShape,
  owner: string,
  name: string,
  podClass: PodClass,
  node?: string,
): Pod {
  return {
    namespace: shape.namespace,
    name,
    ...(node === undefined ? {} : { node }),
    class: podClass,
    phase: 'Pending',
    ...(owner === '' ? {} : { owner }),
    labels: shape.labels,
    serviceAccount: shape.serviceAccount,
    createdAt: draft.before.collectedAt,
    terminating: false,
    waiting: false,
  };
}
