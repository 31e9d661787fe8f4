import type { KubeObject } from '../clients/kube.ts';
import { type PodPlan, placePods } from '../scenarios/placement.ts';
import type { NodePlan, Plan } from '../scenarios/plan.ts';
import type { NodeSpec, Scenario } from '../scenarios/types.ts';
import { minutesAgo, type RigIds, rfc3339 } from './ids.ts';
import { awsNodeSpec, type CniState } from './kube-cni.ts';
import { NOT_INITIALISED } from './kube-nodes.ts';
import { daemonSetTemplate, type Owner, type Owners, podSpec } from './kube-workloads.ts';
import type { KubeWriter, Written } from './kube-writer.ts';
import { runningStatus, waitingStatus } from './pod-status.ts';

/** Five characters as Kubernetes appends to generated names, different for each number. */
export const suffix = (n: number): string => {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  let state = (n + 17) * 2654435761;
  return Array.from({ length: 5 }, () => {
    state = (state * 31 + 7) % 2147483647;
    return letters[state % letters.length];
  }).join('');
};

export const SANDBOX_FAILURE =
  'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container';

interface Context {
  scenario: Scenario;
  plan: Plan;
  ids: RigIds;
  owners: Owners;
  cni: CniState;
  endpoint: string;
  now: Date;
}

/** ipamd on a node whose ENIConfig is missing exits, and the container starts again and again. */
const NO_ENICONFIG: NonNullable<NodeSpec['crash']> = {
  container: 'aws-node',
  reason: 'Error',
  exitCode: 1,
  restarts: 11,
  ready: false,
};

/** aws-node where one of its containers does not stay up. */
function crashingStatus(
  containers: { name: string; image: string }[],
  hostIP: string,
  since: Date,
  now: Date,
  crash: NonNullable<NodeSpec['crash']>,
): Record<string, unknown> {
  const status = runningStatus(containers, hostIP, hostIP, since) as {
    conditions: { type: string; status: string }[];
    containerStatuses: Record<string, unknown>[];
  };
  for (const c of status.conditions) if (/Ready$/.test(c.type)) c.status = 'False';
  const index = containers.findIndex((c) => c.name === crash.container);
  const message = `back-off 5m0s restarting failed container=${crash.container}`;
  const waiting = { reason: crash.waits ?? 'CrashLoopBackOff', message: crash.waits ? '' : message };
  status.containerStatuses[index] = {
    ...status.containerStatuses[index],
    ready: false,
    started: false,
    restartCount: crash.restarts,
    state: { waiting },
  };
  if (crash.waits) return status;
  status.containerStatuses[index] = {
    ...status.containerStatuses[index],
    lastState: {
      terminated: {
        exitCode: crash.exitCode,
        reason: crash.reason,
        startedAt: rfc3339(minutesAgo(now, 4)),
        finishedAt: rfc3339(minutesAgo(now, 3)),
      },
    },
  };
  return status;
}

export function podEvent(
  pod: KubeObject,
  uid: string,
  reason: string,
  message: string,
  age: number,
  now: Date,
): KubeObject {
  const first = minutesAgo(now, age - 0.2);
  const { name, namespace = '' } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${first.getTime().toString(16)}${reason.length}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
    type: 'Warning',
    reason,
    message,
    count: Math.max(1, Math.round(age * 4.6)),
    firstTimestamp: rfc3339(first),
    lastTimestamp: rfc3339(minutesAgo(now, 0.3)),
    source: { component: 'kubelet', host: (pod.spec as { nodeName?: string }).nodeName },
    reportingComponent: 'kubelet',
    reportingInstance: '',
  };
}

function describePod(
  pod: PodPlan,
  node: NodePlan,
  context: Context,
): { object: KubeObject; status: Record<string, unknown>; created: Date } {
  const { scenario, ids, owners, cni, endpoint, now } = context;
  const isCni = pod.owner === 'kube-system/aws-node';
  const [namespace = '', workload = ''] = pod.owner.split('/');
  const owner: Owner | undefined = isCni
    ? {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        name: 'aws-node',
        uid: cni.daemonSetUid,
        labels: {
          'app.kubernetes.io/name': 'aws-node',
          'k8s-app': 'aws-node',
          'controller-revision-hash': cni.revision,
          'pod-template-generation': String(cni.generation),
        },
      }
    : owners[pod.owner];
  if (!owner) throw new Error(`rig: no owner ${pod.owner}`);
  const stateful = owner.kind === 'StatefulSet';
  const name = stateful
    ? `${workload}-${pod.index}`
    : `${owner.name}-${suffix(pod.index * 131 + pod.owner.length * 7)}`;
  const daemon = scenario.daemonSets.find((d) => `${d.namespace}/${d.name}` === pod.owner);
  const spec = isCni
    ? awsNodeSpec(scenario, ids, endpoint, scenario.cni.addonVersion)
    : daemon
      ? daemonSetTemplate(daemon)
      : podSpec(`${pod.owner}:2.14.0`);
  const containers = spec.containers as { name: string; image: string; env?: unknown[] }[];
  // the webhook of EKS gives this to every pod made after the association
  if (isCni && scenario.cluster.podIdentityRole)
    for (const c of containers)
      c.env = [
        ...(c.env ?? []),
        { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
      ];
  const created = minutesAgo(now, pod.ageMinutes);
  const hostIP = node.primaryAddress;
  let status = runningStatus(containers, hostIP, pod.hostNetwork ? hostIP : (pod.address ?? ''), created);
  if (pod.waiting) status = waitingStatus(containers, hostIP, created);
  else if (isCni && (node.spec.crash || node.spec.broken))
    status = crashingStatus(containers, hostIP, created, now, node.spec.crash ?? NO_ENICONFIG);
  else if (!pod.hostNetwork && !pod.address)
    throw new Error(`scenario: no address left on ${pod.node} for ${pod.owner}`);
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: owner.labels,
      ownerReferences: [
        { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid, controller: true },
      ],
    },
    spec: { ...spec, nodeName: ids.nodes[pod.node]?.name },
  };
  return { object, status, created };
}

