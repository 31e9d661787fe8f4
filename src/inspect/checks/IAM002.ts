import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { type CniIdentity, cniIdentity, nodesWithoutRole, type RoleInUse } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { type CniAction, requiredActions, subnetAction } from '../facts/support/cni-actions.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import { commandLine } from '../shell.ts';
import type { PolicyStatement } from '../snapshot/account.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowActions, allowCniOn, cniActions, roleOf, showPolicies } from './fixes/iam-roles.ts';
import { NOBODY, unsettledOn, waitingText } from './support/waiting.ts';

const evidence = v.object({
  reason: v.picklist(['missing', 'denied', 'both']),
  role: v.string(),
  source: v.picklist(['irsa', 'pod-identity', 'node']),
  nodes: v.number(),
  /** Pods that wait there with nothing else in their way; null where that is not known. */
  waitingPods: v.nullable(v.number()),
  actions: v.array(
    v.object({
      action: v.string(),
      /** What needs it. */
      use: v.string(),
      /** `missing`: nothing allows it; `denied`: a statement denies it; `bounded`: the permissions boundary does not allow it. */
      verdict: v.picklist(['missing', 'denied', 'bounded']),
    }),
  ),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What comes of an aws-node that may not look at its own interfaces: it ends at once. */
const AT_START = ['HLT001', 'HLT002', 'HLT003', 'ADD002'] as const;
const START = 'ec2:DescribeNetworkInterfaces';

export const IAM002 = defineCheck({
  code: 'IAM002',
  title: 'Role lacks an action this configuration needs',
  severity: 'error',
  grain: 'cluster',
  needs: { networking, identity: cniIdentity },
  helps: {
    cluster: section('cluster'),
    cni: section('cni'),
    stuck: stuckPods,
    causes: stuckCauses,
    fix: fixContext,
  },
  partialOk: true,
  explains: AT_START,
  evidence,
  notApplicable: ({ networking: net }) =>
    net.settings.provisioningDisabled ? 'aws-node is set to ask nothing of EC2' : undefined,
  evaluate: (from, { gapsOf }): Draft<Evidence>[] => {
    const { networking: net, identity, fix } = from;
    const wanted = wantedOf(net);
    const region = from.cluster?.region;
    const found = identity.roles.flatMap(({ role, nodes }): Draft<Evidence>[] => {
      const actions = wanted.flatMap((a) => {
        const verdict = verdictOn(role, a.action, a.resource, region);
        return verdict === 'allowed' || verdict === 'conditional' ? [] : [{ ...a, verdict }];
      });
      // a role with nothing at all is no role with a gap: IAM004
      if (actions.length === 0 || (identity.source === 'node' && isBare(role.statements))) return [];
      const denied = actions.every((a) => a.verdict !== 'missing');
      // without an event that says so: nothing else keeps these pods waiting
      const waiting = actions.some((a) => a.hot) ? unsettledOn(from, gapsOf, nodes) : NOBODY;
      return [
        {
          key: role.name,
          subReason: denied ? 'denied' : 'missing',
          severity: actions.some((a) => a.hot) ? 'error' : 'warning',
          confidence: 'derived',
          resources: [{ kind: 'role', id: role.arn }],
          scope: { nodes, pods: waiting.pods },
          explains: actions.some((a) => a.action === START) ? AT_START : waiting.pods.length > 0 ? ['HLT001'] : [],
          evidence: {
            reason: denied ? 'denied' : 'missing',
            role: role.arn,
            source: identity.source,
            nodes: nodes.length,
            actions: actions.map(({ action, use, verdict }) => ({ action, use, verdict })),
            waitingPods: waiting.count,
          },
          fixes: denied ? [lift(role.arn)] : allow(fix, role.arn),
        },
      ];
    });
    const both = bothCarry(identity, region);
    if (both) found.push(tighten(both, everyPodHasItsOwn(from.cni)));
    return found;
  },
  unjudged: ({ identity }) => {
    const { rolelessNodes, nodeRoles, why } = identity;
    const of = rolelessNodes.length + nodeRoles.reduce((n, r) => n + r.nodes.length, 0);
    const nodes = rolelessNodes.length === 0 ? undefined : { count: rolelessNodes.length, of, what: 'node', gaps: why };
    return nodesWithoutRole(identity) ?? nodes;
  },
  summary: (e) => {
    const [role = e.role] = e.role.split('/').slice(-1);
    if (e.reason === 'both')
      return `aws-node has a role of its own, and the role ${role} of ${things(e.nodes, 'node')} may change ENIs as well: every pod that reaches the instance metadata may`;
    const uses = [...new Set(e.actions.map((a) => a.use))];
    const how = e.reason === 'denied' ? 'forbids' : 'does not allow';
    return `role ${role}, which aws-node runs under on ${things(e.nodes, 'node')}, ${how} ${some(e.actions.map((a) => a.action))}; ${verb(e.actions.length, 'it is', 'they are')} needed for ${some(uses)}${waitingText(e.waitingPods)}`;
  },
  verdict: () => 'the role of aws-node lacks what it needs',
  explanation: {
    why: 'What a role lacks stays hidden until the first pod, node or scale-in asks for it. Policies written by hand, and IPv6 clusters, for which AWS manages no policy, are where it happens.',
    how: "The actions that aws-node asks for as it is set, against the policies attached to its role, the inline ones and the permissions boundary: missing, nothing allows the action; denied, a Deny or the boundary stands in the way. An error where the next pod or node needs it, a warning otherwise. Pods that wait there with nothing else in their way are laid to it, though the event that says so is gone. Actions allowed under conditions count as allowed (IAM006). both, information: aws-node has its own role and the nodes' role may change ENIs too. Service control policies are not seen. ec2:DescribeSubnets from v1.22.0 on is IAM003, actions of the policy agent's logs are NPL010.",
    fix: 'Attach AmazonEKS_CNI_Policy, or write the actions into a policy of the role; take a Deny or the boundary back where that is what forbids them.',
    verify: 'vpccni inspect no longer names the role, and no event MissingIAMPermissions appears.',
    references: [
      'amazon-vpc-cni-k8s docs/iam-policy.md',
      'https://github.com/aws/containers-roadmap/issues/1843',
      'https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3598',
    ],
  },
});

function wantedOf(net: Networking): readonly CniAction[] {
  const subnets = subnetAction(net);
  const own = subnets && !behaves(net.cniVersion, 'subnetsReadAtStart') ? [subnets] : [];
  return [...requiredActions(net), ...own];
}

/** No action of EC2 on ENIs or addresses at all. */
function isBare(statements: readonly PolicyStatement[]): boolean {
  const touches = (a: string) => a === '*' || /^ec2:(?:\*|.*(?:Address|NetworkInterface).*)$/i.test(a);
  return !statements.some((s) => s.effect === 'Allow' && (s.notActions.length > 0 || s.actions.some(touches)));
}

function allow(fix: FixContext, role: string): Fix[] {
  const { networking: net } = fix;
  const base = { effect: 'minutes' as const };
  const statement: Fix[] = net
    ? [
        {
          ...base,
          title: 'Write the actions into a policy of the role',
          commands: allowActions(role, net.settings.ipv6 ? 'vpc-cni-ipv6' : 'vpc-cni-ipv4', cniActions(net)),
          changes: 'Puts an inline policy with all that aws-node asks for as it is set; it asks again by itself.',
          risk: 'Replaces an inline policy of the same name.',
        },
      ]
    : [];
  if (net?.settings.ipv6) return statement;
  return [
    {
      ...base,
      title: 'Attach AmazonEKS_CNI_Policy to the role',
      commands: allowCniOn(fix, role),
      changes: 'The role may do all that aws-node asks for; it asks again by itself.',
    },
    ...statement,
  ];
}

function lift(role: string): Fix {
  return {
    title: 'Find the Deny or the boundary that forbids it',
    commands: showPolicies(role),
    changes:
      'Nothing: shows what the role carries. Attaching further policies changes nothing here; take the actions out of the Deny, or add them to the boundary.',
    effect: 'minutes',
  };
}

/** The nodes' role that may change ENIs while aws-node has another. */
function bothCarry(identity: CniIdentity, region: string | undefined): RoleInUse | undefined {
  if (identity.source === 'node' || identity.roles.length === 0) return undefined;
  const may = (r: RoleInUse) =>
    verdictOn(r.role, 'ec2:CreateNetworkInterface', 'network-interface', region) === 'allowed' &&
    !identity.roles.some((own) => own.role.arn === r.role.arn);
  return identity.nodeRoles.find(may);
}

function everyPodHasItsOwn(cni: Cni | undefined): boolean {
  return cni !== undefined && cni.pods.length > 0 && cni.pods.every((p) => p.credentials !== undefined);
}

const MANAGED = /^arn:[a-z-]+:iam::aws:policy\/AmazonEKS_CNI_Policy$/;

function tighten({ role, nodes }: RoleInUse, safe: boolean): Draft<Evidence> {
  const policy = role.attachedPolicies.find((p) => MANAGED.test(p));
  const name = roleOf(role.arn)?.name;
  const fixes: Fix[] =
    policy && name && safe
      ? [
          {
            title: "Take AmazonEKS_CNI_Policy from the nodes' role",
            commands: [commandLine('aws', 'iam', 'detach-role-policy', '--role-name', name, '--policy-arn', policy)],
            changes: 'Only aws-node may change ENIs then: all of its pods have the credentials of their own role.',
            effect: 'immediate',
            risk: 'Nodes of other clusters, and other programs, may live by this role.',
          },
        ]
      : [];
  return {
    key: role.name,
    subReason: 'both',
    severity: 'info',
    confidence: 'derived',
    resources: [{ kind: 'role', id: role.arn }],
    scope: {},
    explains: [],
    evidence: { reason: 'both', role: role.arn, source: 'node', nodes: nodes.length, waitingPods: 0, actions: [] },
    fixes,
  };
}
