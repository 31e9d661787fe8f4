/** One object: who reads it, and what is named because nobody can. */
import type { Place } from '../cni-env.ts';
import type { Draft } from '../draft.ts';
import { at, type Fields, isFields, text } from '../fields.ts';
import { configMap, eniConfig, securityGroupPolicy } from './cni-objects.ts';
import { daemonSet } from './daemon-set.ts';
import { nodeClass, nodePool } from './karpenter.ts';
import { autoscaler, bare, controller, cronJob, job } from './workload.ts';

export interface ObjectReading {
  readonly draft: Draft;
  readonly place: Place;
  readonly object: Fields;
  readonly namespace: string;
  readonly name: string;
  /** The object is deleted. */
  readonly removed: boolean;
}

type ObjectReader = (reading: ObjectReading) => void;

/** By group and kind; the version says nothing here. */
const READERS: Readonly<Record<string, ObjectReader>> = {
  'apps/DaemonSet': daemonSet,
  'apps/Deployment': controller,
  'apps/StatefulSet': controller,
  'apps/ReplicaSet': controller,
  '/ReplicationController': controller,
  '/Pod': bare,
  '/ConfigMap': configMap,
  'batch/Job': job,
  'batch/CronJob': cronJob,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'karpenter.sh/NodePool': nodePool,
  'karpenter.k8s.aws/EC2NodeClass': nodeClass,
  'crd.k8s.amazonaws.com/ENIConfig': eniConfig,
  'vpcresources.k8s.aws/SecurityGroupPolicy': securityGroupPolicy,
};

/** Objects that make others, elsewhere and later: what they come to cannot be read from them. */
const MAKERS =
  /^(kustomize\.config\.k8s\.io|kustomize\.toolkit\.fluxcd\.io|helm\.toolkit\.fluxcd\.io|helm\.cattle\.io|argoproj\.io|cluster\.x-k8s\.io|infrastructure\.cluster\.x-k8s\.io|eks\.services\.k8s\.aws|ec2\.services\.k8s\.aws|(?:.*\.)?aws\.upbound\.io|keda\.sh|karpenter\.sh|autoscaling\.k8s\.io)\//;
const MAKING_KINDS =
  /^(Application|ApplicationSet|Rollout|HelmRelease|HelmChart|Kustomization|Workflow|CronWorkflow|ScaledObject|ScaledJob|Provisioner|NodeGroup|Nodegroup|Subnet|Cluster|MachineDeployment|MachinePool|AWSManagedMachinePool|Addon|VerticalPodAutoscaler)$/;

/** An object of a manifest, and where it stands. */
export interface Found {
  readonly place: Place;
  readonly object: unknown;
  /** The object is deleted. */
  readonly removed: boolean;
}

/**
 * Reads objects as they stand beside each other once all of them are applied: what others refer to comes first, whatever the
 * order in which they are written.
 */
export function readObjects(draft: Draft, found: readonly Found[]): void {
  const single = found.flatMap(singly);
  const ranks = new Map(single.map((f) => [f, rankOf(f.object)]));
  for (const one of [...single].sort((a, b) => ranks.get(a)! - ranks.get(b)!)) readObject(draft, one);
}

/** Items of lists, lists in lists too. */
function singly(found: Found): readonly Found[] {
  const { place, object, removed } = found;
  const items = at(object, 'items');
  if (!text(at(object, 'kind'))?.endsWith('List') || !Array.isArray(items)) return [found];
  return items.flatMap((item: unknown, i) =>
    singly({
      place: { ...place, path: [...place.path, 'items', i], address: place.address && `${place.address}[${i}]` },
      object: item,
      removed,
    }),
  );
}

/** Settings of the CNI, then what says where pods get addresses, then who launches nodes, then pods on every node, then all others. */
const ORDER: readonly (readonly string[])[] = [
  ['ENIConfig', 'EC2NodeClass'],
  ['NodePool', 'SecurityGroupPolicy'],
  ['HorizontalPodAutoscaler'],
  ['DaemonSet'],
];

function rankOf(object: unknown): number {
  const kind = text(at(object, 'kind')) ?? '';
  if (kind === 'DaemonSet' && at(object, 'metadata', 'name') === 'aws-node') return -1;
  const rank = ORDER.findIndex((kinds) => kinds.includes(kind));
  return rank < 0 ? ORDER.length : rank;
}

