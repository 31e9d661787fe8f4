import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { age, some, things } from '../contract/words.ts';
import { type CniIdentity, cniIdentity } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { isByAwsNode, isRecent, RECENT_SECONDS, refusedNode } from '../facts/node-troubles.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { type CniLogs, type CniMetrics, isUnasked } from '../snapshot/live.ts';
import { type Draft, defineCheck } from './define-check.ts';
import {
  allowCni,
  allowResourceController,
  type CniRoleInputs,
  cniRole,
  cniRoleInputs,
  giveRoleBack,
  lostRole,
  showPolicies,
} from './fixes/iam-roles.ts';
import { secondsSince } from './support/ages.ts';
import { nodeResources } from './support/resources.ts';
import { NOBODY, waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  caller: v.picklist(['aws-node', 'resource-controller']),
  actions: v.array(v.string()),
  /** Role the calls were made with; null where it is not known. */
  role: v.nullable(v.string()),
  events: v.number(),
  /** Refusals that aws-node counts since it started; null where its metrics were not asked for or not read. */
  counted: v.nullable(v.number()),
  lastSecondsAgo: v.nullable(v.number()),
  /** Null where the pods of aws-node that tell it could not be read. */
  nodes: v.nullable(v.number()),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
  /** Whether the policies of that role allow the actions; null where they were not read or the event names none. */
  allowedByRole: v.nullable(v.boolean()),
  /** Interfaces that such calls make were attached to each of these nodes after the last event; null where that is not known. */
  succeededSince: v.nullable(v.boolean()),
});
type Evidence = v.InferOutput<typeof evidence>;
type Caller = Evidence['caller'];

const CALLERS: Readonly<Record<Caller, string>> = {
  'aws-node': 'aws-node',
  'resource-controller': 'the VPC resource controller',
};

/** The controller works for trunks and branch ENIs alone: ordinary pods do not wait for it. */
const EXPLAINS: Readonly<Record<Caller, readonly string[]>> = {
  'aws-node': ['HLT001', 'HLT002', 'HLT003', 'ADD002', 'IAM002', 'IAM004'],
  'resource-controller': ['SGP003'],
};

/** Calls of aws-node that an ENI attached later proves (amazon-vpc-cni-k8s pkg/awsutils/awsutils.go AllocENI). */
const TO_ATTACH: ReadonlySet<string> = new Set(
  ['CreateNetworkInterface', 'AttachNetworkInterface', 'ModifyNetworkInterfaceAttribute', 'CreateTags'].map(
    (call) => `ec2:${call}`,
  ),
);

/** Seconds without a further event after which a refusal that the role no longer explains counts as over. */
const QUIET_SECONDS = 600;

