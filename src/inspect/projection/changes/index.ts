/** Changes laid over a snapshot. A kind of change is one line here, and its reader one file. */
import { SHIPPED } from '../../../calc/ipamd/variables.ts';
import type { Section } from '../../snapshot/section.ts';
import {
  type ClusterSnapshot,
  emptySections,
  type SectionData,
  type SectionName,
  SNAPSHOT_VERSION,
} from '../../snapshot.ts';
import { readAddon } from './addon.ts';
import { NO_CNI } from './cni-env.ts';
import { Draft } from './draft.ts';
import { readEksctl } from './eksctl.ts';
import { at, isFields, text } from './fields.ts';
import { readHelmValues } from './helm.ts';
import { NO_WORKLOADS } from './manifest/daemon-set.ts';
import { NO_PODS } from './manifest/pods.ts';
import { readManifests } from './manifest.ts';
import { type ChangeDocument, ChangeError, type ChangeKind, type ChangeTools, type Laid } from './reading.ts';
import { removalsOf } from './removals.ts';
import { isTerraform } from './terraform/plan.ts';
import { readTerraform } from './terraform.ts';

const READERS: Readonly<Record<Exclude<ChangeKind, 'manifest'>, (draft: Draft, document: ChangeDocument) => void>> = {
  terraform: readTerraform,
  eksctl: readEksctl,
  helm: readHelmValues,
  addon: readAddon,
};

/**
 * Lays the documents over the snapshot: what AWS holds and the settings of the CNI one after the other, then the objects of all
 * manifests together, which stand on them. Without a snapshot the change is all there is: the cluster it makes.
 * @throws ChangeError naming the file, for what is no change and for what must not be judged
 */
export function layOver(
  documents: readonly ChangeDocument[],
  snapshot: ClusterSnapshot | undefined,
  tools: ChangeTools,
  now: string,
): Laid {
  const draft = new Draft(snapshot ?? nothingYet(now), tools, snapshot === undefined);
  const manifests: ChangeDocument[] = [];
  for (const document of documents) {
    try {
      const kind = document.kind ?? kindOf(document.value);
      if (kind === 'manifest') manifests.push(document);
      else READERS[kind](draft, document);
    } catch (error) {
      throw error instanceof ChangeError ? new ChangeError(`${document.file}: ${error.message}`) : error;
    }
  }
  readManifests(draft, manifests);
  if (draft.fresh && draft.data('cluster') === undefined)
    throw new ChangeError(
      `${documents.map((d) => d.file).join(', ')}: makes no cluster, and none was given to lay it over`,
    );
  const laid = draft.laid();
  const inOrder = asWritten(documents);
  return {
    ...laid,
    effects: [...laid.effects].sort(inOrder),
    notUnderstood: [...laid.notUnderstood].sort(inOrder),
    removals: removalsOf(draft),
  };
}

/** In the order of the files, and of the lines in each. */
function asWritten(documents: readonly ChangeDocument[]) {
  type Spot = { readonly file: string; readonly line?: number };
  const files = documents.map((d) => d.file);
  return (a: Spot, b: Spot) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0);
}

/** Whether the documents make a cluster by themselves. */
export function makesCluster(documents: readonly ChangeDocument[]): boolean {
  return documents.some(({ value }) => {
    const changes = at(value, 'resource_changes');
    return (
      Array.isArray(changes) &&
      changes.some(
        (c) =>
          at(c, 'type') === 'aws_eks_cluster' &&
          at(c, 'change', 'actions', 0) === 'create' &&
          at(c, 'change', 'before') === null,
      )
    );
  });
}

/** @throws ChangeError for what does not say what it is */
export function kindOf(value: unknown): ChangeKind {
  if (isTerraform(value)) return 'terraform';
  if (isFields(value)) {
    const apiVersion = text(value.apiVersion);
    if (apiVersion?.startsWith('eksctl.io/')) return 'eksctl';
    if (apiVersion !== undefined && text(value.kind) !== undefined) return 'manifest';
  }
  throw new ChangeError(
    'is no change that is known: a Terraform plan, Kubernetes manifests or an eksctl ClusterConfig; write helm:FILE for values of aws-vpc-cni, addon:FILE for its add-on configuration',
  );
}

/** A snapshot of nothing: every section was read, and is empty; aws-node is as it is shipped. */
function nothingYet(now: string): ClusterSnapshot {
  const empty: { readonly [N in SectionName]?: SectionData<N> } = {
    addons: [],
    nodegroups: [],
    fargateProfiles: [],
    podIdentity: [],
    subnets: [],
    cidrReservations: { subnetIds: [], reservations: [] },
    networkInterfaces: [],
    instances: [],
    instanceTypes: [],
    routeTables: [],
    securityGroups: [],
    launchTemplates: [],
    autoScalingGroups: [],
    nodes: [],
    pods: NO_PODS,
    workloads: NO_WORKLOADS,
    events: [],
    cni: { ...NO_CNI, containers: [{ name: 'aws-node', image: '', env: { ...SHIPPED }, unresolved: [], args: [] }] },
    eniConfigs: [],
    securityGroupPolicies: [],
    cniNodes: [],
    networkPolicies: [],
    policyEndpoints: [],
    nodePools: [],
    nodeClasses: [],
  };
  const sections = Object.entries(empty).map(([name, data]): [string, Section<unknown>] => [
    name,
    { status: 'ok', data },
  ]);
  return {
    kind: 'ClusterSnapshot',
    schemaVersion: SNAPSHOT_VERSION,
    tool: { name: 'vpccni', version: '' },
    collectedAt: now,
    sources: [],
    ...emptySections('the cluster does not exist yet'),
    ...Object.fromEntries(sections),
  };
}
