/** Managed policies for the two roles that touch ENIs: aws-node's and the cluster's. */

import { awsNodeServiceAccount } from '../../facts/aws-node-service-account.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { type FixContext, fixContext } from '../../facts/fix-context.ts';
import type { Networking } from '../../facts/networking.ts';
import { type CniAction, requiredActions, subnetAction } from '../../facts/support/cni-actions.ts';
import { commandLine, named } from '../../shell.ts';
import { kubectl } from '../support/commands.ts';

/** What tells the roles: spread into the `helps` of a check. */
export const cniRoleInputs = {
  fix: fixContext,
  podIdentity: section('podIdentity'),
  nodegroups: section('nodegroups'),
  serviceAccount: awsNodeServiceAccount,
};
export type CniRoleInputs = Helps<typeof cniRoleInputs>;

/** Lets the VPC resource controller, which runs under the cluster role, make trunk and branch ENIs. */
export function allowResourceController(ctx: FixContext): string[] {
  return attach(ctx.cluster?.roleArn, 'AmazonEKSVPCResourceController');
}

/** Lets aws-node manage ENIs and addresses, on the role it runs under. */
export function allowCni(from: CniRoleInputs): string[] {
  return allowCniOn(from.fix, cniRole(from));
}

/** AWS manages no policy for IPv6: there the actions stand in one of the role's own (docs/iam-policy.md). */
export function allowCniOn(fix: FixContext, roleArn: string | undefined): string[] {
  const net = fix.networking;
  if (net?.settings.ipv6 && roleArn !== undefined) return allowActions(roleArn, 'vpc-cni-ipv6', cniActions(net));
  return attach(roleArn, 'AmazonEKS_CNI_Policy');
}

/** All that aws-node asks for as it is set. */
export function cniActions(net: Networking): readonly CniAction[] {
  const subnets = subnetAction(net);
  return [...requiredActions(net), ...(subnets ? [subnets] : [])];
}

/**
 * The role aws-node runs under: that of its service account by IRSA or Pod Identity, else its nodes'. Undefined where one of
 * these could not be read: what the add-on names may have been taken away, and a policy on a role not in use mends nothing.
 */
export function cniRole(from: CniRoleInputs): string | undefined {
  const annotated = from.fix.cni?.serviceAccountRoleArn;
  const association = associationOf(from);
  if (annotated ?? association) return annotated ?? association;
  return annotationRead(from) && from.podIdentity !== undefined ? nodeRole(from) : undefined;
}

/** The role that the add-on names and the service account has lost; undefined where that cannot be told. */
export function lostRole(from: CniRoleInputs): string | undefined {
  const named = from.fix.addon?.serviceAccountRoleArn;
  const has = from.fix.cni?.serviceAccountRoleArn ?? associationOf(from);
  return has === undefined && annotationRead(from) && from.podIdentity !== undefined ? named : undefined;
}

/** aws-node takes a role when its pod is made. */
export function giveRoleBack(roleArn: string): string[] {
  const annotation = `eks.amazonaws.com/role-arn=${named('arn', roleArn)}`;
  return [
    kubectl('-n', 'kube-system', 'annotate', 'serviceaccount', 'aws-node', annotation, '--overwrite'),
    kubectl('-n', 'kube-system', 'rollout', 'restart', 'ds/aws-node'),
  ];
}

function associationOf({ podIdentity }: CniRoleInputs): string | undefined {
  return podIdentity?.find((a) => a.namespace === 'kube-system' && a.serviceAccount === 'aws-node')?.roleArn;
}

function annotationRead({ serviceAccount }: CniRoleInputs): boolean {
  return serviceAccount !== undefined;
}

/** Role of the node groups' nodes where all of them share one. */
function nodeRole({ nodegroups }: CniRoleInputs): string | undefined {
  const roles = new Set((nodegroups ?? []).flatMap((g) => g.nodeRole ?? []));
  return roles.size === 1 ? [...roles][0] : undefined;
}

function attach(roleArn: string | undefined, policy: string): string[] {
  const role = roleArn === undefined ? undefined : roleOf(roleArn);
  if (!role) return [];
  const policyArn = `arn:${role.partition}:iam::aws:policy/${policy}`;
  return [commandLine('aws', 'iam', 'attach-role-policy', '--role-name', role.name, '--policy-arn', policyArn)];
}

/** `arn:aws:iam::1:role/path/name`: what is named beside a role is of its partition. */
export function roleOf(roleArn: string): { readonly partition: string; readonly name: string } | undefined {
  const parts = /^arn:([a-z-]+):iam::\d+:role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  return parts ? { partition: parts[1]!, name: parts[2]! } : undefined;
}

/**
 * An inline policy that allows these actions. It replaces what stands under that name, so all that the mode needs goes into it,
 * not the missing part alone.
 */
export function allowActions(roleArn: string, policyName: string, actions: readonly CniAction[]): string[] {
  const role = roleOf(roleArn);
  if (!role) return [];
  const tags = actions.filter((a) => a.action === 'ec2:CreateTags').map((a) => a.action);
  const others = actions.filter((a) => a.action !== 'ec2:CreateTags').map((a) => a.action);
  const document = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: others, Resource: '*' },
      ...(tags.length > 0
        ? [{ Effect: 'Allow', Action: tags, Resource: `arn:${role.partition}:ec2:*:*:network-interface/*` }]
        : []),
    ],
  };
  const put = ['put-role-policy', '--role-name', role.name, '--policy-name', policyName] as const;
  return [commandLine('aws', 'iam', ...put, '--policy-document', JSON.stringify(document))];
}

/** The log groups the policy agent writes to: `/aws/eks/CLUSTER/cluster` (aws-network-policy-agent pkg/aws/services/cloudwatch). */
export function allowLogs(roleArn: string, actions: readonly string[]): string[] {
  const role = roleOf(roleArn);
  if (!role) return [];
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
  const put = ['put-role-policy', '--role-name', role.name, '--policy-name', 'vpc-cni-agent-logs'] as const;
  return [commandLine('aws', 'iam', ...put, '--policy-document', JSON.stringify(document))];
}

/** Where a Deny or a boundary stands in the way no policy helps: these show what the role has. */
export function showPolicies(roleArn: string): string[] {
  const role = roleOf(roleArn);
  if (!role) return [];
  return [
    commandLine('aws', 'iam', 'get-role', '--role-name', role.name, '--query', 'Role.PermissionsBoundary'),
    commandLine('aws', 'iam', 'list-attached-role-policies', '--role-name', role.name),
    commandLine('aws', 'iam', 'list-role-policies', '--role-name', role.name),
  ];
}
