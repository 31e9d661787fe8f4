/**
 * What `plan` and `gate` answer with: scenarios, what each does to every subnet, what breaks first, and what would help.
 * The types are inferred from these schemas, and so is the JSON Schema that is shipped.
 */
import * as v from 'valibot';
import { boundedSchema, list, object } from './fields.ts';
import { findingSchema, fixSchema } from './finding.ts';

const count = v.number();
const text = v.string();
const textOrUnknown = v.nullable(text);

const pattern = v.picklist(['default', 'sgp', 'custom', 'custom+sgp']);
const mode = v.picklist(['secondary', 'prefix', 'ipv6']);

/**
 * `pass`: everything fits and floors hold. `at-risk`: it fits at the end that is judged, not at the other, or less is left than
 * one more node takes. `fail`: it does not fit, or a floor that was asked for is broken. `incomplete`: what was not read could
 * turn a pass into a failure; a proven failure stays one.
 */
const verdict = v.picklist(['pass', 'at-risk', 'fail', 'incomplete']);

/** Something the projection would have needed; `permission` names the right that reads it. */
const incomplete = object({ reason: text, permission: v.optional(text) });

/** `after = before - need`, negative where it is short; `need` is negative where something is given back. */
const stock = object({
  /** Free now; for a subnet that does not exist yet, free when it is made. */
  before: count,
  /** What the settled state asks for beyond what is held now, granted or not. */
  need: boundedSchema,
  after: boundedSchema,
  /** What must be left; null where the subnet has no floor of this kind. */
  floor: v.nullable(count),
});

const subnetProjection = object({
  subnetId: text,
  name: textOrUnknown,
  availabilityZone: text,
  cidr: text,
  /** A subnet that the scenario or a change assumes. */
  hypothetical: v.boolean(),
  /** `nodes`: primary ENIs; `pods`: further ENIs and pod addresses; `fargate`, `control-plane`: their interfaces. */
  feeds: list(v.picklist(['nodes', 'pods', 'fargate', 'control-plane'])),
  addresses: stock,
  /** Whole /28; null where no prefixes are taken here or ENIs could not be read. */
  blocks: v.nullable(
    object({
      ...stock.pipe[0].entries,
      /** True where others hold addresses that are not visible: fewer blocks may be free. */
      upperBound: v.boolean(),
    }),
  ),
  /** Further nodes and pods that were placed when it first refused one, counted from 1; null where it never did. */
  exhaustedAt: v.nullable(object({ node: v.optional(boundedSchema), pod: v.optional(boundedSchema) })),
  verdict,
  /** Why the verdict is not `pass`. */
  reasons: list(text),
});

const zoneProjection = object({
  zone: text,
  /** Nodes added here; negative where they are taken away. */
  nodes: count,
  /** Free addresses and blocks of its pod subnets together, afterwards. */
  addressesAfter: boundedSchema,
  blocksAfter: v.nullable(boundedSchema),
  verdict,
  /** Short while others have room. */
  starves: v.boolean(),
});

/** Pods that find no place: named by their workload. */
const leftPending = object({ owner: text, pods: count, reason: text });

/** Laid over the snapshot, the scenario run again: what is said of it is what that run gave. */
const remedy = object({
  /** `warm-settings`, `prefix-mode`, `new-subnet`, `custom-networking`, `spread-zones`, `reservation`, `drain`. */
  id: text,
  title: text,
  /** The scenario passes with it; false where it only helps. */
  sufficient: v.boolean(),
  /** Of the scenario with it. */
  verdict,
  /** Free addresses and blocks more than without it, over all subnets, new ones included, at the end that is judged. */
  addresses: count,
  blocks: count,
  /** The same subnet by subnet; negative where it takes from one. */
  subnets: list(object({ subnetId: text, availabilityZone: text, addresses: count, blocks: count })),
  /** What subnets are still short of with it, at the worst placement. */
  stillShort: object({ addresses: count, blocks: count }),
  /** What keeps the scenario from passing with it, in one line; null where it passes. */
  rest: textOrUnknown,
  nodesToReplace: count,
  /** 1: a setting; 2: nodes are replaced; 3: network is built. */
  effort: count,
  fix: fixSchema,
});

/** How it goes: free addresses, and blocks in prefix mode, at the end that is judged, over nodes added or days. */
const course = object({
  unit: v.picklist(['nodes', 'days']),
  steps: list(count),
  subnets: list(object({ subnetId: text, addresses: list(count), blocks: v.nullable(list(count)) })),
});

