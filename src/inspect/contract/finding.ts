/** What a check says: findings and the fixes they carry. */
import * as v from 'valibot';
import { count, list, object, table, text } from './fields.ts';

export const severitySchema = v.picklist(['error', 'warning', 'info']);
/** observed: an API reply or an event shows it; derived: computed by documented rules; heuristic: a usual pattern. */
export const confidenceSchema = v.picklist(['observed', 'derived', 'heuristic']);
export const grainSchema = v.picklist(['cluster', 'zone', 'subnet', 'group', 'node', 'pod', 'eni']);

/** Which parts of the cluster a finding concerns; causes and symptoms are matched by overlap. Pods are `namespace/name`. */
export const scopeSchema = object({
  nodes: v.optional(list(text)),
  pods: v.optional(list(text)),
  subnets: v.optional(list(text)),
  zones: v.optional(list(text)),
});

export const resourceSchema = object({
  kind: v.picklist(['cluster', 'zone', 'subnet', 'nodegroup', 'node', 'pod', 'eni', 'eniconfig', 'addon', 'daemonset']),
  id: text,
  /** A name the user gave, where there is one. Untrusted text. */
  name: v.optional(text),
});

export const fixSchema = object({
  title: text,
  /** Complete command lines with real ids; run in this order. */
  commands: list(text),
  /** What running them changes, in a sentence. */
  changes: text,
  effect: v.picklist(['immediate', 'minutes', 'node-replacement']),
  /** What comes free, "176 addresses in subnet-0a1". */
  frees: v.optional(text),
  risk: v.optional(text),
});

export const findingSchema = object({
  /** `CODE[/sub]:key`: what baselines and suppressions refer to. */
  id: text,
  code: text,
  /** `VPCCNI-SUB-001`. */
  longCode: text,
  subReason: v.optional(text),
  severity: severitySchema,
  confidence: confidenceSchema,
  title: text,
  message: text,
  grain: grainSchema,
  resources: list(resourceSchema),
  resourcesTotal: count,
  scope: scopeSchema,
  evidence: table(v.unknown()),
  fixes: list(fixSchema),
  /** Codes of symptoms this finding may account for. */
  explains: list(text),
  /** Id of the finding that accounts for this one. */
  causedBy: v.optional(text),
  /** What could not be read and would have made this more certain. */
  caveats: list(text),
});

export type Severity = v.InferOutput<typeof severitySchema>;
export type Confidence = v.InferOutput<typeof confidenceSchema>;
export type Grain = v.InferOutput<typeof grainSchema>;
export type Scope = v.InferOutput<typeof scopeSchema>;
export type Resource = v.InferOutput<typeof resourceSchema>;
export type Fix = v.InferOutput<typeof fixSchema>;
export type Finding = v.InferOutput<typeof findingSchema>;
