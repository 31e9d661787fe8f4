/** Which of its pod's rules keep a DaemonSet off a node, in the scheduler's order: labels first, then taints. */

import type { NodeRequirement, Toleration } from '../../snapshot/pods.ts';
import {
  isTolerated,
  keepsOut,
  type NodeChoice,
  requirementHolds,
  type SchedulingNode,
  type Taint,
} from './scheduling.ts';

export type KeptOffBy = 'compute-type' | 'architecture' | 'node-selector' | 'affinity' | 'taint';

export interface KeptOff {
  readonly by: KeptOffBy;
  /** Requirements that do not hold; empty where a taint does it. */
  readonly asks: readonly NodeRequirement[];
  /** Taints that are not tolerated. */
  readonly taints: readonly Taint[];
}

/** What the DaemonSet controller lets every pod of a DaemonSet tolerate (kubernetes: daemon_controller, util AddOrUpdateDaemonPodTolerations). */
const EVERY_DAEMONS: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' },
];

/** Undefined where nothing known keeps it off; tolerations that were not read keep nothing off. */
export function keptOff(
  choice: NodeChoice,
  { labels, taints }: Omit<SchedulingNode, 'unschedulable'>,
): KeptOff | undefined {
  const selected = unmetSelector(choice.nodeSelector, labels);
  const asks = selected.length > 0 ? selected : unmetAffinity(choice.affinity, labels);
  const { tolerations } = choice;
  const untolerated = tolerations
    ? taints.filter((t) => keepsOut(t) && !isTolerated([...tolerations, ...EVERY_DAEMONS], t))
    : [];
  if (asks.length === 0) return untolerated.length > 0 ? { by: 'taint', asks, taints: untolerated } : undefined;
  return { by: byOf(asks, selected.length > 0), asks, taints: untolerated };
}

function byOf(asks: readonly NodeRequirement[], bySelector: boolean): KeptOffBy {
  const keys = asks.map((r) => r.key);
  if (keys.includes('eks.amazonaws.com/compute-type')) return 'compute-type';
  if (keys.some((k) => /^(?:beta\.)?kubernetes\.io\/arch$/.test(k))) return 'architecture';
  return bySelector ? 'node-selector' : 'affinity';
}

/** What a node selector asks that labels do not have. */
export function unmetSelector(
  nodeSelector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): NodeRequirement[] {
  return Object.entries(nodeSelector)
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

/** Of the terms, one of which must hold, what the nearest one lacks; nothing where one holds. */
export function unmetAffinity(
  affinity: NodeChoice['affinity'],
  labels: Readonly<Record<string, string>>,
): readonly NodeRequirement[] {
  const unmet = (affinity ?? []).map((term) => term.filter((r) => !requirementHolds(r, labels[r.key])));
  return unmet.sort((a, b) => a.length - b.length)[0] ?? [];
}

/** `disktype=ssd`, `kubernetes.io/arch In amd64, arm64`, `gpu Exists`. */
export function requirementText({ key, operator, values }: NodeRequirement): string {
  if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`;
  return `${key} ${operator}${values.length > 0 ? ` ${values.join(', ')}` : ''}`;
}

/** `dedicated=gpu:NoSchedule`. */
export function taintText({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}