export const scenarioResultSchema = object({
  /** The scenario in canonical words, `nodes=+9 --instance m6i.2xlarge`. */
  id: text,
  /** Its first word, `nodes`. */
  name: text,
  /** What is assumed to happen, in one line. */
  title: text,
  pattern,
  mode,
  /** The pair in force. */
  current: v.boolean(),
  verdict,
  /** The end of the fragmentation that the verdict judges. */
  judged: v.picklist(['worst', 'best']),
  /** Addressed pods of one node where the scenario decides it, and where the number is from: `p95`, `full`, `asked`. */
  density: v.nullable(object({ pods: count, source: text })),
  nodesAdded: count,
  podsAdded: count,
  subnets: list(subnetProjection),
  zones: list(zoneProjection),
  /** Further nodes like those of the scenario that fit beyond today's; null where no node could be modelled. */
  nodesUntilExhaustion: v.nullable(boundedSchema),
  podsUntilExhaustion: v.nullable(boundedSchema),
  /** Days until the first subnet is short; null without growth. */
  runwayDays: v.nullable(boundedSchema),
  /** What is short first; null where nothing is. */
  firstToBreak: v.nullable(
    object({ subnetId: text, zone: text, what: v.picklist(['addresses', 'blocks']), statement: text }),
  ),
  pending: list(leftPending),
  course: v.nullable(course),
  assumptions: list(text),
  incomplete: list(incomplete),
  remedies: list(remedy),
});

/** What `--change` laid over the snapshot. */
export const changeSchema = object({
  files: list(text),
  effects: list(
    object({
      /** The resource as its file names it: `module.eks.aws_eks_node_group.web`, `Deployment/shop/web`. */
      address: text,
      file: text,
      line: v.optional(count),
      /** What it does, in one line. */
      statement: text,
      subnets: list(text),
    }),
  ),
  notUnderstood: list(object({ address: text, file: text, line: v.optional(count), reason: text })),
  /** Changes that are no concern of subnets, nodes and pods. */
  unconcerned: count,
});

/** One step of a move. Its check ends with status 0 once the step is done; its undo brings back what was before it. */
const runbookStep = object({
  /** `vpc-range`, `subnets`, `routes`, `tags`, `security-groups`, `eni-configs`, `cluster-role`, `settings`, `max-pods`, `replace-nodes`, `new-group`, `drain`, `old-group`. */
  id: text,
  title: text,
  /** What it does, and what it does not do yet. */
  changes: text,
  /** What is held meanwhile. */
  held: text,
  commands: list(text),
  check: list(text),
  undo: list(text),
  /** What commands cannot do or take back. */
  note: textOrUnknown,
});

/** A migration as a document: steps in order; those that do not apply are absent. */
export const runbookSchema = object({
  /** The scenario it belongs to, `to=custom+prefix`. */
  scenario: text,
  from: object({ pattern, mode }),
  to: object({ pattern, mode }),
  /** What no step can do, as another IP family. With any of them there are no steps. */
  blockers: list(text),
  /** While both generations of nodes hold addresses, the subnets of the steps among them. */
  peak: list(
    object({
      subnetId: text,
      availabilityZone: text,
      cidr: text,
      /** Made by a step. */
      isNew: v.boolean(),
      addresses: object({ before: count, need: boundedSchema, after: boundedSchema }),
      blocks: v.nullable(object({ before: count, need: boundedSchema, after: boundedSchema })),
      verdict,
    }),
  ),
  verdict,
  steps: list(runbookStep),
});

const head = {
  schemaVersion: count,
  tool: object({ name: text, version: text }),
  /** When the snapshot was taken. */
  generatedAt: text,
  cluster: object({
    name: text,
    region: textOrUnknown,
    nodes: v.nullable(count),
    pattern: v.nullable(pattern),
    mode: v.nullable(mode),
  }),
  /** Commands to run once, so that those of remedies reach this cluster and no other. */
  setup: list(text),
  scenarios: list(scenarioResultSchema),
  /** One for each scenario that moves to another pattern or mode. */
  runbooks: list(runbookSchema),
  change: v.nullable(changeSchema),
  /** Failing projections as findings, SUB002 for addresses and PFX002 for blocks, so that suppressions and baselines hold. */
  findings: list(findingSchema),
  suppressed: count,
  /** Suppressions of projections, and of scenarios that were asked for, that answer to no finding. */
  unusedSuppressions: list(text),
};

export const planSchema = object({ kind: v.literal('Plan'), ...head });

export const gateSchema = object({
  kind: v.literal('Gate'),
  ...head,
  verdict: v.picklist(['pass', 'fail', 'incomplete']),
  exitCode: count,
  /** One line each: scenario, subnet, what is short by how much, at which end. */
  reasons: list(text),
});

export type ProjectionVerdict = v.InferOutput<typeof verdict>;
export type Incomplete = v.InferOutput<typeof incomplete>;
export type SubnetProjection = v.InferOutput<typeof subnetProjection>;
export type ZoneProjection = v.InferOutput<typeof zoneProjection>;
export type LeftPending = v.InferOutput<typeof leftPending>;
export type Remedy = v.InferOutput<typeof remedy>;
export type Course = v.InferOutput<typeof course>;
export type ScenarioResult = v.InferOutput<typeof scenarioResultSchema>;
export type Runbook = v.InferOutput<typeof runbookSchema>;
export type RunbookStep = Runbook['steps'][number];
export type ChangeSummary = v.InferOutput<typeof changeSchema>;
export type Plan = v.InferOutput<typeof planSchema>;
export type Gate = v.InferOutput<typeof gateSchema>;
