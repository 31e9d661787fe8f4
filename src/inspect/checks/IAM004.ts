import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { cniAddon } from '../facts/addon.ts';
import { awsNodeServiceAccount } from '../facts/aws-node-service-account.ts';
import { cniIdentity, nodesWithoutRole } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { requiredActions } from '../facts/support/cni-actions.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowCniOn, type CniRoleInputs, cniRoleInputs, giveRoleBack, lostRole } from './fixes/iam-roles.ts';

const evidence = v.object({
  reason: v.picklist(['none', 'annotation-lost']),
  /** What the service account names, what Pod Identity associates, what the add-on names; null for nothing. */
  serviceAccountRole: v.nullable(v.string()),
  podIdentityRole: v.nullable(v.string()),
  addonRole: v.nullable(v.string()),
  /** Roles of the nodes that allow nothing aws-node asks for, and those nodes; null where that could not be told. */
  nodeRoles: v.nullable(v.array(v.string())),
  nodes: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

const SYMPTOMS = ['HLT001', 'HLT002', 'HLT003', 'ADD002', 'IAM002'] as const;

export const IAM004 = defineCheck({
  code: 'IAM004',
  title: 'aws-node has no usable credentials',
  severity: 'error',
  grain: 'cluster',
  needs: { account: awsNodeServiceAccount, networking, associations: section('podIdentity') },
  helps: {
    nodes: nodesServedByCni,
    identity: cniIdentity,
    addon: cniAddon,
    cluster: section('cluster'),
    cni: section('cni'),
    ...cniRoleInputs,
  },
  partialOk: ['networking', 'account'],
  explains: SYMPTOMS,
  evidence,
  notApplicable: ({ networking: net }) =>
    net.settings.provisioningDisabled ? 'aws-node is set to ask nothing of EC2' : undefined,
  evaluate: (from, { gapsOf }): Draft<Evidence>[] => {
    const { identity, cluster, networking: net, fix } = from;
    const lost = lostRole(from);
    // without the iam section nobody knows what the nodes' role allows
    // every node's role may describe; one that may do any of the rest was meant for aws-node, and IAM002 says what it lacks
    const own = requiredActions(net).filter((a) => !a.action.startsWith('ec2:Describe'));
    const powerless = (identity?.source === 'node' ? identity.roles : []).filter(({ role }) =>
      own.every((a) => !['allowed', 'conditional'].includes(verdictOn(role, a.action, a.resource, cluster?.region))),
    );
    const nodes = powerless.flatMap((r) => r.nodes);
    const unread = gapsOf('identity').length + gapsOf('nodegroups').length > 0;
    if (!lost && powerless.length === 0) return [];
    const reason = lost ? 'annotation-lost' : 'none';
    return [
      {
        key: cluster?.name ?? 'aws-node',
        ...(lost ? { subReason: 'annotation-lost' } : {}),
        // with a nodes' role that may do the same, only the role that was meant is not used
        severity: powerless.length > 0 ? 'error' : 'warning',
        confidence: 'derived',
        resources: [
          { kind: 'daemonset', id: 'kube-system/aws-node' },
          ...powerless.map(({ role }) => ({ kind: 'role' as const, id: role.arn })),
        ],
        scope: { nodes: lost ? (from.nodes?.served ?? []).map((n) => n.name) : nodes },
        explains: powerless.length > 0 ? SYMPTOMS : [],
        evidence: {
          reason,
          serviceAccountRole: from.account.roleArn,
          podIdentityRole: null,
          addonRole: fix.addon?.serviceAccountRoleArn ?? null,
          nodeRoles: powerless.length === 0 && unread ? null : powerless.map(({ role }) => role.arn),
          nodes: powerless.length === 0 && unread ? null : nodes.length,
        },
        fixes: lost ? [restore(lost)] : powerless.map(({ role }) => allow(from, role.arn)),
      },
    ];
  },
  unjudged: ({ identity, account, associations }, { gapsOf }) => {
    const own = account.roleArn !== null || associations.some(isOfAwsNode);
    if (own) return undefined;
    const gaps = [...(identity === undefined ? gapsOf('identity') : []), ...gapsOf('addon')];
    if (gaps.length > 0) return { count: 1, of: 1, what: 'role', gaps };
    return identity && nodesWithoutRole(identity);
  },
  summary: (e) =>
    e.reason === 'annotation-lost'
      ? `the add-on gives aws-node the role ${nameOf(e.addonRole ?? '')}, and the service account aws-node no longer names it: new pods of aws-node run under the role of their node${
          e.nodeRoles && e.nodeRoles.length > 0
            ? `, ${some(e.nodeRoles.map(nameOf))}, which allows nothing they ask for`
            : ''
        }`
      : `aws-node has no role by its service account or Pod Identity, and ${some((e.nodeRoles ?? []).map(nameOf))}, the role of ${things(e.nodes ?? 0, 'node')}, allows nothing it asks for`,
  explanation: {
    why: 'Every call to EC2 fails: no ENI, no address, no new pod. What runs goes on, so it shows at the next pod or node.',
    how: 'The three places credentials come from: the annotation eks.amazonaws.com/role-arn of the service account kube-system/aws-node, a Pod Identity association of it, and the role of the instance. An error where the first two are missing and the third allows none of the actions that make ENIs and addresses. annotation-lost: the add-on names a role and the annotation is gone; a warning where the role of the nodes serves meanwhile. All three together are in order.',
    fix: 'Give the service account its role, or the role of the nodes the policy AmazonEKS_CNI_Policy.',
    verify: 'kubectl -n kube-system get sa aws-node -o yaml shows the annotation, and new aws-node pods become ready.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2752',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1454',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html',
    ],
  },
});

function isOfAwsNode(a: { readonly namespace: string; readonly serviceAccount: string }): boolean {
  return a.namespace === 'kube-system' && a.serviceAccount === 'aws-node';
}

function nameOf(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}

function restore(lost: string): Fix {
  return {
    title: 'Give the service account aws-node its role back',
    commands: giveRoleBack(lost),
    changes: `Sets the annotation to ${lost}, as the add-on names it, and restarts aws-node node by node, so that it takes the role.`,
    effect: 'minutes',
  };
}

function allow(from: CniRoleInputs, role: string): Fix {
  return {
    title: `Let ${nameOf(role)} do what aws-node asks for`,
    commands: allowCniOn(from.fix, role),
    changes: 'aws-node asks again by itself and gets its addresses.',
    effect: 'minutes',
    risk: 'Every pod that reaches the instance metadata may then change ENIs: a role of its own for aws-node is better.',
  };
}
