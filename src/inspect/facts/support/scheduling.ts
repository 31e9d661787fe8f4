/** Where the scheduler may put a pod: selectors, required affinity, taints (Kubernetes: kube-scheduler, filter plug-ins). */
import type { NodeRequirement, PodNeeds, Toleration } from '../../snapshot/pods.ts';
import { expressionHolds } from './label-selector.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
}

/** What the scheduler looks at on a node. */
export interface SchedulingNode {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Cordoned. */
  readonly unschedulable: boolean;
}

/** What of a pod's needs keeps it off nodes. */
export type NodeChoice = Pick<PodNeeds, 'nodeSelector' | 'affinity' | 'tolerations'>;

export function mayRunOn(needs: NodeChoice, node: SchedulingNode): boolean {
  return !isShut(needs, node) && isChosen(needs, node.labels);
}

/** By its selector and its required affinity alone: the nodes over whose zones a hard spread is counted. */
export function isChosen({ nodeSelector, affinity }: NodeChoice, labels: Readonly<Record<string, string>>): boolean {
  const selected = Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);
  return selected && (!affinity || affinity.some((term) => term.every((r) => requirementHolds(r, labels[r.key]))));
}

/** Cordoned, or behind a taint it does not stand. A pod whose tolerations were not read stands none. */
function isShut({ tolerations = [] }: NodeChoice, { taints, unschedulable }: SchedulingNode): boolean {
  if (unschedulable && !isTolerated(tolerations, CORDON)) return true;
  return taints.some((t) => keepsOut(t) && !isTolerated(tolerations, t));
}

const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** `PreferNoSchedule` is a wish. */
export function keepsOut({ effect }: Taint): boolean {
  return effect === 'NoSchedule' || effect === 'NoExecute';
}

export function isTolerated(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    ({ key, value, effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === taint.key) &&
      (value === undefined || value === (taint.value ?? '')),
  );
}

/** As of a label selector, and by number, which only requirements on nodes know. */
export function requirementHolds(requirement: NodeRequirement, value: string | undefined): boolean {
  const { operator, values } = requirement;
  if (operator === 'Gt') return value !== undefined && Number(value) > Number(values[0]);
  if (operator === 'Lt') return value !== undefined && Number(value) < Number(values[0]);
  return expressionHolds(requirement, value);
}

/** Everything a pod asks of a node's labels, each way of its affinity with its selector. */
export function waysOf({ nodeSelector, affinity }: NodeChoice): readonly (readonly NodeRequirement[])[] {
  const selected = Object.entries(nodeSelector).map(
    ([key, value]): NodeRequirement => ({ key, operator: 'In', values: [value] }),
  );
  return affinity ? affinity.map((term) => [...selected, ...term]) : [selected];
}
