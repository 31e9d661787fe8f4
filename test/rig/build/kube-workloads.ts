import { REGION } from '../clients/aws.ts';
import type { KubeObject } from '../clients/kube.ts';
import { inParallel, KubeError } from '../clients/kube.ts';
import type { DaemonSetSpec, Scenario, WorkloadSpec } from '../scenarios/types.ts';
import { minutesAgo, rfc3339 } from './ids.ts';
import type { KubeWriter } from './kube-writer.ts';

export interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  /** Labels of its pods. */
  labels: Record<string, string>;
}

export const podSpec = (image: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  containers: [
    { name: 'main', image: `registry.shop.example/${image}`, resources: { requests: { cpu: '10m', memory: '24Mi' } } },
  ],
  terminationGracePeriodSeconds: 30,
  ...more,
});

const hash = (text: string): string => {
  let state = 5381;
  for (const char of text) state = (Math.imul(state, 33) ^ char.charCodeAt(0)) >>> 0;
  return state.toString(36).padStart(7, 'b').slice(0, 7) + (state % 1000).toString(36).padStart(2, 'c');
};

async function workload(
  spec: WorkloadSpec,
  pods: { ready: number; reservedEnis: number },
  writer: KubeWriter,
  now: Date,
): Promise<Owner> {
  const { namespace, name, kind, replicas } = spec;
  const labels = { app: name };
  const created = minutesAgo(now, 90 * 24 * 60);
  const changed = minutesAgo(now, 6 * 24 * 60);
  const counts = { observedGeneration: 1, replicas, readyReplicas: pods.ready, availableReplicas: pods.ready };
  const template = {
    metadata: { labels },
    spec: podSpec(`${namespace}/${name}:2.14.0`, extras(spec, pods.reservedEnis)),
  };
  const common = { replicas, selector: { matchLabels: labels }, template };
  if (kind === 'StatefulSet') {
    const revision = `${name}-${hash(name)}`;
    const object: KubeObject = {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace, labels },
      spec: { ...common, serviceName: name },
    };
    const made = await writer.write({
      object,
      created,
      changed,
      status: {
        ...counts,
        currentReplicas: replicas,
        updatedReplicas: replicas,
        currentRevision: revision,
        updateRevision: revision,
      },
    });
    return {
      apiVersion: 'apps/v1',
      kind,
      name,
      uid: made.metadata.uid ?? '',
      labels: { ...labels, 'controller-revision-hash': revision },
    };
  }
  const object: KubeObject = { apiVersion: 'apps/v1', kind, metadata: { name, namespace, labels }, spec: common };
  const made = await writer.write({ object, created, changed, status: { ...counts, updatedReplicas: replicas } });
  const templateHash = hash(`${namespace}/${name}`);
  const podLabels = { ...labels, 'pod-template-hash': templateHash };
  const set = await writer.write({
    object: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${templateHash}`,
        namespace,
        labels: podLabels,
        ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: made.metadata.uid ?? '', controller: true }],
      },
      spec: {
        replicas,
        selector: { matchLabels: podLabels },
        template: { ...template, metadata: { labels: podLabels } },
      },
    },
    status: { ...counts, fullyLabeledReplicas: replicas },
    created: changed,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `${name}-${templateHash}`,
    uid: set.metadata.uid ?? '',
    labels: podLabels,
  };
}

/** Where a workload may run, and what Karpenter must know of the CNI (its ENI count leaves one out). */
function extras(spec: WorkloadSpec, reservedEnis: number): Record<string, unknown> {
  if (spec.group)
    return {
      nodeSelector: { pool: spec.group },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: spec.group, effect: 'NoSchedule' }],
    };
  if (spec.name !== 'karpenter') return {};
  const image = 'public.ecr.aws/karpenter/controller:1.8.1';
  return {
    containers: [
      {
        name: 'controller',
        image,
        env: reservedEnis === 0 ? [] : [{ name: 'RESERVED_ENIS', value: String(reservedEnis) }],
        resources: { requests: { cpu: '500m', memory: '512Mi' } },
      },
    ],
  };
}

function budgetsAndScalers(
  spec: WorkloadSpec,
  ready: number,
  now: Date,
): { object: KubeObject; status: unknown; created: Date }[] {
  const { namespace, name, kind, replicas, pdbMinAvailable, hpaMax } = spec;
  const created = minutesAgo(now, 80 * 24 * 60);
  const made: { object: KubeObject; status: unknown; created: Date }[] = [];
  if (pdbMinAvailable !== undefined) {
    made.push({
      object: {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name, namespace },
        spec: { minAvailable: pdbMinAvailable, selector: { matchLabels: { app: name } } },
      },
      status: {
        observedGeneration: 1,
        expectedPods: replicas,
        currentHealthy: ready,
        desiredHealthy: pdbMinAvailable,
        disruptionsAllowed: Math.max(0, ready - pdbMinAvailable),
      },
      created,
    });
  }
  if (hpaMax !== undefined) {
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
    ];
    made.push({
      object: {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name, namespace },
        spec: {
          minReplicas: Math.ceil(replicas / 2),
          maxReplicas: hpaMax,
          scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
          metrics,
        },
      },
      status: {
        currentReplicas: replicas,
        desiredReplicas: replicas,
        conditions: [{ type: 'AbleToScale', status: 'True', lastTransitionTime: rfc3339(created) }],
      },
      created,
    });
  }
  return made;
}

export const daemonSetTemplate = (spec: DaemonSetSpec): Record<string, unknown> =>
  spec.name === 'kube-proxy'
    ? podSpec('', {
        hostNetwork: true,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'kube-proxy',
            image: `602401143452.dkr.ecr.${REGION}.amazonaws.com/eks/kube-proxy:v1.34.1-minimal-eksbuild.2`,
            command: ['kube-proxy', '--config=/var/lib/kube-proxy-config/config'],
          },
        ],
      })
    : podSpec(`${spec.namespace}/${spec.name}:1.9.3`, {
        hostNetwork: spec.hostNetwork || undefined,
        tolerations: [{ operator: 'Exists' }],
      });

async function daemonSet(
  spec: DaemonSetSpec,
  ready: number,
  nodes: number,
  writer: KubeWriter,
  now: Date,
): Promise<Owner> {
  const labels = { app: spec.name };
  const revision = hash(`${spec.namespace}/${spec.name}`);
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: spec.name, namespace: spec.namespace, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: daemonSetTemplate(spec) } },
  };
  const status = {
    observedGeneration: 1,
    currentNumberScheduled: nodes,
    desiredNumberScheduled: nodes,
    updatedNumberScheduled: nodes,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: nodes - ready,
  };
  const made = await writer.write({ object, status, created: minutesAgo(now, 120 * 24 * 60) });
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    name: spec.name,
    uid: made.metadata.uid ?? '',
    labels: { ...labels, 'controller-revision-hash': revision },
  };
}

const key = (spec: { namespace: string; name: string }): string => `${spec.namespace}/${spec.name}`;

function ignoreConflict(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 409)) throw error;
}

export interface Owners {
  /** By namespace/name of the workload or DaemonSet. */
  [name: string]: Owner;
}

/** Namespaces, workloads with their budgets and scalers, DaemonSets. `ready` says how many pods of each run. */
export async function buildWorkloads(
  scenario: Scenario,
  ready: Record<string, number>,
  writer: KubeWriter,
  now: Date,
): Promise<Owners> {
  const names = [...scenario.workloads, ...scenario.daemonSets, ...scenario.finished, ...(scenario.pods ?? [])].map(
    (s) => s.namespace,
  );
  const namespaces = [...new Set(names)].filter((name) => name !== 'kube-system');
  const created = minutesAgo(now, scenario.cluster.ageMinutes - 200);
  for (const name of namespaces) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await writer.write({ object, created }).catch(ignoreConflict); // namespaces of an earlier scenario stay
  }
  const owners: Owners = {};
  const nodes = Object.keys(scenario.nodes).length;
  const karpenter = Object.values(scenario.groups).find((g) => g.kind === 'karpenter');
  const reservedEnis = karpenter?.kind === 'karpenter' ? (karpenter.reservedEnis ?? 1) : 1;
  await inParallel(scenario.workloads, 8, async (spec) => {
    const running = ready[key(spec)] ?? 0;
    owners[key(spec)] = await workload(spec, { ready: running, reservedEnis }, writer, now);
    for (const item of budgetsAndScalers(spec, running, now)) await writer.write(item);
  });
  await inParallel(scenario.daemonSets, 8, async (spec) => {
    owners[key(spec)] = await daemonSet(spec, ready[key(spec)] ?? 0, nodes, writer, now);
  });
  return owners;
}
