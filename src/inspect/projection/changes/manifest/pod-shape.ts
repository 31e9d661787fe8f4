/** What a pod template asks of nodes, and whether a node gives it. */

import { networking } from '../../../facts/networking.ts';
import { selects } from '../../../facts/pod-groups.ts';
import { matches } from '../../../facts/support/label-selector.ts';
import type { Node } from '../../../snapshot/kubernetes.ts';
import type { Pod, PodClass } from '../../../snapshot/pods.ts';
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
const DAEMON_TAINTS =
  /^node\.kubernetes\.io\/(not-ready|unreachable|disk-pressure|memory-pressure|pid-pressure|unschedulable|network-unavailable)$/;

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
  return (
    isChosen(shape, node) && node.taints.every((t) => t.effect === 'PreferNoSchedule' || isTolerated(shape, t, daemon))
  );
}

function isChosen({ nodeSelector, affinity }: PodShape, node: Node): boolean {
  const named = Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value);
  return named && (affinity.length === 0 || affinity.some((term) => termHolds(term, node)));
}

/** A term without any condition selects nothing (core/v1 NodeSelectorTerm). */
function termHolds(term: Fields, node: Node): boolean {
  const [expressions, names] = [list(term.matchExpressions), list(term.matchFields)];
  if (expressions.length + names.length === 0) return false;
  return expressions.every((e) => holds(e, node.labels[text(e.key) ?? ''])) && names.every((e) => holds(e, node.name));
}

function holds(expression: Fields, value: string | undefined): boolean {
  const [key, operator, values] = [
    text(expression.key) ?? '',
    text(expression.operator) ?? '',
    texts(expression.values),
  ];
  if (operator === 'Gt') return value !== undefined && Number(value) > Number(values[0]);
  if (operator === 'Lt') return value !== undefined && Number(value) < Number(values[0]);
  const labels = value === undefined ? {} : { [key]: value };
  return matches({ matchLabels: {}, matchExpressions: [{ key, operator, values }] }, labels);
}

function isTolerated({ tolerations }: PodShape, taint: Node['taints'][number], daemon: boolean): boolean {
  if (daemon && DAEMON_TAINTS.test(taint.key)) return true;
  return tolerations.some((t) => {
    const [key, effect, operator] = [text(t.key), text(t.effect), text(t.operator) ?? 'Equal'];
    if (effect !== undefined && effect !== taint.effect) return false;
    if (key === undefined) return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || (text(t.value) ?? '') === (taint.value ?? ''));
  });
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
