/** Label selectors as Kubernetes reads them. */
import type { Selector } from '../../snapshot/kubernetes.ts';

/** An empty selector matches everything. */
export function matches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  // asked for each pod and each policy: without a copy of the labels
  for (const key in selector.matchLabels) if (labels[key] !== selector.matchLabels[key]) return false;
  return selector.matchExpressions.every((e) => expressionHolds(e, labels[e.key]));
}

/** Whether one expression holds of the label it names; false for an operator that is none. */
export function expressionHolds(
  { operator, values }: { readonly operator: string; readonly values: readonly string[] },
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
