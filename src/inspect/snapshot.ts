/**
 * The ClusterSnapshot: everything known of one cluster at one moment. A bug report is such a file, a test fixture is
 * such a file, the demo is such a file. Adding a section or an optional field keeps the version; unknown keys are ignored.
 */
import * as v from 'valibot';
import * as account from './snapshot/account.ts';
import * as aws from './snapshot/aws.ts';
import { cniSchema } from './snapshot/cni.ts';
import * as control from './snapshot/control.ts';
import * as ec2 from './snapshot/ec2.ts';
import { evolveEvents } from './snapshot/evolve.ts';
import * as k8s from './snapshot/kubernetes.ts';
import { cniLogsSchema, cniMetricsSchema } from './snapshot/live.ts';
import { podsSchema } from './snapshot/pods.ts';
import { networkPolicySchema, policyEndpointSchema } from './snapshot/policies.ts';
import { readData } from './snapshot/read-section.ts';
import * as routing from './snapshot/routing.ts';
import { type GapKind, type Section, sectionSchema } from './snapshot/section.ts';

export const SNAPSHOT_VERSION = 1;

/** Every section and the schema of its data. */
export const SECTIONS = {
  caller: aws.callerSchema,
  cluster: aws.clusterSchema,
  addons: v.array(aws.addonSchema),
  addonVersions: aws.addonVersionsSchema,
  nodegroups: v.array(aws.nodegroupSchema),
  fargateProfiles: v.array(aws.fargateProfileSchema),
  podIdentity: v.array(aws.podIdentityAssociationSchema),
  vpc: ec2.vpcSchema,
  subnets: v.array(ec2.subnetSchema),
  cidrReservations: ec2.cidrReservationsSchema,
  networkInterfaces: v.array(ec2.networkInterfaceSchema),
  instances: v.array(ec2.instanceSchema),
  instanceTypes: v.array(ec2.ec2InstanceTypeSchema),
  routeTables: v.array(ec2.routeTableSchema),
  securityGroups: v.array(ec2.securityGroupSchema),
  launchTemplates: v.array(aws.launchTemplateSchema),
  autoScalingGroups: v.array(aws.autoScalingGroupSchema),
  natGateways: v.array(routing.natGatewaySchema),
  vpcEndpoints: v.array(routing.vpcEndpointSchema),
  networkAcls: v.array(routing.networkAclSchema),
  securityGroupRules: routing.securityGroupRulesSchema,
  prefixLists: v.array(routing.prefixListSchema),
  vpcPeerings: v.array(routing.vpcPeeringSchema),
  transitGatewayAttachments: v.array(routing.transitGatewayAttachmentSchema),
  iam: account.iamSchema,
  quotas: account.quotasSchema,
  insights: account.insightsSchema,
  nodes: v.array(k8s.nodeSchema),
  pods: podsSchema,
  workloads: k8s.workloadsSchema,
  events: v.array(k8s.eventSchema),
  cni: cniSchema,
  eniConfigs: v.array(k8s.eniConfigSchema),
  securityGroupPolicies: v.array(k8s.securityGroupPolicySchema),
  cniNodes: v.array(k8s.cniNodeSchema),
  networkPolicies: v.array(networkPolicySchema),
  policyEndpoints: v.array(policyEndpointSchema),
  nodePools: v.array(k8s.nodePoolSchema),
  nodeClasses: v.array(k8s.nodeClassSchema),
  services: v.array(control.serviceSchema),
  webhooks: v.array(control.webhookSchema),
  crds: v.array(control.crdSchema),
  rbac: control.rbacSchema,
  persistentVolumes: v.array(k8s.persistentVolumeSchema),
  cniLogs: cniLogsSchema,
  cniMetrics: cniMetricsSchema,
} as const;

export type SectionName = keyof typeof SECTIONS;
export type SectionData<N extends SectionName> = v.InferOutput<(typeof SECTIONS)[N]>;
export type Sections = { readonly [N in SectionName]: Section<SectionData<N>> };
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

/** One call made while collecting: how many pages, how long, how it ended. */
export const sourceSchema = v.object({
  section: v.string(),
  call: v.string(),
  requests: v.number(),
  items: v.number(),
  milliseconds: v.number(),
  retries: v.number(),
  outcome: v.string(),
});
export type Source = v.InferOutput<typeof sourceSchema>;

const headSchema = v.object({
  kind: v.literal('ClusterSnapshot'),
  schemaVersion: v.pipe(v.number(), v.integer()),
  tool: v.object({ name: v.string(), version: v.string() }),
  /** The only "now" any age is computed from. */
  collectedAt: v.pipe(v.string(), v.isoTimestamp()),
  redacted: v.optional(v.boolean()),
  sources: v.array(sourceSchema),
});

