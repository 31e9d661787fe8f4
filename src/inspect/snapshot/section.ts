import * as v from 'valibot';

/**
 * Why something is not known. `denied`: the caller may not; `throttled`: refused for rate after all retries; `timeout`: no
 * answer in time; `unreachable`: no connection; `credentials`: none, unknown or expired; `not-an-api`: something else answered
 * (a proxy's page); `not-found`: the thing asked for does not exist; `switched-off`: the user did not want it asked;
 * `not-collected`: the version that made the file did not ask; `not-told`: what was read does not say; `other`: anything else.
 */
const GAP_KIND = v.picklist([
  'denied',
  'throttled',
  'timeout',
  'unreachable',
  'credentials',
  'not-an-api',
  'not-found',
  'switched-off',
  'not-collected',
  'not-told',
  'other',
]);
export type GapKind = v.InferOutput<typeof GAP_KIND>;

/**
 * One thing that could not be read: what kind of reason, the section that is missing because of it, the permission that would
 * allow it, and the reason in words, which nobody but a reader decides by.
 */
export const gapSchema = v.object({
  kind: v.optional(GAP_KIND),
  section: v.optional(v.string()),
  permission: v.optional(v.string()),
  reason: v.string(),
});
export type Gap = v.InferOutput<typeof gapSchema>;

/**
 * A section of the snapshot. There is no `data` without `ok` or `partial`, so a denied section cannot be read as an empty one.
 */
export type Section<T> =
  | { readonly status: 'ok'; readonly data: T }
  | { readonly status: 'partial'; readonly data: T; readonly missing: readonly Gap[] }
  | { readonly status: 'denied'; readonly permission: string; readonly reason: string; readonly needs?: string }
  | { readonly status: 'failed'; readonly reason: string; readonly kind?: GapKind; readonly needs?: string }
  | { readonly status: 'skipped'; readonly reason: string; readonly kind?: GapKind };

/** `needs` names the section whose absence is the reason, where it is not the section itself. */
export function sectionSchema<const T extends v.GenericSchema>(data: T) {
  return v.variant('status', [
    v.object({ status: v.literal('ok'), data }),
    v.object({ status: v.literal('partial'), data, missing: v.array(gapSchema) }),
    v.object({
      status: v.literal('denied'),
      permission: v.string(),
      reason: v.string(),
      needs: v.optional(v.string()),
    }),
    v.object({
      status: v.literal('failed'),
      reason: v.string(),
      kind: v.optional(GAP_KIND),
      needs: v.optional(v.string()),
    }),
    v.object({ status: v.literal('skipped'), reason: v.string(), kind: v.optional(GAP_KIND) }),
  ]);
}

/** What is missing from a section, each gap with the section it is about; empty where it is whole. */
export function gapsOf(section: Section<unknown>, name: string): readonly Gap[] {
  if (section.status === 'ok') return [];
  if (section.status === 'partial') return section.missing.map((gap) => ({ section: name, ...gap }));
  const { status, reason } = section;
  const about = ('needs' in section && section.needs) || name;
  if (status === 'denied') return [{ kind: 'denied', section: about, permission: section.permission, reason }];
  return [{ kind: section.kind ?? (status === 'skipped' ? 'not-collected' : 'other'), section: about, reason }];
}
