import * as v from 'valibot';

/** One thing that could not be read: the permission that would allow it, where that is the reason, and the reason itself. */
export const gapSchema = v.object({ permission: v.optional(v.string()), reason: v.string() });
export type Gap = v.InferOutput<typeof gapSchema>;

/**
 * A section of the snapshot. There is no `data` without `ok` or `partial`, so a denied section cannot be read as an empty one.
 */
export type Section<T> =
  | { readonly status: 'ok'; readonly data: T }
  | { readonly status: 'partial'; readonly data: T; readonly missing: readonly Gap[] }
  | { readonly status: 'denied'; readonly permission: string; readonly reason: string }
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'skipped'; readonly reason: string };

/** A section's schema; `partial.missing` may also be a plain text, for files written by hand. */
export function sectionSchema<const T extends v.GenericSchema>(data: T) {
  return v.variant('status', [
    v.object({ status: v.literal('ok'), data }),
    v.object({ status: v.literal('partial'), data, missing: v.array(gapSchema) }),
    v.object({ status: v.literal('denied'), permission: v.string(), reason: v.string() }),
    v.object({ status: v.literal('failed'), reason: v.string() }),
    v.object({ status: v.literal('skipped'), reason: v.string() }),
  ]);
}

/** What is missing from a section; empty where it is whole. */
export function gapsOf(section: Section<unknown>): readonly Gap[] {
  if (section.status === 'ok') return [];
  if (section.status === 'partial') return section.missing;
  if (section.status === 'denied') return [{ permission: section.permission, reason: section.reason }];
  return [{ reason: section.reason }];
}