function readObject(draft: Draft, { place: given, object, removed }: Found) {
  if (!isFields(object)) {
    const item = given.path.slice(-2);
    const address = given.address || (item[0] === 'items' ? `items[${item[1]}]` : 'document');
    return draft.misunderstood(given.document, given.path, address, 'it is no object');
  }
  const kind = text(object.kind);
  const apiVersion = text(object.apiVersion);
  if (kind === undefined || apiVersion === undefined) {
    draft.misunderstood(given.document, given.path, given.address || 'document', 'it has no kind and apiVersion');
    return;
  }
  const metadata = at(object, 'metadata');
  const generated = text(at(metadata, 'generateName')) ?? '';
  const written = text(at(metadata, 'name'));
  const name = written ?? (generated && nameFrom(generated, draft));
  const namespace = text(at(metadata, 'namespace')) ?? 'default';
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
  const reader = Object.hasOwn(READERS, `${group}/${kind}`) ? READERS[`${group}/${kind}`] : undefined;
  const shown = written ?? generated;
  const own = CLUSTER_WIDE.has(kind) ? `${kind}/${shown}` : `${kind}/${namespace}/${shown}`;
  const place = { ...given, address: given.address === '' ? own : given.address };
  if (reader && name === '') {
    draft.misunderstood(place.document, place.path, place.address, 'it has no name');
    return;
  }
  const gone = removed || object.$patch === 'delete' || at(metadata, 'deletionTimestamp') !== undefined;
  if (!gone && standsByOnly(metadata)) return draft.ignore();
  if (reader) return reader({ draft, place, object, namespace, name, removed: gone });
  const why = puzzling(group, kind, object);
  if (why === undefined) draft.ignore();
  else draft.misunderstood(place.document, place.path, place.address, why);
}

/** Each time it is applied it gets a name that nothing has; what the API server puts behind the prefix is not made up. */
function nameFrom(prefix: string, draft: Draft): string {
  const number = draft.nextNumber();
  return `${prefix}…${number === 1 ? '' : number}`;
}

/** When a release is installed or upgraded; the other hooks of Helm are tests, and what runs at a deletion or a rollback. */
const HOOKS_OF_APPLYING = /^(pre|post)-(install|upgrade)$/;
const OTHER_HOOKS = /^(test|test-success|test-failure|crd-install|(pre|post)-(delete|rollback))$/;

/** Hooks that no install and no upgrade makes (Helm: chart hooks). */
function standsByOnly(metadata: unknown): boolean {
  const hooks = (text(at(metadata, 'annotations', 'helm.sh/hook')) ?? '').split(',').map((h) => h.trim());
  return !hooks.some((h) => HOOKS_OF_APPLYING.test(h)) && hooks.some((h) => OTHER_HOOKS.test(h));
}

const CLUSTER_WIDE: ReadonlySet<string> = new Set([
  'NodePool',
  'EC2NodeClass',
  'ENIConfig',
  'Namespace',
  'CustomResourceDefinition',
]);

function puzzling(group: string, kind: string, object: Fields): string | undefined {
  if (kind === 'CustomResourceDefinition' || kind === 'PodTemplate') return undefined;
  if (kind === 'Kustomization' && group === 'kustomize.config.k8s.io')
    return 'a kustomization is no manifest: give what "kustomize build" writes';
  if (MAKERS.test(`${group}/`) && MAKING_KINDS.test(kind)) return `what ${kind} (${group}) makes is not in it`;
  if (hasPodTemplate(object, 0)) return `it has a pod template, and how many pods ${kind} makes of it is not known`;
  return undefined;
}

/** A list of containers, each with a name or an image, at any depth. */
function hasPodTemplate(value: unknown, depth: number): boolean {
  if (depth > 12 || typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((v) => hasPodTemplate(v, depth + 1));
  return Object.entries(value).some(
    ([key, v]) =>
      (key === 'containers' &&
        Array.isArray(v) &&
        v.some((c) => isFields(c) && (text(c.image) ?? text(c.name)) !== undefined)) ||
      hasPodTemplate(v, depth + 1),
  );
}