export const IAM001 = defineCheck({
  code: 'IAM001',
  title: 'AWS refused a call from aws-node or the resource controller',
  severity: 'error',
  grain: 'cluster',
  needs: { events: section('events') },
  helps: {
    cni: section('cni'),
    metrics: section('cniMetrics'),
    logs: section('cniLogs'),
    stuck: stuckPods,
    causes: stuckCauses,
    identity: cniIdentity,
    enis: nodeEnis,
    ...cniRoleInputs,
  },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002', 'SGP003', 'IAM002', 'IAM004'],
  accountsFor: ['call-refused'],
  evidence,
  evaluate: (from, { now, gapsOf }) => {
    const { events, cni, stuck, causes, fix } = from;
    const refused = events.filter((e) => isRefusal(e) && isRecent(e, now));
    const told = toldByAwsNode(from);
    const groups = new Map<Caller, readonly ClusterEvent[]>(groupBy(refused, callerOf));
    if (told.nodes.length > 0 && !groups.has('aws-node')) groups.set('aws-node', []);
    return [...groups].map(([caller, members]): Draft<Evidence> => {
      const own = caller === 'aws-node' ? told : NOTHING;
      const nodes = [...new Set([...members.flatMap((e) => nodeOf(e) ?? refusedNode(e, cni) ?? []), ...own.nodes])];
      const waiting = caller === 'aws-node' ? waitingFor('call-refused', { stuck, causes }, gapsOf, nodes) : NOBODY;
      const role = caller === 'aws-node' ? cniRole(from) : fix.cluster?.roleArn;
      const actions = [...new Set([...members.flatMap((e) => e.action ?? []), ...own.actions])].sort();
      const allowed = caller === 'aws-node' ? allowedBy(from.identity, actions, fix.region) : null;
      const last = members.flatMap((e) => secondsSince(e.lastAt ?? e.firstAt, now) ?? []);
      const quiet = Math.min(...last);
      const seen = last.length > 0 && succeededSince(from.enis, caller, actions, nodes, now - quiet * 1000);
      const succeeded = seen || [...gapsOf('enis'), ...gapsOf('cni')].length === 0 ? seen : null;
      const over =
        (succeeded === true || (allowed === true && last.length > 0 && quiet > QUIET_SECONDS)) &&
        waiting.count === 0 &&
        own.nodes.length === 0;
      return {
        key: caller,
        // what was counted may be of a day before the role was mended
        ...(over
          ? { severity: 'info' as const }
          : members.length === 0 && allowed === true
            ? { severity: 'warning' as const }
            : {}),
        confidence: 'observed',
        resources: nodeResources(nodes),
        scope: { nodes, pods: waiting.pods },
        evidence: {
          caller,
          actions,
          role: role ?? null,
          events: members.reduce((n, e) => n + e.count, 0),
          counted: caller === 'aws-node' && gapsOf('metrics').length > 0 && own.counted === 0 ? null : own.counted,
          lastSecondsAgo: last.length > 0 ? Math.round(Math.min(...last)) : null,
          nodes: nodes.length === 0 && gapsOf('cni').length > 0 ? null : nodes.length,
          waitingPods: waiting.count,
          allowedByRole: allowed,
          succeededSince: succeeded,
        },
        fixes: over
          ? []
          : allowed === true && role !== undefined
            ? [findDenial(role)]
            : caller === 'aws-node'
              ? allowAwsNode(from)
              : [allow(from, caller)],
        explains: over ? [] : EXPLAINS[caller],
      };
    });
  },
  // the right to what was asked for with --metrics and --logs
  unjudged: (_, { gapsOf }) => {
    const gaps = [...gapsOf('metrics'), ...gapsOf('logs')].filter((g) => !isUnasked(g));
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'log or metric', gaps };
  },
  summary: (e) =>
    `AWS refused ${e.actions.length > 0 ? some(e.actions) : 'a call'} to ${CALLERS[e.caller]}${e.nodes !== null && e.nodes > 0 ? ` on ${things(e.nodes, 'node')}` : ''} (${e.events > 0 || !e.counted ? things(e.events, 'event') : `counted ${things(e.counted, 'time')} since it started`}${
      e.lastSecondsAgo === null ? '' : `, the last ${age(e.lastSecondsAgo)} ago`
    })${waitingText(e.waitingPods)}${roleText(e)}`,
  verdict: (e) => `${CALLERS[e.caller]} lacks IAM permissions`,
  explanation: {
    why: 'The node can get neither addresses nor ENIs. What it holds goes on working, so the failure shows at the next pod or node.',
    how: 'Events of the last hour in which aws-node reports missing permissions, or the VPC resource controller reports that a trunk or branch ENI was not authorised; with --metrics, UnauthorizedOperation that aws-node counts since it started, a warning where its role allows these calls today; with --logs, a refusal in its last lines. The action is the one that is named there. Information where no pod waits for it and an ENI made by such calls was attached since the last event, or the policies of the role allow the action now and ten minutes have passed: one that goes on is told every five (client-go: record/events_cache.go).',
    fix: 'Attach the managed policy to the role the caller runs under. Where the policies of the role allow it, as is looked up where they may be read, they were mended since, or a service control policy denies the action.',
    verify: 'No new MissingIAMPermissions event appears, and pods get addresses.',
    references: [
      'amazon-vpc-cni-k8s docs/iam-policy.md',
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2839',
    ],
  },
});

/** An ENI of that kind stands on each of the nodes that was attached after the last refusal. */
function succeededSince(
  enis: ReadonlyMap<string, NodeEnis> | undefined,
  caller: Caller,
  actions: readonly string[],
  nodes: readonly string[],
  refusedAt: number,
): boolean {
  if (nodes.length === 0 || actions.length === 0 || !actions.every((a) => TO_ATTACH.has(a))) return false;
  return nodes.every((node) => {
    const on = enis?.get(node);
    const made = caller === 'aws-node' ? (on?.data ?? []).filter((e) => e !== on?.primary) : [on?.trunk ?? []].flat();
    return made.some((e) => Date.parse(e.attachment?.attachedAt ?? '') > refusedAt);
  });
}

