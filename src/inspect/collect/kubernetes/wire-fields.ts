/** Reads single fields of a wire object into the snapshot's types; what has another type than the API promises is left out. */

import type { Selector } from '../../snapshot/kubernetes.ts';
import type { KubernetesObject } from './access.ts';

/** A text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number, given as one or as text. */
export function integer(value: unknown): number | undefined {
  const n =
    typeof value === 'number' ? value : typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(n) ? n : undefined;
}

/** A quantity of things that come in ones, as pods and addresses do: `110`, and `1k` for 1000 (apimachinery: resource.Quantity). */
export function countOf(value: unknown): number | undefined {
  const thousands = typeof value === 'string' ? /^(\d+)k$/.exec(value) : null;
  return thousands ? Number(thousands[1]) * 1000 : integer(value);
}

export function list(value: unknown): readonly KubernetesObject[] {
  return Array.isArray(value) ? value.filter((v) => typeof v === 'object' && v !== null) : [];
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((v) => text(v) ?? []) : [];
}

/** Labels, annotations and the like: texts by name. */
export function textMap(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((e): e is [string, string] => typeof e[1] === 'string'));
}

/** Map of quantities, `limits` of a NodePool: numbers are kept as text. */
export function quantityMap(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => typeof v === 'string' || typeof v === 'number')
      .map(([k, v]) => [k, String(v)]),
  );
}

export function selectorOf(value: unknown): Selector {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as KubernetesObject;
  return { matchLabels: textMap(raw.matchLabels), matchExpressions: requirementsOf(raw.matchExpressions) };
}

export function requirementsOf(value: unknown): { key: string; operator: string; values: string[] }[] {
  return list(value).map((e) => ({
    key: text(e.key) ?? '',
    operator: text(e.operator) ?? '',
    values: texts(e.values),
  }));
}

export function nameOf(object: KubernetesObject): string {
  return text(object.metadata?.name) ?? '';
}

export function namespaceOf(object: KubernetesObject): string {
  return text(object.metadata?.namespace) ?? '';
}

/** The server stamps every object; one without a stamp counts as old. */
export function createdAt(object: KubernetesObject): string {
  return text(object.metadata?.creationTimestamp) ?? '1970-01-01T00:00:00Z';
}
