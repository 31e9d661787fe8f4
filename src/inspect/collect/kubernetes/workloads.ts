import type { Workloads } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesAccess, KubernetesObject } from './access.ts';
import { karpenterOf } from './karpenter.ts';
import { listAll } from './list-all.ts';
import { optionalParts } from './optional-parts.ts';
import { integer, list, nameOf, namespaceOf, selectorOf, text } from './wire-fields.ts';

export const workloads = defineKubernetesCollector<'workloads'>({
  section: 'workloads',
  purpose: 'what DaemonSets cost, how far workloads may scale and which pods may be moved is unknown',
  calls: [
    { rbac: { group: 'apps', resource: 'daemonsets', verbs: ['get', 'list'] }, tier: 'core' },
    { rbac: { group: 'apps', resource: 'deployments', verbs: ['get', 'list'] }, tier: 'core' },
    { rbac: { group: 'apps', resource: 'statefulsets', verbs: ['get', 'list'] }, tier: 'core' },
    { rbac: { group: 'apps', resource: 'replicasets', verbs: ['get', 'list'] }, tier: 'core' },
    { rbac: { group: 'autoscaling', resource: 'horizontalpodautoscalers', verbs: ['get', 'list'] }, tier: 'core' },
    { rbac: { group: 'policy', resource: 'poddisruptionbudgets', verbs: ['get', 'list'] }, tier: 'core' },
  ],
  async collect(kubernetes) {
    const parts = optionalParts();
    const karpenter: { found?: Workloads['karpenter'] } = {};
    const [daemonSets, deployments, statefulSets, replicaSetOwners, autoscalers, disruptionBudgets] = await Promise.all(
      [
        all(kubernetes, apps('daemonsets'), daemonSet),
        parts.read(
          all(kubernetes, apps('deployments'), (d) => {
            karpenter.found ??= karpenterOf(d);
            return { ...controller('Deployment', d), maxSurge: maxSurgeOf(d) };
          }),
          [],
        ),
        parts.read(
          all(kubernetes, apps('statefulsets'), (s) => controller('StatefulSet', s)),
          [],
        ),
        parts.read(replicaSets(kubernetes), {}),
        parts.read(all(kubernetes, AUTOSCALERS, autoscaler), []),
        parts.read(all(kubernetes, BUDGETS, disruptionBudget), []),
      ],
    );
    return {
      data: {
        daemonSets,
        controllers: [...deployments, ...statefulSets],
        replicaSetOwners,
        autoscalers,
        disruptionBudgets,
        ...(karpenter.found ? { karpenter: karpenter.found } : {}),
      },
      missing: parts.missing,
    };
  },
});

const apps = (resource: string) => ({ group: 'apps', version: 'v1', resource });
const AUTOSCALERS = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

async function all<T>(
  kubernetes: KubernetesAccess,
  what: { group: string; version: string; resource: string },
  reduce: (item: KubernetesObject) => T | undefined,
): Promise<T[]> {
  return (await listAll(kubernetes, what, reduce)) ?? [];
}

function daemonSet(d: KubernetesObject): Workloads['daemonSets'][number] {
  const pod = d.spec?.template?.spec ?? {};
  return {
    namespace: namespaceOf(d),
    name: nameOf(d),
    hostNetwork: pod.hostNetwork === true,
    desired: integer(d.status?.desiredNumberScheduled) ?? 0,
    ready: integer(d.status?.numberReady) ?? 0,
    images: list(pod.containers).flatMap((c) => text(c.image) ?? []),
  };
}

/** An absent `replicas` means 1 (apps/v1 defaults). */
function controller(kind: string, c: KubernetesObject): Workloads['controllers'][number] {
  return {
    kind,
    namespace: namespaceOf(c),
    name: nameOf(c),
    replicas: integer(c.spec?.replicas) ?? 1,
    ready: integer(c.status?.readyReplicas) ?? 0,
  };
}

/** A quarter of the replicas unless told otherwise (apps/v1 defaults). */
function maxSurgeOf(d: KubernetesObject): string {
  const { type, rollingUpdate } = d.spec?.strategy ?? {};
  if (type === 'Recreate') return '0';
  const surge = rollingUpdate?.maxSurge;
  return text(surge) ?? (integer(surge) === undefined ? '25%' : String(integer(surge)));
}

/**
 * Owners of ReplicaSets, by `namespace/name`. A ReplicaSet named after its Deployment is left out: its pods tell already.
 * There are many old ones, so only their metadata is asked for.
 */
async function replicaSets(kubernetes: KubernetesAccess): Promise<Record<string, string>> {
  const owned = await listAll(kubernetes, apps('replicasets'), ownerOfReplicaSet, { metadataOnly: true });
  return Object.fromEntries(owned ?? []);
}

function ownerOfReplicaSet(rs: KubernetesObject): [string, string] | undefined {
  const owner = list(rs.metadata?.ownerReferences).find((r) => r.controller === true);
  const ownerName = text(owner?.name);
  if (!ownerName || nameOf(rs).startsWith(`${ownerName}-`)) return undefined;
  return [`${namespaceOf(rs)}/${nameOf(rs)}`, ownerName];
}

function autoscaler(h: KubernetesObject): Workloads['autoscalers'][number] {
  const { spec = {}, status = {} } = h;
  return {
    namespace: namespaceOf(h),
    name: nameOf(h),
    targetKind: text(spec.scaleTargetRef?.kind) ?? '',
    targetName: text(spec.scaleTargetRef?.name) ?? '',
    minReplicas: integer(spec.minReplicas) ?? 1,
    maxReplicas: integer(spec.maxReplicas) ?? 0,
    currentReplicas: integer(status.currentReplicas) ?? 0,
  };
}

/** An empty selector covers the whole namespace, an absent one no pod at all (policy/v1). */
function disruptionBudget(b: KubernetesObject): Workloads['disruptionBudgets'][number] | undefined {
  if (!b.spec?.selector) return undefined;
  const { matchLabels, matchExpressions } = selectorOf(b.spec.selector);
  return {
    namespace: namespaceOf(b),
    name: nameOf(b),
    matchLabels,
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
    disruptionsAllowed: integer(b.status?.disruptionsAllowed) ?? 0,
  };
}
