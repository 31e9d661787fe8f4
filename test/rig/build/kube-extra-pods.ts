import type { Aws } from '../clients/aws.ts';
import type { KubeObject } from '../clients/kube.ts';
import type { Plan } from '../scenarios/plan.ts';
import type { PodSpec, Scenario } from '../scenarios/types.ts';
import type { Moto } from '../servers/moto.ts';
import { branchEni } from './aws-counted.ts';
import { fargateInterface } from './foreign-nodes.ts';
import { minutesAgo, need, type RigIds, rfc3339 } from './ids.ts';
import { podEvent } from './kube-pods.ts';
import { podSpec } from './kube-workloads.ts';
import type { KubeWriter } from './kube-writer.ts';
import { runningStatus, waitingStatus } from './pod-status.ts';

interface Context {
  scenario: Scenario;
  plan: Plan;
  aws: Aws;
  moto: Moto;
  ids: RigIds;
  now: Date;
}

/** Pods a scenario declares one by one, with the addresses they have and the events that tell of them. */
export async function buildExtraPods(context: Context, writer: KubeWriter): Promise<void> {
  const taken = new Map<string, number>();
  for (const spec of context.scenario.pods ?? []) await buildPod(context, spec, writer, taken);
  for (const [i, event] of (context.scenario.events ?? []).entries()) await writeNodeEvent(context, event, i, writer);
}

async function buildPod(context: Context, spec: PodSpec, writer: KubeWriter, taken: Map<string, number>) {
  const { now } = context;
  const age = spec.ageMinutes ?? 60;
  const created = minutesAgo(now, age);
  const { address, annotations, node, host } = await placeOf(context, spec, taken);
  const body = { ...podSpec(`${spec.namespace}/${spec.name}:1.0.0`), ...spec.spec };
  const containers = body.containers as { name: string; image: string }[];
  const owners = spec.owner ? await ownersOf(spec, writer) : undefined;
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: spec.name,
      namespace: spec.namespace,
      labels: { app: spec.name, ...spec.labels },
      annotations: { ...spec.annotations, ...annotations },
      ...(owners ? { ownerReferences: owners } : {}),
    },
    spec: { ...body, ...(node ? { nodeName: node } : {}) },
  };
  const status =
    spec.state === 'running'
      ? notReady(runningStatus(containers, host, address ?? host, created), spec.ready)
      : node
        ? waitingStatus(containers, host, created)
        : { phase: 'Pending', conditions: [unscheduled(spec, created)] };
  const made = await writer.write({ object, status, created, fieldManager: 'kubelet' });
  for (const { reason, message, component } of spec.events ?? [])
    await writer.write({
      object: {
        ...podEvent(object, made.metadata.uid ?? '', reason, message, age, now),
        ...(component ? { source: { component }, reportingComponent: component } : {}),
      },
    });
}

const unscheduled = (spec: PodSpec, since: Date) => ({
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: spec.events?.[0]?.message ?? '',
  lastTransitionTime: rfc3339(since),
});

function notReady(status: Record<string, unknown>, ready: false | undefined): Record<string, unknown> {
  if (ready !== false) return status;
  const { conditions } = status as { conditions: { type: string; status: string }[] };
  for (const c of conditions) if (/Ready$/.test(c.type)) c.status = 'False';
  return status;
}

async function placeOf(context: Context, spec: PodSpec, taken: Map<string, number>) {
  const { ids, plan, scenario } = context;
  const key = spec.node ?? '';
  const node = ids.nodes[key]?.name ?? ids.foreign[key];
  const host = plan.nodes.find((n) => n.key === key)?.primaryAddress || '10.0.255.250';
  const way = spec.address ?? (spec.state === 'running' && !spec.spec?.hostNetwork ? 'node' : 'none');
  if (way === 'branch') {
    const { id, address } = await branchEni({ ...context }, key, [ids.clusterSecurityGroup]);
    const annotations = { 'vpc.amazonaws.com/pod-eni': JSON.stringify([{ eniId: id, privateIp: address, vlanId: 1 }]) };
    return { address, annotations, node, host };
  }
  if (way === 'fargate') {
    const { address } = await fargateInterface(context, need(ids.subnets, spec.subnet ?? ''));
    return { address, node, host };
  }
  if (way === 'none') return { node, host };
  // from the end: the pods of workloads take the first ones
  const spare = ids.spare[key] ?? [];
  const n = taken.get(key) ?? 0;
  taken.set(key, n + 1);
  const address = spare.at(-1 - n);
  if (!address) throw new Error(`scenario ${scenario.name}: no address left on ${key} for ${spec.name}`);
  return { address, node, host };
}

/** Owners are made once, by name. */
async function ownersOf({ owner = '', namespace }: PodSpec, writer: KubeWriter) {
  const [kind = '', name = ''] = owner.split('/');
  const plural = `${kind.toLowerCase()}s`;
  const found = await writer.kube.call('GET', `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`);
  return [{ apiVersion: 'apps/v1', kind, name, uid: found.metadata.uid ?? '', controller: true }];
}

async function writeNodeEvent(
  { ids, now }: Context,
  event: NonNullable<Scenario['events']>[number],
  i: number,
  writer: KubeWriter,
): Promise<void> {
  const name = ids.nodes[event.node]?.name ?? ids.foreign[event.node] ?? '';
  const first = rfc3339(minutesAgo(now, 20));
  await writer.write({
    object: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${(0x18a0000 + i).toString(16)}`, namespace: 'default' },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name, uid: name },
      type: 'Warning',
      reason: event.reason,
      message: event.message,
      ...(event.action ? { action: event.action } : {}),
      count: 6,
      firstTimestamp: first,
      lastTimestamp: rfc3339(minutesAgo(now, 1)),
      source: { component: event.component, host: name },
      reportingComponent: event.component,
      reportingInstance: '',
    },
  });
}
