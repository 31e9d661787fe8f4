import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { section } from '../facts/define-fact.ts';
import { refusedNode } from '../facts/node-troubles.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowCni, allowResourceController, cniRole, nodeRole } from './fixes/iam-roles.ts';
import { secondsSince } from './support/ages.ts';
import { type FixContext, fixContext } from './support/fix-context.ts';
import { nodeResources } from './support/resources.ts';
import { age, some, things } from './support/say.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  caller: v.picklist(['aws-node', 'resource-controller']),
  actions: v.array(v.string()),
  /** Role the calls were made with; null where it is not known. */
  role: v.nullable(v.string()),
  events: v.number(),
  lastSecondsAgo: v.nullable(v.number()),
  nodes: v.number(),
  waitingPods: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;
type Caller = Evidence['caller'];

/** Events stay for an hour; older ones were kept by a longer event TTL and tell of another day. */
const RECENT_SECONDS = 3600;

export const IAM001 = defineCheck({
  code: 'IAM001',
  title: 'AWS refused a call from aws-node or the resource controller',
  severity: 'error',
  grain: 'cluster',
  needs: { events: section('events') },
  helps: { cni: section('cni'), stuck: stuckPods, causes: stuckCauses },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: ({ events, cni, stuck, causes }, { run }) => {
    const ctx = fixContext(run);
    const refused = events.filter(
      (e) => isRefusal(e) && (secondsSince(e.lastAt ?? e.firstAt, run) ?? 0) <= RECENT_SECONDS,
    );
    return [...groupBy(refused, callerOf)].map(([caller, members]): Draft<Evidence> => {
      const nodes = [...new Set(members.flatMap((e) => nodeOf(e) ?? refusedNode(e, cni) ?? []))];
      const waiting = waitingFor('IAM001', stuck, causes, nodes);
      const role = caller === 'aws-node' ? (cniRole(ctx) ?? nodeRole(ctx)) : ctx.cluster?.roleArn;
      const last = members.flatMap((e) => secondsSince(e.lastAt ?? e.firstAt, run) ?? []);
      return {
        key: caller,
        confidence: 'observed',
        resources: nodeResources(nodes),
        scope: { nodes, pods: waiting.pods },
        evidence: {
          caller,
          actions: [...new Set(members.flatMap((e) => e.action ?? []))].sort(),
          role: role ?? null,
          events: members.reduce((n, e) => n + e.count, 0),
          lastSecondsAgo: last.length > 0 ? Math.round(Math.min(...last)) : null,
          nodes: nodes.length,
          waitingPods: waiting.pods.length,
        },
        fixes: [allow(ctx, caller)],
      };
    });
  },
  summary: (e) =>
    `AWS refused ${e.actions.length > 0 ? some(e.actions) : 'a call'} to ${
      e.caller === 'aws-node' ? 'aws-node' : 'the VPC resource controller'
    }${e.nodes > 0 ? ` on ${things(e.nodes, 'node')}` : ''} (${things(e.events, 'event')}${
      e.lastSecondsAgo === null ? '' : `, the last ${age(e.lastSecondsAgo)} ago`
    })${waitingText(e.waitingPods)}`,
  explanation: {
    why: 'The node can get neither addresses nor ENIs. What it holds goes on working, so the failure shows at the next pod or node.',
    how: 'Events of the last hour in which aws-node reports missing permissions, or the VPC resource controller reports that a trunk or branch ENI was not authorised. The action is the one the event names.',
    fix: 'Attach the managed policy to the role the caller runs under. Where the role has it already, a service control policy or a permissions boundary denies the action.',
    verify: 'No new MissingIAMPermissions event appears, and pods get addresses.',
    references: [
      'amazon-vpc-cni-k8s docs/iam-policy.md',
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2839',
    ],
  },
});

/** The controller's failures count when the event names the action AWS refused. */
function isRefusal(e: ClusterEvent): boolean {
  if (e.kind === 'unauthorized') return true;
  return (e.kind === 'trunk-failed' || e.kind === 'branch-failed') && e.action !== undefined;
}

function callerOf(e: ClusterEvent): Caller {
  const controller = e.source === 'vpc-resource-controller' || e.kind !== 'unauthorized';
  return controller ? 'resource-controller' : 'aws-node';
}

function nodeOf(e: ClusterEvent): string | undefined {
  return e.node ?? (e.object.kind === 'Node' ? e.object.name : undefined);
}

function allow(ctx: FixContext, caller: Caller): Fix {
  const commands = caller === 'aws-node' ? allowCni(ctx, nodeRole(ctx)) : allowResourceController(ctx);
  const policy = caller === 'aws-node' ? 'AmazonEKS_CNI_Policy' : 'AmazonEKSVPCResourceController';
  return {
    title: `Attach ${policy} to the role of ${caller === 'aws-node' ? 'aws-node' : 'the cluster'}`,
    commands,
    changes: `The role may make the calls that were refused.${commands.length === 0 ? ' Its name could not be read: it is the role of the service account aws-node, else that of the nodes.' : ''}`,
    effect: 'minutes',
    risk: 'Without effect where the role has it already: then a service control policy or permissions boundary denies the call.',
  };
}
