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
  kind: v.picklist([
    'cluster',
    'zone',
    'subnet',
    'nodegroup',
    'node',
    'pod',
    'eni',
    'eniconfig',
    'addon',
    'daemonset',
    'role',
    'networkpolicy',
  ]),
  id: text,
  /** A name the user gave, where there is one. Untrusted text. */
  name: v.optional(text),
});

/** What comes free. */
export const freesSchema = object({
  addresses: count,
  /** Whole /28 blocks among them, where that was worked out. */
  blocks: v.optional(count),
  /** Where, the most first; what is not told apart by subnet is in `addresses` alone. */
  subnets: list(object({ subnetId: text, addresses: count })),
});

/** A part of a fix that is looked at before the next is begun. */
export const stepSchema = object({
  title: text,
  /** How many of the fix's commands it takes, from where the step before ended. */
  commands: count,
});

export const fixSchema = object({
  title: text,
  /** Complete command lines with real ids; run in this order. */
  commands: list(text),
  /** The commands in steps, where they are not to be run in one go; their counts add up to the commands. */
  steps: v.optional(list(stepSchema)),
  /** What running them changes, in a sentence. */
  changes: text,
  effect: v.picklist(['immediate', 'minutes', 'node-replacement']),
  frees: v.optional(freesSchema),
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
export type Frees = v.InferOutput<typeof freesSchema>;
export type Step = v.InferOutput<typeof stepSchema>;
export type Fix = v.InferOutput<typeof fixSchema>;
export type Finding = v.InferOutput<typeof findingSchema>;
