/** Managed policies for the two roles that touch ENIs: aws-node's and the cluster's. */
import { section } from '../../facts/define-fact.ts';
import { commandLine } from '../../shell.ts';
import type { FixContext } from '../support/fix-context.ts';

/** Lets the VPC resource controller, which runs under the cluster role, make trunk and branch ENIs. */
export function allowResourceController(ctx: FixContext): string[] {
  return attach(ctx.cluster?.roleArn, 'AmazonEKSVPCResourceController');
}

/** Lets aws-node manage ENIs and addresses, on the role it runs under. */
export function allowCni(ctx: FixContext, nodeRole: string | undefined): string[] {
  return attach(cniRole(ctx) ?? nodeRole, 'AmazonEKS_CNI_Policy');
}

/** The role of aws-node's service account, by IRSA or Pod Identity; without one it runs under its node's role. */
export function cniRole(ctx: FixContext): string | undefined {
  const association = ctx.run
    .valueOf(section('podIdentity'))
    ?.find((a) => a.namespace === 'kube-system' && a.serviceAccount === 'aws-node');
  return ctx.cni?.serviceAccountRoleArn ?? association?.roleArn ?? ctx.addon?.serviceAccountRoleArn;
}

/** Role of the node groups' nodes where all of them share one. */
export function nodeRole(ctx: FixContext): string | undefined {
  const roles = new Set((ctx.run.valueOf(section('nodegroups')) ?? []).flatMap((g) => g.nodeRole ?? []));
  return roles.size === 1 ? [...roles][0] : undefined;
}

/** `arn:aws:iam::1:role/path/name`: the partition of the policy follows that of the role. */
function attach(roleArn: string | undefined, policy: string): string[] {
  const parts = roleArn && /^arn:([a-z-]+):iam::\d+:role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
  if (!parts) return [];
  const policyArn = `arn:${parts[1]}:iam::aws:policy/${policy}`;
  return [commandLine('aws', 'iam', 'attach-role-policy', '--role-name', parts[2]!, '--policy-arn', policyArn)];
}