export type SnapshotHead = v.InferOutput<typeof headSchema>;
export type ClusterSnapshot = SnapshotHead & Sections;

/** The whole file's schema, for the published JSON Schema (scripts/build-schemas.mjs). @public */
export const snapshotSchema = v.object({
  ...headSchema.entries,
  ...(Object.fromEntries(SECTION_NAMES.map((n) => [n, v.optional(sectionSchema(SECTIONS[n]))])) as unknown as Record<
    SectionName,
    v.GenericSchema
  >),
});

/** A snapshot file that cannot be read; the message is one line for the user. */
export class SnapshotError extends Error {}

/**
 * Reads a snapshot from parsed JSON, which it takes over.
 * @throws SnapshotError naming the first thing wrong: another kind, a newer version, or the path of a wrong value.
 */
export function parseSnapshot(json: unknown): ClusterSnapshot {
  const reader = new SnapshotReader();
  for (const [name, value] of Object.entries(asObject(json))) reader.take(name, value);
  return reader.finish();
}

/** Reads a snapshot member by member, in any order, and takes them over. What is wrong is told when all were read. */
export class SnapshotReader {
  readonly #head: Record<string, unknown> = Object.create(null);
  readonly #sections = new Map<SectionName, Section<unknown> | SnapshotError>();

  take(name: string, value: unknown): void {
    if (!isSection(name)) this.#head[name] = value;
    else if (value === undefined || value === null) this.#sections.delete(name);
    else this.#sections.set(name, sectionOrError(name, value));
  }

  /** @throws SnapshotError, see `parseSnapshot` */
  finish(): ClusterSnapshot {
    const head = headOf(this.#head);
    const reason = `not collected by ${head.tool.name} ${head.tool.version}`;
    const sections: Record<string, unknown> = {};
    for (const name of SECTION_NAMES) {
      const section = this.#sections.get(name) ?? { status: 'skipped', kind: 'not-collected', reason };
      if (section instanceof SnapshotError) throw section;
      sections[name] = section;
    }
    return { ...head, ...evolved(sections as Sections) };
  }
}

function headOf(file: Readonly<Record<string, unknown>>): SnapshotHead {
  if (file.kind !== 'ClusterSnapshot')
    throw new SnapshotError('not a vpccni snapshot: "kind" is not "ClusterSnapshot"');
  if (typeof file.schemaVersion === 'number' && file.schemaVersion > SNAPSHOT_VERSION)
    throw new SnapshotError(
      `snapshot version ${file.schemaVersion} is newer than this vpccni reads (${SNAPSHOT_VERSION}); upgrade vpccni`,
    );
  return check(headSchema, file, '');
}

function isSection(name: string): name is SectionName {
  return Object.hasOwn(SECTIONS, name);
}

function sectionOrError(name: SectionName, raw: unknown): Section<unknown> | SnapshotError {
  try {
    return ofFile(name, check(FILE_SECTION, raw, name));
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
}

function evolved(sections: Sections): Sections {
  const { events } = sections;
  return 'data' in events ? { ...sections, events: { ...events, data: evolveEvents(events.data) } } : sections;
}

/** Files of before sections had kinds: what stands in a file as skipped was switched off. */
function ofFile(name: SectionName, section: Section<unknown>): Section<unknown> {
  if (section.status === 'skipped' && section.kind === undefined) return { ...section, kind: 'switched-off' };
  return 'data' in section ? checkedSection(name, section) : section;
}

/** A section of data from outside: without what cannot be used, which becomes a gap. */
export function checkedSection(
  name: SectionName,
  section: Extract<Section<unknown>, { data: unknown }>,
): Section<unknown> {
  const { data, gaps } = readData(name, SECTIONS[name], section.data);
  if (data === undefined) return { status: 'failed', kind: 'other', reason: gaps[0]!.reason };
  const missing = [...('missing' in section ? section.missing : []), ...gaps];
  return missing.length > 0 ? { status: 'partial', data, missing } : { status: 'ok', data };
}

const FILE_SECTION = sectionSchema(v.unknown());

/** A snapshot in which nothing was collected, to be overlaid with the sections that were. */
export function emptySections(reason: string, kind: GapKind = 'not-collected'): Sections {
  const skipped = { status: 'skipped', kind, reason } as const;
  return Object.fromEntries(SECTION_NAMES.map((n) => [n, skipped])) as unknown as Sections;
}

function asObject(json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new SnapshotError('not a vpccni snapshot: not a JSON object');
  return json as Record<string, unknown>;
}

function check<S extends v.GenericSchema>(schema: S, value: unknown, at: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = [at, v.getDotPath(issue)].filter(Boolean).join('.');
  throw new SnapshotError(`not a valid vpccni snapshot: ${path}: ${issue.message}`);
}
