/** Managed policies for the two roles that touch ENIs: aws-node's and the cluster's. */
import { type Helps, section } from '../../facts/define-fact.ts';
import { type FixContext, fixContext } from '../../facts/fix-context.ts';
import { commandLine } from '../../shell.ts';

/** What tells the roles: spread into the `helps` of a check. */
export const cniRoleInputs = {
  fix: fixContext,
  podIdentity: section('podIdentity'),
  nodegroups: section('nodegroups'),
};
export type CniRoleInputs = Helps<typeof cniRoleInputs>;

/** Lets the VPC resource controller, which runs under the cluster role, make trunk and branch ENIs. */
export function allowResourceController(ctx: FixContext): string[] {
  return attach(ctx.cluster?.roleArn, 'AmazonEKSVPCResourceController');
}

/** Lets aws-node manage ENIs and addresses, on the role it runs under. */
export function allowCni(from: CniRoleInputs): string[] {
  return attach(cniRole(from) ?? nodeRole(from), 'AmazonEKS_CNI_Policy');
}

/** The role of aws-node's service account, by IRSA or Pod Identity; without one it runs under its node's role. */
export function cniRole({ fix, podIdentity }: CniRoleInputs): string | undefined {
  const association = podIdentity?.find((a) => a.namespace === 'kube-system' && a.serviceAccount === 'aws-node');
  return fix.cni?.serviceAccountRoleArn ?? association?.roleArn ?? fix.addon?.serviceAccountRoleArn;
}

/** Role of the node groups' nodes where all of them share one. */
export function nodeRole({ nodegroups }: CniRoleInputs): string | undefined {
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