function roleText({ allowedByRole, lastSecondsAgo, succeededSince: succeeded }: Evidence): string {
  if (succeeded === true) return '; such calls succeeded since';
  if (allowedByRole === null && lastSecondsAgo !== null)
    return `; should that be mended since, this ends in ${age(Math.max(RECENT_SECONDS - lastSecondsAgo, 0))}`;
  if (allowedByRole !== true) return '';
  const now = '; the policies of its role allow it now';
  return lastSecondsAgo !== null && lastSecondsAgo > QUIET_SECONDS
    ? now
    : `${now}: either they were mended since, or something above the role denies it`;
}

interface Told {
  readonly nodes: readonly string[];
  readonly actions: readonly string[];
  readonly counted: number;
}
const NOTHING: Told = { nodes: [], actions: [], counted: 0 };

/** What aws-node counts, and what its log says, where the user asked for them. */
function toldByAwsNode({
  metrics,
  logs,
}: {
  readonly metrics: CniMetrics | undefined;
  readonly logs: CniLogs | undefined;
}): Told {
  const counts = (metrics ?? []).flatMap((m) =>
    (m.awsErrors.UnauthorizedOperation ?? 0) > 0 ? [{ ...m, counted: m.awsErrors.UnauthorizedOperation! }] : [],
  );
  const lines = (logs ?? []).flatMap((l) =>
    l.signs.flatMap((s) => (s.sign === 'unauthorized' ? [{ node: l.node, action: s.action }] : [])),
  );
  return {
    nodes: [...counts, ...lines].flatMap((x) => x.node ?? []),
    actions: [
      ...counts.flatMap((m) => Object.keys(m.unauthorized ?? {}).map((api) => `ec2:${api}`)),
      ...lines.flatMap((l) => l.action ?? []),
    ],
    counted: counts.reduce((n, m) => n + m.counted, 0),
  };
}

/** Policies above the role are not seen from here: what all its own allow was denied by one of those. */
function allowedBy(
  identity: CniIdentity | undefined,
  actions: readonly string[],
  region: string | undefined,
): boolean | null {
  if (!identity || identity.roles.length === 0 || identity.unknownNodes.length > 0 || actions.length === 0) return null;
  const of = (action: string) => (/:(?:Describe|Get|List)/.test(action) ? '*' : 'network-interface');
  const verdicts = identity.roles.flatMap(({ role }) => actions.map((a) => verdictOn(role, a, of(a), region)));
  return verdicts.every((verdict) => verdict === 'allowed');
}

function findDenial(role: string): Fix {
  return {
    title: 'Find the service control policy that denies it',
    commands: showPolicies(role),
    changes:
      'Nothing: shows that the role has what it needs. The denial stands in a service control policy of the organisation, or in a policy of the VPC endpoint of EC2: take the action out there.',
    effect: 'minutes',
  };
}

/** The controller's failures count when the event names the action AWS refused. */
function isRefusal(e: ClusterEvent): boolean {
  if (e.kind === 'unauthorized') return true;
  return (e.kind === 'trunk-failed' || e.kind === 'branch-failed') && e.action !== undefined;
}

function callerOf(e: ClusterEvent): Caller {
  return isByAwsNode(e) ? 'aws-node' : 'resource-controller';
}

function nodeOf(e: ClusterEvent): string | undefined {
  return e.node ?? (e.object.kind === 'Node' ? e.object.name : undefined);
}

/** Where the add-on names a role that the service account has lost, giving it back is the cure: the role has its policy. */
function allowAwsNode(from: CniRoleInputs): Fix[] {
  const lost = lostRole(from);
  if (!lost) return [allow(from, 'aws-node')];
  return [
    {
      title: 'Give the service account aws-node its role back',
      commands: giveRoleBack(lost),
      changes: `aws-node runs under the role of its nodes because the annotation eks.amazonaws.com/role-arn of its service account is gone, while the add-on names ${lost}. Sets it again and restarts aws-node node by node, so that it takes the role.`,
      effect: 'minutes',
    },
  ];
}

function allow(from: CniRoleInputs, caller: Caller): Fix {
  const commands = caller === 'aws-node' ? allowCni(from) : allowResourceController(from.fix);
  const policy = caller === 'aws-node' ? 'AmazonEKS_CNI_Policy' : 'AmazonEKSVPCResourceController';
  return {
    title: `Attach ${policy} to the role of ${caller === 'aws-node' ? 'aws-node' : 'the cluster'}`,
    commands,
    changes: `The role may make the calls that were refused.${commands.length === 0 ? ' Its name could not be read: it is the role of the service account aws-node, else that of the nodes.' : ''}`,
    effect: 'minutes',
    risk: 'Without effect where the role has it already: then a service control policy or permissions boundary denies the call.',
  };
}
