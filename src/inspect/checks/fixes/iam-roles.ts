/** Managed policies for the two roles that touch ENIs: aws-node's and the cluster's. */

import { awsNodeServiceAccount } from '../../facts/aws-node-service-account.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { type FixContext, fixContext } from '../../facts/fix-context.ts';
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
  return attach(cniRole(from), 'AmazonEKS_CNI_Policy');
}

/**
 * The role aws-node runs under: that of its service account by IRSA or Pod Identity, else its nodes'. What the add-on names
 * counts only where the annotation could not be read: without the annotation nothing hands that role out.
 */
export function cniRole(from: CniRoleInputs): string | undefined {
  const annotated = from.fix.cni?.serviceAccountRoleArn;
  const association = associationOf(from);
  if (annotated ?? association) return annotated ?? association;
  const unread = from.fix.addon?.serviceAccountRoleArn !== undefined && !annotationRead(from);
  return unread ? from.fix.addon?.serviceAccountRoleArn : nodeRole(from);
}

/** The role that the add-on names and the service account has lost; undefined where that cannot be told. */
export function lostRole(from: CniRoleInputs): string | undefined {
  const named = from.fix.addon?.serviceAccountRoleArn;
  const has = from.fix.cni?.serviceAccountRoleArn ?? associationOf(from);
  return has === undefined && annotationRead(from) ? named : undefined;
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

/** `arn:aws:iam::1:role/path/name`: the partition of the policy follows that of the role. */
function attach(roleArn: string | undefined, policy: string): string[] {
  const parts = roleArn && /^arn:([a-z-]+):iam::\d+:role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  if (!parts) return [];
  const policyArn = `arn:${parts[1]}:iam::aws:policy/${policy}`;
  return [commandLine('aws', 'iam', 'attach-role-policy', '--role-name', parts[2]!, '--policy-arn', policyArn)];
}
