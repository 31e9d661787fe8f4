/** What `explain` reports: the list of checks, or the card of one. */
import * as v from 'valibot';
import { headOf, list, modeSchema, object, patternSchema, text } from './fields.ts';
import { grainSchema, severitySchema } from './finding.ts';

const summary = {
  code: text,
  longCode: text,
  title: text,
  /** As a rule, and at worst. */
  severity: severitySchema,
  worst: severitySchema,
  grain: grainSchema,
};

export const checkSummarySchema = object(summary);

export const checkListSchema = object({
  ...headOf('CheckList'),
  groups: list(object({ prefix: text, title: text, checks: list(checkSummarySchema) })),
});

export const checkCardSchema = object({
  ...headOf('Check'),
  ...summary,
  group: text,
  /** Null: all of them. */
  patterns: v.nullable(list(patternSchema)),
  modes: v.nullable(list(modeSchema)),
  /** `any`, or only clusters with nodes that aws-node serves. */
  platform: v.picklist(['any', 'vpc-cni']),
  /** Symptoms it may account for. */
  explains: list(text),
  why: text,
  how: text,
  fix: text,
  verify: text,
  references: list(text),
  /** Calls without which it is not evaluated, and those that make it more certain or its commands complete. */
  permissions: object({ needed: list(text), helpful: list(text) }),
});

export type CheckSummary = v.InferOutput<typeof checkSummarySchema>;
export type CheckList = v.InferOutput<typeof checkListSchema>;
export type CheckCard = v.InferOutput<typeof checkCardSchema>;
