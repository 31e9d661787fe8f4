/** What a pod template asks of nodes, and whether a node gives it. */

import { networking } from '../../../facts/networking.ts';
import { selects } from '../../../facts/pod-groups.ts';
import { podRequests, type Requests } from '../../../facts/pod-requests.ts';
import { matches } from '../../../facts/support/label-selector.ts';
import { mayRunOn as mayRun, type NodeChoice } from '../../../facts/support/scheduling.ts';
import type { Node, Selector } from '../../../snapshot/kubernetes.ts';
import { quantitiesOf, requestsOf } from '../../../snapshot/pod-requests.ts';
import type { Pod, PodClass, PodNeeds, Toleration } from '../../../snapshot/pods.ts';
import type { Draft } from '../draft.ts';
import { at, type Fields, fields, isFields, list, text, textMap, texts } from '../fields.ts';

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
  /** What its containers ask for; undefined where none says: its size is then a typical one's. */
  readonly asked?: Requests;
  /** Something it asks for is no quantity, so that the API server refuses it. */
  readonly isRefused?: boolean;
  /** A required rule keeps its own kind off its node, or out of its zone. */
  readonly apart?: PodNeeds['apart'];
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
  const labels = textMap(at(template, 'metadata', 'labels'));
  const quantities = quantitiesOf(spec);
  const apart = apartOf(spec, labels);
  return {
    namespace,
    labels,
    ...(quantities.length > 0 ? { asked: requestsOf(spec), isRefused: quantities.includes(undefined) } : {}),
    ...(apart === undefined ? {} : { apart }),
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

function requirementOf(e: Fields) {
  return { key: text(e.key) ?? '', operator: text(e.operator) ?? '', values: texts(e.values) };
}

function choiceOf({ nodeSelector, affinity, tolerations }: PodShape): Required<NodeChoice> {
  const terms = affinity.map((t) => [...list(t.matchExpressions), ...list(t.matchFields)].map(requirementOf));
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

/** Whether a hard rule keeps pods of its own labels off its node, or out of its zone. */
function apartOf(spec: Fields, labels: Readonly<Record<string, string>>): PodNeeds['apart'] {
  const own = list(at(spec, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution')).filter(
    ({ labelSelector }) => isFields(labelSelector) && matches(selectorOf(labelSelector), labels),
  );
  if (own.some((term) => term.topologyKey === ZONE)) return 'zone';
  return own.some((term) => term.topologyKey === HOSTNAME) ? 'node' : undefined;
}

function selectorOf({ matchLabels, matchExpressions }: Fields): Selector {
  return { matchLabels: textMap(matchLabels), matchExpressions: list(matchExpressions).map(requirementOf) };
}

/** What such a pod asks of a node. */
export function needsOf(draft: Draft, shape: PodShape): PodNeeds {
  const size = shape.asked ?? draft.run.valueOf(podRequests)?.typical ?? { cpuMillis: 0, memoryBytes: 0 };
  const { cpuMillis, memoryBytes } = size;
  return { cpuMillis, memoryBytes, ...choiceOf(shape), ...(shape.apart ? { apart: shape.apart } : {}) };
}

/** Zones it is bound to by name; undefined: any. */
export function zonesOf({ nodeSelector, affinity }: PodShape): readonly string[] | undefined {
  const one = nodeSelector[ZONE];
  if (one !== undefined) return [one];
  const terms = affinity.map((term) => list(term.matchExpressions).find((e) => e.key === ZONE && e.operator === 'In'));
  if (terms.length === 0 || terms.some((t) => t === undefined)) return undefined;
  return [...new Set(terms.flatMap((t) => texts(t!.values)))];
}

export const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';

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
    ...(shape.asked ? { needs: needsOf(draft, shape) } : {}),
  };
}
