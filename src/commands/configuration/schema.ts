/** `.vpccni.yaml`: what `inspect`, `plan` and `gate` share. The types are inferred, the JSON Schema shipped is made from it. */
import * as v from 'valibot';

const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly());
const text = v.pipe(v.string(), v.minLength(1, 'must not be empty'));
const whole = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0, 'must be 0 or more'));
const percent = v.pipe(v.number(), v.minValue(1, 'must be 1 to 100'), v.maxValue(100, 'must be 1 to 100'));
const severity = v.picklist(['error', 'warning', 'info']);

const floors = v.strictObject({
  minFreeIps: v.optional(whole),
  minFreeBlocks: v.optional(whole),
  /** Percent of a subnet's addresses that may be in use. */
  maxUtilization: v.optional(percent),
});

const suppression = v.strictObject({
  /** A code, a code with its sub-reason, or the id of a finding; `*` stands for any text. */
  id: text,
  /** Clusters it holds for, `*` allowed; all unless given. */
  cluster: v.optional(text),
  reason: text,
  owner: v.optional(text),
  /** Last day on which it holds. */
  expires: v.optional(v.pipe(v.string(), v.isoDate('must be a day, such as 2027-03-31'))),
});

export const configurationSchema = v.strictObject({
  /** Scenarios of `plan` and `gate`, in the words of the command line. */
  scenarios: v.optional(v.pipe(v.array(text), v.minLength(1, 'must name one at least'), v.readonly())),
  fragmentation: v.optional(v.picklist(['worst', 'best', 'range'])),
  /** Pods per new node: p95, full, or a number. */
  density: v.optional(v.union([v.picklist(['p95', 'full']), whole])),
  floors: v.optional(
    v.strictObject({
      ...floors.entries,
      minRunwayDays: v.optional(whole),
      /** By subnet id or zone, over the general ones. */
      of: v.optional(v.record(text, floors)),
    }),
  ),
  failOn: v.optional(severity),
  /** Severity of a code in place of its own. */
  severities: v.optional(v.record(text, severity)),
  /** Thresholds of the checks, by the names in docs/checks.md. */
  thresholds: v.optional(
    v.strictObject({
      subnetErrorRatio: v.optional(v.number()),
      subnetWarnRatio: v.optional(v.number()),
      controlPlaneErrorIps: v.optional(whole),
      controlPlaneWarnIps: v.optional(whole),
      leakedEniMinutes: v.optional(whole),
      warmIdleRatio: v.optional(v.number()),
      warmIdleIps: v.optional(whole),
      youngNodeMinutes: v.optional(whole),
    }),
  ),
  suppressions: v.optional(list(suppression)),
});

export type Configuration = v.InferOutput<typeof configurationSchema>;
export type Suppression = v.InferOutput<typeof suppression>;
