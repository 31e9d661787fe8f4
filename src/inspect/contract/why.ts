/** What `why` answers with: the story of one pod, workload, node, ENI or address, link by link. */
import * as v from 'valibot';
import { headOf, list, object, text } from './fields.ts';
import { fixSchema } from './finding.ts';

/** `skipped`: the question does not arise here. */
const LINK_STATUSES = ['ok', 'broken', 'unknown', 'skipped'] as const;

/** One link of the chain, with what proves it. */
const link = object({
  /** `scheduled`, `node`, `aws-node`, `pattern`, `enis`, `subnet`, …: stable names. */
  step: text,
  status: v.picklist(LINK_STATUSES),
  statement: text,
  evidence: v.pipe(v.record(text, v.unknown()), v.readonly()),
});

/** What fills one slot: a single address or a /28. */
const slot = object({ cidr: text, addresses: v.number(), pods: v.number() });

const eniSlots = object({
  eniId: text,
  role: v.picklist(['primary', 'data', 'trunk']),
  subnetId: text,
  /** It gets no new pod addresses: a trunk, an excluded subnet, or the primary under custom networking. */
  closed: v.boolean(),
  /** Slots of the ENI, used or not; 0 for a trunk. */
  capacity: v.number(),
  slots: list(slot),
});

const cause = object({
  /** Code and id of the finding that accounts for it; absent where none does. */
  code: v.optional(text),
  findingId: v.optional(text),
  /** Of the finding; an error where a subject is stuck without one. */
  severity: v.picklist(['error', 'warning', 'info']),
  /** False where something else than the network holds it up; null where that is not established. */
  network: v.nullable(v.boolean()),
  statement: text,
});

/** `pending`: nothing is known to hold it up yet. `finished`: a pod that has run to its end. */
const state = v.picklist(['stuck', 'running', 'pending', 'finished', 'held', 'free', 'unknown']);

export const whySchema = object({
  ...headOf('Why'),
  cluster: v.nullable(text),
  subject: object({
    kind: v.picklist(['pod', 'workload', 'node', 'eni', 'address']),
    /** A name, an id or an address; of a workload `Deployment/web`. */
    id: text,
    namespace: v.optional(text),
    node: v.optional(text),
  }),
  state,
  /** The whole story in one sentence. */
  summary: text,
  chain: list(link),
  cause: v.nullable(cause),
  fixes: list(fixSchema),
  /** Commands to run once before those of the fixes. */
  setup: list(text),
  /** What was not read and would have told more, with the permission. */
  caveats: list(text),
  /** ENIs of the node concerned with what fills their slots; null where they are not known or do not matter. */
  enis: v.nullable(list(eniSlots)),
  /** Pods of a workload or a node, those in trouble first; null for other subjects. */
  pods: v.nullable(
    list(object({ pod: text, node: v.nullable(text), ip: v.nullable(text), state, code: v.nullable(text) })),
  ),
});

export type Why = v.InferOutput<typeof whySchema>;
export type WhyState = Why['state'];
export type Link = Why['chain'][number];
export type WhyCause = NonNullable<Why['cause']>;
export type EniSlots = NonNullable<Why['enis']>[number];
