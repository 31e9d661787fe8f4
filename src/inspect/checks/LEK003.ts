import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { age, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { type NodeInstance, nodeInstances } from '../facts/node-instances.ts';
import { isRecent } from '../facts/node-troubles.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { addTo } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { ClusterEvent, CniNode } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowResourceController } from './fixes/iam-roles.ts';
import { secondsSince } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const REASONS = ['stuck', 'orphan', 'missing', 'untagged'] as const;
const evidence = v.object({
  cluster: v.string(),
  reason: v.picklist(REASONS),
  /** Names of the CNINodes, which are those of their nodes. */
  objects: v.array(v.string()),
  finalizers: v.array(v.string()),
  /** Seconds since the oldest is being deleted; null where that is not told. */
  deletingFor: v.nullable(v.number()),
  /** Reasons of the resource controller's events about them in the last hour; null where events were not read. */
  events: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Evidence['reason'];

/** The resource controller removes it once the ENIs of the node are gone (controllers/crds/cninode_controller.go). */
const FINALIZER = 'networking.k8s.aws/resource-cleanup';
const INSTANCE_TAG = 'node.k8s.amazonaws.com/instance_id';
const CRD = 'cninodes.vpcresources.k8s.aws';
/** Joining and leaving nodes are out of step for a few minutes. */
const PATIENCE_SECONDS = 600;
const EVENTS = /^CNINode(?:Deletion|Creation)Failed$/;

export const LEK003 = defineCheck({
  code: 'LEK003',
  title: 'CNINode objects out of step with nodes',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  needs: { cniNodes: section('cniNodes'), nodes: nodesServedByCni, all: section('nodes') },
  helps: {
    networking,
    instances: nodeInstances,
    events: section('events'),
    crds: section('crds'),
    fix: fixContext,
  },
  explains: ['SGP003'],
  evidence,
  evaluate: (from, { now }) => {
    const { cniNodes, all, nodes, events, fix } = from;
    const living = new Set(all.map((n) => n.name));
    const old = (at: string | undefined) => (secondsSince(at, now) ?? 0) > PATIENCE_SECONDS;
    const stuck = cniNodes.filter((c) => c.deleting && old(c.deletingSince));
    const gone = cniNodes.filter((c) => !living.has(c.name) && !stuck.includes(c) && old(c.createdAt));
    // Kubernetes deletes it within a minute of its node; one that is being deleted for an unknown time may be on its way.
    const orphans = gone.filter((c) => !c.deleting);
    const leaving = gone.filter((c) => c.deleting && c.deletingSince === undefined);
    const present = new Set(cniNodes.map((c) => c.name));
    const missing = isAskedFor(from)
      ? nodes.served.filter((n) => !present.has(n.name) && old(n.createdAt) && canTrunk(from.instances?.get(n.name)))
      : [];
    const untagged = cniNodes.filter(
      (c) => living.has(c.name) && !c.deleting && c.tags[INSTANCE_TAG] === undefined && old(c.createdAt),
    );
    const said = eventsOf(events ?? [], now);
    const draft = (reason: Reason, names: readonly string[], members: readonly CniNode[]): Draft<Evidence> => {
      const since = members.flatMap((c) => secondsSince(c.deletingSince, now) ?? []);
      return {
        key: fix.cluster?.name ?? 'cluster',
        subReason: reason,
        severity: reason === 'missing' ? 'error' : reason === 'untagged' ? 'info' : 'warning',
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          cluster: fix.cluster?.name ?? '',
          reason,
          objects: [...names],
          finalizers: [...new Set(members.flatMap((c) => c.finalizers ?? []))].sort(),
          deletingFor: since.length > 0 ? Math.floor(Math.max(...since)) : null,
          events: events ? [...new Set(names.flatMap((n) => said.get(n) ?? []))].sort() : null,
        },
        fixes: fixesFor(fix, reason, names, members),
        explains: reason === 'missing' ? ['SGP003'] : [],
      };
    };
    const namesOf = (members: readonly { readonly name: string }[]) => members.map((c) => c.name);
    return [
      ...(stuck.length > 0 ? [draft('stuck', namesOf(stuck), stuck)] : []),
      ...(orphans.length > 0 ? [draft('orphan', namesOf(orphans), orphans)] : []),
      ...(orphans.length === 0 && leaving.length > 0
        ? [
            {
              ...draft('orphan', namesOf(leaving), leaving),
              severity: 'info' as const,
              confidence: 'heuristic' as const,
            },
          ]
        : []),
      ...(missing.length > 0 ? [draft('missing', namesOf(missing), [])] : []),
      ...(untagged.length > 0 ? [draft('untagged', namesOf(untagged), untagged)] : []),
    ];
  },
  unjudged: ({ cniNodes, nodes, networking: net, crds }, { gapsOf }) => {
    const present = new Set(cniNodes.map((c) => c.name));
    const without = nodes.served.filter((n) => !present.has(n.name));
    const gaps = !net
      ? gapsOf('networking')
      : net.settings.podEni && cniNodes.length === 0 && (!crds || gapsOf('crds').length > 0)
        ? gapsOf('crds')
        : [];
    if (without.length === 0 || gaps.length === 0) return undefined;
    return { count: without.length, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) => {
    const objects = `${things(e.objects.length, 'CNINode')} (${some(e.objects)})`;
    const one = (yes: string, no: string) => verb(e.objects.length, yes, no);
    const controller = e.events && e.events.length > 0 ? `; the resource controller reports ${some(e.events)}` : '';
    switch (e.reason) {
      case 'stuck':
        return `${objects} ${one('is', 'are')} being deleted for ${age(e.deletingFor ?? 0)} and ${one('does', 'do')} not go${
          e.finalizers.length > 0 ? `: held by ${some(e.finalizers)}` : ''
        }${controller}`;
      case 'orphan':
        return `${objects} ${one('has', 'have')} no node any more${controller}`;
      case 'missing':
        return `${things(e.objects.length, 'node')} (${some(e.objects)}) ${one('has', 'have')} no CNINode, through which aws-node asks for the trunk ENI${controller}`;
      case 'untagged':
        return `${objects} ${one('does', 'do')} not carry the instance id: ENIs of such a node are not cleaned up after its end`;
    }
  },
  explanation: {
    why: 'The CNINode carries the request for a trunk ENI, and with its deletion the control plane removes the ENIs a node leaves behind. One that is missing keeps pods with security groups of their own off the node; one that cannot go leaves ENIs, and their security groups, in place.',
    how: 'stuck: deleted more than ten minutes ago and held by a finalizer, which the resource controller takes off when the ENIs of the node are gone. orphan: its node does not exist and nothing deletes it. missing, an error: security groups for pods are on, other nodes or the cluster have CNINodes, and a node older than ten minutes whose type can carry a trunk has none. untagged, information: it lacks the tag with the instance id by which ENIs are found at the end of the node.',
    fix: 'See that the cluster role may do what the clean-up needs (AmazonEKSVPCResourceController), wait for half an hour, and only then take the finalizer off; delete objects without a node.',
    verify: 'kubectl get cninodes lists the nodes of the cluster and no other.',
    references: [
      'amazon-vpc-resource-controller-k8s controllers/crds/cninode_controller.go',
      'amazon-vpc-resource-controller-k8s pkg/utils/events.go',
    ],
  },
});

interface Asking {
  readonly cniNodes: readonly CniNode[];
  readonly networking?: { readonly settings: { readonly podEni: boolean } };
  readonly crds?: readonly { readonly name: string }[];
}

/** Older control planes have no such objects: somebody else's, or their definition, shows that this one has. */
function isAskedFor({ cniNodes, networking: net, crds }: Asking): boolean {
  return net?.settings.podEni === true && (cniNodes.length > 0 || (crds ?? []).some((c) => c.name === CRD));
}

/** A type that is not known may. */
function canTrunk(at: NodeInstance | undefined): boolean {
  return at?.limits === undefined || at.limits.branchEnis > 0;
}

/** Reasons of the controller's recent events by the node they are about. */
function eventsOf(events: readonly ClusterEvent[], now: number): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const e of events) if (EVENTS.test(e.reason) && isRecent(e, now)) addTo(found, e.object.name, e.reason);
  return found;
}

function fixesFor(fix: FixContext, reason: Reason, names: readonly string[], members: readonly CniNode[]): Fix[] {
  const allow = allowResourceController(fix);
  const permit: Fix[] =
    allow.length > 0
      ? [
          {
            title: 'Let the control plane clean up: its role needs AmazonEKSVPCResourceController',
            commands: allow,
            changes:
              'Attaches the managed policy to the cluster role; nothing changes where it is attached already. The controller tries again by itself.',
            effect: 'minutes',
          },
        ]
      : [];
  if (reason === 'stuck')
    return [
      ...permit,
      {
        title: `Take the finalizer off ${things(members.length, 'CNINode')} that still ${verb(members.length, 'stands', 'stand')} after that`,
        commands: members.map((c) => {
          const rest = (c.finalizers ?? []).filter((f) => f !== FINALIZER);
          return kubectl(
            ...['patch', 'cninode', named('object', c.name), '--type', 'merge', '-p'],
            JSON.stringify({ metadata: { finalizers: rest.length > 0 ? rest : null } }),
          );
        }),
        changes: 'The objects go at once. ENIs of these nodes that are left are no longer cleaned up with them.',
        effect: 'immediate',
        risk: 'Look for ENIs in status available with the instance id of the node afterwards (LEK001, LEK002).',
      },
    ];
  if (reason === 'orphan')
    return [
      {
        title: `Delete ${things(names.length, 'CNINode')} without a node`,
        commands: names.map((n) => kubectl('delete', 'cninode', named('object', n), '--wait=false')),
        changes: 'The resource controller removes what ENIs the node left, and then the object.',
        effect: 'minutes',
      },
      ...permit,
    ];
  return reason === 'missing' ? permit : [];
}