/** All pods with their states, and the events of those that wait. */
export async function buildPods(context: Context, writer: KubeWriter): Promise<void> {
  const { scenario, plan, ids, now } = context;
  const nodes = new Map(plan.nodes.map((n) => [n.key, n]));
  const events: Written[] = [];
  const items = placePods(scenario, plan).map((pod) => ({ pod, node: nodes.get(pod.node) as NodePlan }));
  const written = items.map(({ pod, node }) => ({ pod, item: describePod(pod, node, context) }));
  await writer.writeAll(written.map(({ item }) => ({ ...item, fieldManager: 'kubelet' })));
  for (const { pod, item } of written) {
    if (!pod.waiting) continue;
    const { name, namespace = '' } = item.object.metadata;
    let list = ids.waitingPods[pod.node];
    if (!list) {
      list = [];
      ids.waitingPods[pod.node] = list;
    }
    list.push(`${namespace}/${name}`);
    const sandbox = `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${'0123456789abcdef'.repeat(4)}": ${SANDBOX_FAILURE}`;
    const [reason, message] =
      pod.waiting === 'pool-empty'
        ? ['FailedCreatePodSandBox', sandbox]
        : ['NetworkNotReady', `network is not ready: ${NOT_INITIALISED}`];
    const live = await writer.kube.call('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
    events.push({
      object: podEvent(item.object, live.metadata.uid ?? '', reason ?? '', message ?? '', pod.ageMinutes, now),
    });
  }
  await writer.writeAll([...events, ...(await finishedPods(context, writer))]);
}

/** Jobs that ended, and their pods, which keep the address they had. */
async function finishedPods({ scenario, plan, ids, now }: Context, writer: KubeWriter): Promise<Written[]> {
  const pods: Written[] = [];
  for (const [i, spec] of scenario.finished.entries()) {
    const node = plan.nodes.find((n) => n.key === spec.node);
    if (!node) throw new Error(`scenario: no node ${spec.node}`);
    const created = minutesAgo(now, 40 + i * 130);
    const ended = minutesAgo(now, 32 + i * 130);
    const template = { spec: podSpec(`${spec.namespace}/job:2.14.0`, { restartPolicy: 'Never' }) };
    const job = await writer.write({
      object: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: spec.job, namespace: spec.namespace },
        spec: { template },
      },
      created,
    });
    const done = spec.phase === 'Succeeded';
    const address = spec.reusedAddress ? node.podAddresses[5] : undefined;
    pods.push({
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${spec.job}-${suffix(i)}`,
          namespace: spec.namespace,
          labels: { 'job-name': spec.job },
          ownerReferences: [
            { apiVersion: 'batch/v1', kind: 'Job', name: spec.job, uid: job.metadata.uid ?? '', controller: true },
          ],
        },
        spec: { ...template.spec, nodeName: ids.nodes[spec.node]?.name },
      },
      status: {
        phase: spec.phase,
        hostIP: node.primaryAddress,
        startTime: rfc3339(created),
        ...(address ? { podIP: address, podIPs: [{ ip: address }] } : {}),
        containerStatuses: [
          {
            name: 'main',
            image: 'job',
            imageID: 'job',
            ready: false,
            restartCount: 0,
            state: {
              terminated: {
                exitCode: done ? 0 : 1,
                reason: done ? 'Completed' : 'Error',
                startedAt: rfc3339(created),
                finishedAt: rfc3339(ended),
              },
            },
          },
        ],
      },
      created,
      fieldManager: 'kubelet',
    });
  }
  return pods;
}

/** Pods of each owner that run: for the status of workloads. */
export function readyByOwner(scenario: Scenario, plan: Plan): Record<string, number> {
  const ready: Record<string, number> = {};
  const broken = new Set(plan.nodes.filter((n) => n.spec.broken || n.spec.crash).map((n) => n.key));
  for (const pod of placePods(scenario, plan)) {
    const up = !pod.waiting && !(pod.owner === 'kube-system/aws-node' && broken.has(pod.node));
    ready[pod.owner] = (ready[pod.owner] ?? 0) + (up ? 1 : 0);
  }
  return ready;
}
