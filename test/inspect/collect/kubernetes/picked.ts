import { type Fields, Rows, Shared } from '../../../../src/inspect/collect/kubernetes/json-wanted.ts';

/** What a projection is to give, the plain way: parse all, then leave out. Shared values are only equal here. */
export function picked(value: unknown, keep: unknown): unknown {
  if (keep instanceof Rows) return picked(value, keep.fields);
  if (keep instanceof Shared) {
    const own = keep.own as Fields;
    const all = typeof keep.fields === 'object' && !Array.isArray(value) ? { ...keep.fields, ...own } : keep.fields;
    return picked(value, all);
  }
  if (keep === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((v) => (Array.isArray(v) ? v : picked(v, keep)));
  return Object.fromEntries(
    Object.entries(value).flatMap(([k, v]) =>
      Object.hasOwn(keep as Fields, k) ? [[k, picked(v, (keep as Fields)[k])]] : [],
    ),
  );
}
