/** The schema of the JSON that `inspect -o json` writes. The types of `report.ts` and this schema are held equal by a test. */
import * as v from 'valibot';
import { gapSchema } from '../snapshot/section.ts';
import { sourceSchema } from '../snapshot.ts';

const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly());
const object = <E extends v.ObjectEntries>(entries: E) => v.pipe(v.object(entries), v.readonly());
const count = v.number();
const countOrUnknown = v.nullable(v.number());
const text = v.string();
const textOrUnknown = v.nullable(v.string());

const pattern = v.picklist(['default', 'sgp', 'custom', 'custom+sgp']);
const mode = v.picklist(['secondary', 'prefix', 'ipv6']);
const severity = v.picklist(['error', 'warning', 'info']);
const pair = object({ pattern, mode });
const range = object({ min: count, max: count });
const bounded = v.union([count, range]);

const notEvaluated = object({
  code: text,
  title: text,
  permissions: list(text),
  reasons: list(text),
  severity,
  byChoice: v.boolean(),
});

const coverage = object({
  passed: count,
  failed: count,
  notApplicable: count,
  notEvaluated: list(notEvaluated),
  suppressed: count,
});

const setting = object({
  name: text,
  value: textOrUnknown,
  effective: text,
  origin: v.picklist(['addon-configuration', 'daemonset', 'default']),
  note: v.optional(text),
});

const cluster = object({
  name: text,
  arn: textOrUnknown,
  region: textOrUnknown,
  account: textOrUnknown,
  kubernetesVersion: textOrUnknown,
  platformVersion: textOrUnknown,
  cni: object({ version: textOrUnknown, installMethod: text, evidence: list(text) }),
  pattern: v.nullable(pattern),
  mode: v.nullable(mode),
  settings: list(setting),
  vpcId: textOrUnknown,
  vpcCidrs: v.nullable(list(text)),
  networkPolicy: object({ state: v.picklist(['enforced', 'off', 'half', 'other-engine', 'unknown']), detail: text }),
  nodes: countOrUnknown,
  pods: v.nullable(
    object({ total: count, addressed: count, branch: count, hostNetwork: count, stuck: countOrUnknown }),
  ),
});

const verdict = object({
  severity: v.picklist(['error', 'warning', 'info', 'ok', 'unknown']),
  text,
  stuckPods: countOrUnknown,
  causes: list(object({ code: textOrUnknown, pods: count, text })),
});

const waitingPod = object({
  pod: text,
  node: text,
  zone: textOrUnknown,
  owner: textOrUnknown,
  since: text,
  ageSeconds: count,
  wantsBranch: v.boolean(),
  cause: textOrUnknown,
});

const change = object({ at: text, what: text, detail: text });

const capacityRow = object({
  pattern,
  mode,
  current: v.boolean(),
  supported: v.boolean(),
  blockers: list(object({ reason: text, nodes: count, zones: list(text) })),
  maxPodsPerNode: v.nullable(range),
  clusterPods: countOrUnknown,
  addresses: v.nullable(object({ node: count, pod: count })),
  blocks: countOrUnknown,
  worstSubnet: v.nullable(object({ subnetId: text, ratio: count })),
  roomForNodes: v.nullable(bounded),
  branchPodsAssumed: countOrUnknown,
});

const nodeInterface = object({
  eniId: text,
  role: v.picklist(['primary', 'data', 'trunk', 'unmanaged']),
  subnetId: text,
  addresses: count,
  prefixes: count,
});

const nodeReport = object({
  name: text,
  instanceId: textOrUnknown,
  instanceType: textOrUnknown,
  zone: textOrUnknown,
  subnetId: textOrUnknown,
  ready: v.boolean(),
  group: object({ kind: text, name: text }),
  platform: text,
  maxPods: countOrUnknown,
  recommendedMaxPods: countOrUnknown,
  podIpCapacity: countOrUnknown,
  demand: v.nullable(object({ daemonSet: count, other: count, holding: count, branch: count, hostNetwork: count })),
  stuckPods: countOrUnknown,
  configured: v.nullable(pair),
  observed: v.nullable(pair),
  enis: countOrUnknown,
  interfaces: v.nullable(list(nodeInterface)),
  held: countOrUnknown,
  warm: countOrUnknown,
  predicted: v.nullable(object({ held: bounded, enis: bounded })),
  deviation: textOrUnknown,
});

const daemonSet = object({ namespace: text, name: text, pods: count, hostNetwork: v.boolean(), addresses: count });

const owner = object({
  class: text,
  name: text,
  confidence: v.picklist(['high', 'medium', 'low']),
  ours: v.boolean(),
  addresses: count,
  prefixes: count,
  enis: count,
  idle: countOrUnknown,
  reclaimable: countOrUnknown,
});

const subnet = object({
  subnetId: text,
  name: textOrUnknown,
  availabilityZone: text,
  cidr: text,
  sources: list(text),
  addresses: object({
    total: count,
    reserved: count,
    seen: countOrUnknown,
    reservedUnallocated: countOrUnknown,
    free: count,
    invisible: countOrUnknown,
  }),
  blocks: v.nullable(
    object({
      total: count,
      usable: count,
      free: count,
      fragmented: count,
      full: count,
      awsReserved: count,
      prefix: count,
      prefixReserved: count,
      explicitReserved: count,
      upperBound: v.boolean(),
    }),
  ),
  owners: v.nullable(list(owner)),
});

const resource = object({
  kind: v.picklist(['cluster', 'zone', 'subnet', 'nodegroup', 'node', 'pod', 'eni', 'eniconfig', 'addon', 'daemonset']),
  id: text,
  name: v.optional(text),
});

export const fixSchema = object({
  title: text,
  commands: list(text),
  changes: text,
  effect: v.picklist(['immediate', 'minutes', 'node-replacement']),
  frees: v.optional(text),
  risk: v.optional(text),
});

export const findingSchema = object({
  id: text,
  code: text,
  longCode: text,
  subReason: v.optional(text),
  severity,
  confidence: v.picklist(['observed', 'derived', 'heuristic']),
  title: text,
  message: text,
  grain: v.picklist(['cluster', 'zone', 'subnet', 'group', 'node', 'pod', 'eni']),
  resources: list(resource),
  resourcesTotal: count,
  scope: object({
    nodes: v.optional(list(text)),
    pods: v.optional(list(text)),
    subnets: v.optional(list(text)),
    zones: v.optional(list(text)),
  }),
  evidence: v.pipe(v.record(text, v.unknown()), v.readonly()),
  fixes: list(fixSchema),
  explains: list(text),
  causedBy: v.optional(text),
  caveats: list(text),
});

export const inspectionSchema = object({
  schemaVersion: count,
  kind: v.literal('Inspection'),
  tool: object({ name: text, version: text }),
  generatedAt: text,
  origin: v.variant('kind', [
    object({ kind: v.literal('live'), seconds: count, requests: count }),
    object({ kind: v.picklist(['snapshot', 'demo']) }),
  ]),
  narrowing: v.optional(object({ by: text, hidden: count })),
  setup: list(text),
  cluster,
  verdict,
  waitingPods: v.nullable(list(waitingPod)),
  changes: list(change),
  coverage,
  capacity: list(capacityRow),
  nodes: v.nullable(list(nodeReport)),
  daemonSets: v.nullable(list(daemonSet)),
  subnets: v.nullable(list(subnet)),
  findings: list(findingSchema),
  unread: list(object({ section: text, gaps: list(gapSchema) })),
  sources: list(sourceSchema),
});
