import type { Kube, KubeObject } from '../clients/kube.ts';
import { inParallel } from '../clients/kube.ts';

/** Where a kind lives: REST group path, plural, and the folder of etcd when that is not the plural. */
const KINDS: Record<string, { group: string; plural: string; namespaced: boolean; stored?: string; custom?: true }> = {
  Namespace: { group: '/api/v1', plural: 'namespaces', namespaced: false },
  Node: { group: '/api/v1', plural: 'nodes', namespaced: false, stored: 'minions' },
  Pod: { group: '/api/v1', plural: 'pods', namespaced: true },
  Event: { group: '/api/v1', plural: 'events', namespaced: true },
  ConfigMap: { group: '/api/v1', plural: 'configmaps', namespaced: true },
  ServiceAccount: { group: '/api/v1', plural: 'serviceaccounts', namespaced: true },
  Deployment: { group: '/apis/apps/v1', plural: 'deployments', namespaced: true },
  ReplicaSet: { group: '/apis/apps/v1', plural: 'replicasets', namespaced: true },
  StatefulSet: { group: '/apis/apps/v1', plural: 'statefulsets', namespaced: true },
  DaemonSet: { group: '/apis/apps/v1', plural: 'daemonsets', namespaced: true },
  ControllerRevision: { group: '/apis/apps/v1', plural: 'controllerrevisions', namespaced: true },
  Job: { group: '/apis/batch/v1', plural: 'jobs', namespaced: true },
  HorizontalPodAutoscaler: { group: '/apis/autoscaling/v2', plural: 'horizontalpodautoscalers', namespaced: true },
  PodDisruptionBudget: { group: '/apis/policy/v1', plural: 'poddisruptionbudgets', namespaced: true },
  Service: { group: '/api/v1', plural: 'services', namespaced: true },
  NetworkPolicy: { group: '/apis/networking.k8s.io/v1', plural: 'networkpolicies', namespaced: true },
  MutatingWebhookConfiguration: {
    group: '/apis/admissionregistration.k8s.io/v1',
    plural: 'mutatingwebhookconfigurations',
    namespaced: false,
  },
  ClusterRole: { group: '/apis/rbac.authorization.k8s.io/v1', plural: 'clusterroles', namespaced: false },
  ClusterRoleBinding: { group: '/apis/rbac.authorization.k8s.io/v1', plural: 'clusterrolebindings', namespaced: false },
  Role: { group: '/apis/rbac.authorization.k8s.io/v1', plural: 'roles', namespaced: true },
  RoleBinding: { group: '/apis/rbac.authorization.k8s.io/v1', plural: 'rolebindings', namespaced: true },
  CustomResourceDefinition: {
    group: '/apis/apiextensions.k8s.io/v1',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
};

/** Registers a custom kind, so that {@link pathOf} and {@link keyOf} know it. */
export function registerKind(kind: string, group: string, version: string, plural: string, namespaced: boolean): void {
  KINDS[kind] = { group: `/apis/${group}/${version}`, plural, namespaced, stored: `${group}/${plural}`, custom: true };
}

function of(object: KubeObject): (typeof KINDS)[string] {
  const found = KINDS[object.kind];
  if (!found) throw new Error(`rig: unknown kind ${object.kind}`);
  return found;
}

export function collectionOf(object: KubeObject): string {
  const { group, plural, namespaced } = of(object);
  return namespaced ? `${group}/namespaces/${object.metadata.namespace}/${plural}` : `${group}/${plural}`;
}

export const pathOf = (object: KubeObject): string => `${collectionOf(object)}/${object.metadata.name}`;

export function keyOf(object: KubeObject): string {
  const { plural, namespaced, stored } = of(object);
  const { name, namespace } = object.metadata;
  return `/registry/${stored ?? plural}/${namespaced ? `${namespace}/` : ''}${name}`;
}

/** Custom kinds of the rig have no status subresource: their status is written with them. */
export const isCustom = (object: KubeObject): boolean => of(object).custom === true;

export const MERGE = 'application/merge-patch+json';
const WIDTH = 8;

export interface Written {
  object: KubeObject;
  /** Written to the status subresource after the object: the server drops a status on create. */
  status?: unknown;
  created?: Date;
  changed?: Date;
  fieldManager?: string;
}

/** Writes objects and remembers their ages; {@link KubeWriter.settleAges} moves them all at the end. */
export class KubeWriter {
  readonly kube: Kube;
  private readonly ages: { key: string; created: Date; changed?: Date }[] = [];

  constructor(kube: Kube) {
    this.kube = kube;
  }

  /** Creates one object; returns it as stored, with its uid. */
  async write(item: Written): Promise<KubeObject> {
    const { object, status, created, changed, fieldManager = 'kube-controller-manager' } = item;
    const manager = `?fieldManager=${fieldManager}`;
    const made = await this.kube.call('POST', collectionOf(object) + manager, object);
    if (status !== undefined) await this.kube.call('PATCH', `${pathOf(object)}/status${manager}`, { status }, MERGE);
    if (created) this.ages.push({ key: keyOf(object), created, changed });
    return made;
  }

  async writeAll(items: Written[]): Promise<void> {
    await inParallel(items, WIDTH, async (item) => void (await this.write(item)));
  }

  async settleAges(): Promise<void> {
    await this.kube.setAges(this.ages.splice(0));
  }
}
