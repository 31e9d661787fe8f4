import type { Change } from '../contract/report.ts';
import type { Cluster, Nodegroup } from '../snapshot/aws.ts';
import type { ClusterEvent, Cni, SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import { cniAddon } from './addon.ts';
import { defineFact, notTold, section } from './define-fact.ts';

const WINDOW_MS = 7 * 24 * 3600 * 1000;

/** What changed in the seven days before the snapshot, newest first. Ages are left to the reader: each entry has its time. */
export const changes = defineFact({
  id: 'changes',
  needs: {},
  helps: {
    addon: cniAddon,
    cni: section('cni'),
    cluster: section('cluster'),
    nodegroups: section('nodegroups'),
    policies: section('securityGroupPolicies'),
    events: section('events'),
  },
  derive: ({ addon, cni, cluster, nodegroups, policies, events }, { now }) => {
    if (!cni && !cluster && !nodegroups && !policies && !events)
      return notTold('nothing that tells of changes was read');
    const all = [
      at(addon?.modifiedAt, 'Add-on vpc-cni changed', addon && `version ${addon.version}, ${addon.status}`),
      at(cni?.changedAt, 'DaemonSet aws-node changed', cni && daemonSetDetail(cni)),
      ...(cluster ? clusterChanges(cluster, now) : []),
      ...(nodegroups ?? []).map(nodegroupChange),
      ...(policies ?? []).map(policyChange),
      firstFailure(events ?? []),
    ].filter((change) => change !== undefined);
    const changes: readonly Change[] = all
      .filter((c) => now - Date.parse(c.at) <= WINDOW_MS && Date.parse(c.at) <= now)
      .sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.what < b.what ? -1 : 1));
    return changes;
  },
});

function at(time: string | undefined, what: string, detail: string | undefined): Change | undefined {
  return time === undefined || Number.isNaN(Date.parse(time)) ? undefined : { at: time, what, detail: detail ?? '' };
}

function daemonSetDetail(cni: Cni): string {
  const revision = cni.revision === undefined ? '' : `revision ${cni.revision}`;
  return [revision, cni.version ?? ''].filter((s) => s !== '').join(', ');
}

function clusterChanges(cluster: Cluster, now: number): readonly (Change | undefined)[] {
  const running = cluster.status === 'UPDATING' ? new Date(now).toISOString() : undefined;
  return [
    at(cluster.createdAt, 'Cluster created', `Kubernetes ${cluster.version}`),
    at(running, 'Cluster update running', `Kubernetes ${cluster.version}`),
  ];
}

function nodegroupChange(group: Nodegroup): Change | undefined {
  const size = `${group.desiredSize} of at most ${group.maxSize} nodes`;
  const what = group.modifiedAt === group.createdAt ? 'created' : group.status === 'UPDATING' ? 'updating' : 'changed';
  return at(group.modifiedAt, `Node group ${group.name} ${what}`, `${group.status}, ${size}`);
}

function policyChange(policy: SecurityGroupPolicy): Change | undefined {
  const groups = policy.securityGroupIds.join(', ');
  return at(policy.createdAt, `SecurityGroupPolicy ${policy.namespace}/${policy.name} created`, groups);
}

/** Kinds that say nothing of the network: what else the scheduler lacked, pods that are not even made, volumes, and what was not understood. */
const NOT_OF_THE_NETWORK: ReadonlySet<ClusterEvent['kind']> = new Set([
  'other',
  'scheduling-failed',
  'create-refused',
  'volume-failed',
  'image-pull-failed',
]);

/** The earliest failure still on record: events age out after about an hour, so it may not be the first there was. */
function firstFailure(events: readonly ClusterEvent[]): Change | undefined {
  let first: { readonly event: ClusterEvent; readonly time: string } | undefined;
  for (const event of events) {
    const time = event.firstAt ?? event.lastAt;
    if (NOT_OF_THE_NETWORK.has(event.kind) || time === undefined) continue;
    if (!first || Date.parse(time) < Date.parse(first.time)) first = { event, time };
  }
  if (!first) return undefined;
  const { object, kind } = first.event;
  const name = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
  return at(first.time, 'First network failure on record', `${kind.replaceAll('-', ' ')}: ${object.kind} ${name}`);
}
