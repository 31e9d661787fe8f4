/** The shapes of all reports under one name. */
export type { Bounded, Range } from './fields.ts';
export type * from './inspection.ts';
export type { KubeletSnippet, MaxPodsReport } from './max-pods.ts';
