/** What `inspect --since` adds: what changed since an older snapshot, and how long the subnets last. */
import * as v from 'valibot';
import { count, countOrUnknown, list, object, rangeSchema, text, textOrUnknown } from './fields.ts';
import { severitySchema } from './finding.ts';

/** What sort of thing changed; stable names. */
const CHANGE_KINDS = [
  'setting',
  'addon',
  'daemonset',
  'cluster',
  'eniconfig',
  'security-group-policy',
  'network-policy',
  'node-group',
  'nodes',
  'subnet',
  'owner',
  'workload',
] as const;

const difference = object({
  kind: v.picklist(CHANGE_KINDS),
  /** What changed: a variable, an ENIConfig, a subnet, a group of nodes. */
  subject: text,
  /** As it was and as it is; null where it did not exist. */
  before: textOrUnknown,
  after: textOrUnknown,
  statement: text,
  /** Ids of new findings it may explain, the gravest first. */
  explains: list(text),
});

const sample = object({ at: text, free: count });

const runway = object({
  subnetId: text,
  availabilityZone: textOrUnknown,
  /** `blocks`: free /28, prefix mode only. */
  of: v.picklist(['addresses', 'blocks']),
  now: count,
  trend: v.picklist(['shrinking', 'steady', 'growing', 'unknown']),
  /** A day; negative where it shrinks. */
  perDay: countOrUnknown,
  interval: v.nullable(rangeSchema),
  /** 0.95, or null where the interval holds all pairs of samples and no probability can be given. */
  confidence: countOrUnknown,
  /** Days of the period whose phases were kept apart. */
  period: countOrUnknown,
  daysLeft: countOrUnknown,
  /** `max` is null where the slowest pace never gets there. */
  daysLeftRange: v.nullable(object({ min: count, max: countOrUnknown })),
  samples: list(sample),
});

export const sinceSchema = object({
  /** The snapshot compared with: the latest of the older ones. Null where the series alone was read. */
  base: v.nullable(object({ collectedAt: text })),
  /** Moments of all snapshots, the oldest first, this one included. */
  snapshots: list(text),
  /** Where a series was read from; null for none. */
  history: textOrUnknown,
  changes: list(difference),
  findings: object({
    /** Ids of findings that are there now and were not. */
    new: list(text),
    /** Those that were there and are not, with what they said. */
    gone: list(object({ id: text, code: text, severity: severitySchema, message: text })),
  }),
  runways: list(runway),
  /** What could not be compared, and why. */
  notCompared: list(text),
});

export type Since = v.InferOutput<typeof sinceSchema>;
export type Difference = Since['changes'][number];
export type SubnetRunway = Since['runways'][number];
