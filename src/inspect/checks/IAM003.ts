import * as v from 'valibot';
import { atLeastRelease, parseCniVersion } from '../../calc/maxpods/index.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { cniIdentity, nodesWithoutRole } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { isRecent } from '../facts/node-troubles.ts';
import { subnetAction } from '../facts/support/cni-actions.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import type { AddonVersions } from '../snapshot/aws.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowCniOn, showPolicies } from './fixes/iam-roles.ts';
import { setSettings } from './fixes/settings.ts';
import { moveAddon, offeredFrom } from './fixes/upgrade-cni.ts';

const evidence = v.object({
  role: v.string(),
  version: v.string(),
  actions: v.array(v.string()),
  /** Nothing allows it, or a Deny or the permissions boundary stands in the way. */
  verdict: v.picklist(['missing', 'denied', 'bounded']),
  /** `ENABLE_SUBNET_DISCOVERY` as it comes out. */
  subnetDiscovery: v.boolean(),
  ipv6: v.boolean(),
  nodes: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

/** The one release that asks for the groups of the VPC, whatever its mode (mended in v1.22.2). */
const GROUPS = { action: 'ec2:DescribeSecurityGroups', from: version('1.22.1'), until: version('1.22.2') };
const SYMPTOMS = ['HLT001', 'HLT002', 'HLT003', 'ADD002', 'ADD007', 'IAM001'] as const;

export const IAM003 = defineCheck({
  code: 'IAM003',
  title: 'CNI version needs permissions this role does not have',
  severity: 'error',
  grain: 'cluster',
  needs: { networking, identity: cniIdentity },
  helps: {
    cluster: section('cluster'),
    events: section('events'),
    versions: section('addonVersions'),
    fix: fixContext,
  },
  partialOk: true,
  explains: SYMPTOMS,
  evidence,
  notApplicable: ({ networking: net }) =>
    behaves(net.cniVersion, 'subnetsReadAtStart') ? undefined : 'before v1.22.0 aws-node starts without them',
  evaluate: (from, { now }): Draft<Evidence>[] => {
    const { networking: net, identity, fix } = from;
    const release = net.cniVersion ?? '';
    const subnets = subnetAction(net);
    const groups =
      atLeastRelease(release, GROUPS.from) === true && atLeastRelease(release, GROUPS.until) === false
        ? [{ action: GROUPS.action, resource: '*' as const }]
        : [];
    const refused = new Set((from.events ?? []).flatMap((e) => (isRecent(e, now) ? (e.action ?? []) : [])));
    return identity.roles.flatMap(({ role, nodes }): Draft<Evidence>[] => {
      const lacking = [...(subnets ? [subnets] : []), ...groups].flatMap((a) => {
        const verdict = verdictOn(role, a.action, a.resource, from.cluster?.region);
        return verdict === 'allowed' || verdict === 'conditional' ? [] : [{ action: a.action, verdict }];
      });
      const [first] = lacking;
      if (!first) return [];
      const actions = lacking.map((l) => l.action);
      const seen = actions.some((a) => refused.has(a));
      // that IPv4 stops as well was read from the source and not seen yet
      const certain = net.settings.ipv6 || actions.includes(GROUPS.action) || seen;
      return [
        {
          key: role.name,
          severity: certain ? 'error' : 'info',
          confidence: seen ? 'observed' : 'derived',
          resources: [{ kind: 'role', id: role.arn }],
          scope: { nodes },
          explains: certain ? SYMPTOMS : [],
          evidence: {
            role: role.arn,
            version: release,
            actions,
            verdict: first.verdict,
            subnetDiscovery: net.settings.subnetDiscovery,
            ipv6: net.settings.ipv6,
            nodes: nodes.length,
          },
          fixes: fixesFor(fix, from.versions, role.arn, first.verdict, actions),
        },
      ];
    });
  },
  unjudged: ({ identity }) => nodesWithoutRole(identity),
  summary: (e) => {
    const role = e.role.split('/').at(-1) ?? e.role;
    return `aws-node ${e.version} needs ${some(e.actions)}, which role ${role} ${
      e.verdict === 'missing' ? 'does not allow' : 'forbids'
    }: it ${e.ipv6 || e.actions.includes(GROUPS.action) ? 'stops at its start' : 'may set up no further ENI'} on ${things(e.nodes, 'node')}`;
  },
  explanation: {
    why: 'A routine update of the add-on turns into nodes that are not ready: the role served the release before, and IPv6 clusters have policies written by hand.',
    how: 'aws-node from v1.22.0 on with ENABLE_SUBNET_DISCOVERY in force, and a role whose policies do not allow ec2:DescribeSubnets: with IPv6 it exits at its start, an error. With IPv4 further ENIs fail by its source code, which was not seen on a cluster yet: information, unless an event shows the refusal. v1.22.1 needs ec2:DescribeSecurityGroups in every mode, an error. The present AmazonEKS_CNI_Policy allows both.',
    fix: 'Add the actions to the role, or switch subnet discovery off; from v1.22.1 move to v1.22.2.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3704',
      'https://github.com/eksctl-io/eksctl/issues/8835',
      'https://github.com/eksctl-io/eksctl/issues/8768',
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go createENI',
    ],
  },
});

function version(text: string) {
  return parseCniVersion(text)!;
}

function fixesFor(
  fix: FixContext,
  versions: AddonVersions | undefined,
  role: string,
  verdict: Evidence['verdict'],
  actions: readonly string[],
): Fix[] {
  const allow: Fix =
    verdict === 'missing'
      ? {
          title: 'Let the role describe them',
          commands: allowCniOn(fix, role),
          changes:
            'The role may do all that this release asks for; pods of aws-node that stopped start again by themselves.',
          effect: 'minutes',
        }
      : {
          title: 'Find the Deny or the boundary that forbids it',
          commands: showPolicies(role),
          changes: 'Nothing: shows what the role carries. Further policies change nothing here.',
          effect: 'minutes',
        };
  if (actions.includes(GROUPS.action)) {
    return [allow, ...moveAddon(fix, offeredFrom(versions, GROUPS.until), versions)];
  }
  return [
    allow,
    ...setSettings(
      fix,
      'Or let aws-node leave subnets alone: ENABLE_SUBNET_DISCOVERY=false',
      { set: { ENABLE_SUBNET_DISCOVERY: 'false' } },
      { mind: 'Further ENIs are then made in the subnet of their node alone.' },
    ),
  ];
}
