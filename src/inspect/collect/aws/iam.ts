import type { Iam, IamRole, PolicyStatement } from '../../snapshot/account.ts';
import type { Gap } from '../../snapshot/section.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { CollectFailure, gapOfFailure } from '../failure.ts';
import type { AwsAccess } from './access.ts';
import { texts } from './defined.ts';
import { statementsOf, trustOf } from './policy-document.ts';

const CALLS = {
  role: 'iam:GetRole',
  attached: 'iam:ListAttachedRolePolicies',
  inlineNames: 'iam:ListRolePolicies',
  inline: 'iam:GetRolePolicy',
  policy: 'iam:GetPolicy',
  version: 'iam:GetPolicyVersion',
  profile: 'iam:GetInstanceProfile',
  providers: 'iam:ListOpenIDConnectProviders',
} as const;

export const iam = defineAwsCollector<'iam'>({
  section: 'iam',
  purpose: 'whether the roles of aws-node, the nodes and the cluster allow what they need is unknown',
  calls: Object.values(CALLS).map((call) => ({ iam: call, tier: 'optional' as const })),
  async collect(aws, ctx) {
    const failures: unknown[] = [];
    const profiles = await instanceProfiles(aws, ctx, failures);
    const users = await rolesInUse(ctx, Object.values(profiles));
    const policies = new Map<string, Promise<PolicyStatement[]>>();
    const roles = await Promise.all([...users].map(([arn, usedBy]) => roleOf(aws, arn, usedBy, policies, failures)));
    const oidcIssuers = await issuers(aws).catch((error) => {
      failures.push(error);
      return undefined;
    });
    const read = roles.filter((r) => r !== undefined);
    // providers alone say nothing of a role
    if (read.length === 0 && failures.length > 0 && (users.size > 0 || !oidcIssuers)) throw failures[0];
    const missing = distinct(failures.map(gapOfFailure));
    return { data: { roles: read, instanceProfiles: profiles, oidcIssuers: oidcIssuers ?? [] }, missing };
  },
});

function distinct(gaps: readonly Gap[]): Gap[] {
  return [...new Map(gaps.map((g) => [`${g.permission ?? ''} ${g.reason}`, g])).values()];
}

/** Roles by ARN with who of the cluster uses them. */
async function rolesInUse(
  ctx: Collecting,
  nodeRoles: readonly string[],
): Promise<ReadonlyMap<string, IamRole['usedBy']>> {
  const [cluster, addons, podIdentity, nodegroups, cni] = await Promise.all([
    ctx.section('cluster'),
    ctx.section('addons'),
    ctx.section('podIdentity'),
    ctx.section('nodegroups'),
    ctx.section('cni'),
  ]);
  const users = new Map<string, IamRole['usedBy']>();
  const add = (arn: string | undefined, user: IamRole['usedBy'][number]) => {
    if (!arn) return;
    const known = users.get(arn) ?? [];
    if (!known.includes(user)) users.set(arn, [...known, user]);
  };
  add(cni?.serviceAccountRoleArn, 'aws-node');
  for (const a of podIdentity ?? []) add(a.roleArn, 'aws-node');
  add(addons?.find((a) => a.name === 'vpc-cni')?.serviceAccountRoleArn, 'aws-node');
  for (const arn of [...nodeRoles, ...(nodegroups ?? []).flatMap((g) => g.nodeRole ?? [])]) add(arn, 'nodes');
  add(cluster?.roleArn, 'cluster');
  return users;
}

/** Role ARN by profile ARN, for the profiles of instances that are nodes. */
async function instanceProfiles(aws: AwsAccess, ctx: Collecting, failures: unknown[]): Promise<Record<string, string>> {
  const [nodes, instances] = await Promise.all([ctx.section('nodes'), ctx.section('instances')]);
  const ids = new Set((nodes ?? []).flatMap((n) => n.instanceId ?? []));
  const arns = new Set(
    (instances ?? []).flatMap((i) => (ids.has(i.instanceId) && i.instanceProfileArn ? [i.instanceProfileArn] : [])),
  );
  const { client, GetInstanceProfileCommand } = await aws.clients.iam();
  const found: Record<string, string> = {};
  for (const arn of arns) {
    try {
      const InstanceProfileName = arn.slice(arn.lastIndexOf('/') + 1);
      const reply = await aws.call(CALLS.profile, () =>
        client.send(new GetInstanceProfileCommand({ InstanceProfileName })),
      );
      const role = reply.InstanceProfile?.Roles?.[0]?.Arn;
      if (role) found[arn] = role;
    } catch (error) {
      if (!isGone(error)) failures.push(error);
    }
  }
  return found;
}

function isGone(error: unknown): boolean {
  return error instanceof CollectFailure && error.kind === 'not-found';
}

/** Undefined where the role itself could not be read. */
async function roleOf(
  aws: AwsAccess,
  arn: string,
  usedBy: IamRole['usedBy'],
  policies: Map<string, Promise<PolicyStatement[]>>,
  failures: unknown[],
): Promise<IamRole | undefined> {
  const { client, GetRoleCommand } = await aws.clients.iam();
  const RoleName = arn.slice(arn.lastIndexOf('/') + 1);
  const head = { arn, name: RoleName, usedBy };
  try {
    const { Role } = await aws.call(CALLS.role, () => client.send(new GetRoleCommand({ RoleName })));
    const boundaryArn = Role?.PermissionsBoundary?.PermissionsBoundaryArn;
    const part = async <T>(read: Promise<T>, otherwise: T): Promise<T> =>
      read.catch((error) => {
        failures.push(error);
        return otherwise;
      });
    const attached = await part(attachedTo(aws, RoleName), []);
    const [managed, inline, boundary] = await Promise.all([
      Promise.all(attached.map((p) => part(policyOf(aws, p, policies), []))),
      part(inlineOf(aws, RoleName), []),
      boundaryArn ? part<PolicyStatement[] | undefined>(policyOf(aws, boundaryArn, policies), undefined) : undefined,
    ]);
    return {
      ...head,
      exists: true,
      attachedPolicies: attached,
      statements: [...managed.flat(), ...inline],
      ...(boundary ? { boundary } : {}),
      trust: trustOf(Role?.AssumeRolePolicyDocument),
    };
  } catch (error) {
    if (isGone(error)) return { ...head, exists: false, attachedPolicies: [], statements: [], trust: [] };
    failures.push(error);
    return undefined;
  }
}

async function attachedTo(aws: AwsAccess, RoleName: string): Promise<string[]> {
  const { client, ListAttachedRolePoliciesCommand } = await aws.clients.iam();
  return aws.pages(
    CALLS.attached,
    (Marker) => client.send(new ListAttachedRolePoliciesCommand({ RoleName, MaxItems: 100, Marker })),
    (out) => ({ items: texts(out.AttachedPolicies?.map((p) => p.PolicyArn)), next: out.Marker }),
  );
}

/** The version in force; a policy that several roles share is read once. */
function policyOf(
  aws: AwsAccess,
  PolicyArn: string,
  known: Map<string, Promise<PolicyStatement[]>>,
): Promise<PolicyStatement[]> {
  const reading = known.get(PolicyArn) ?? readPolicy(aws, PolicyArn);
  known.set(PolicyArn, reading);
  return reading;
}

async function readPolicy(aws: AwsAccess, PolicyArn: string): Promise<PolicyStatement[]> {
  const { client, GetPolicyCommand, GetPolicyVersionCommand } = await aws.clients.iam();
  const { Policy } = await aws.call(CALLS.policy, () => client.send(new GetPolicyCommand({ PolicyArn })));
  const VersionId = Policy?.DefaultVersionId ?? 'v1';
  const reply = await aws.call(CALLS.version, () => client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })));
  return statementsOf(reply.PolicyVersion?.Document);
}

async function inlineOf(aws: AwsAccess, RoleName: string): Promise<PolicyStatement[]> {
  const { client, ListRolePoliciesCommand, GetRolePolicyCommand } = await aws.clients.iam();
  const names = await aws.pages(
    CALLS.inlineNames,
    (Marker) => client.send(new ListRolePoliciesCommand({ RoleName, MaxItems: 100, Marker })),
    (out) => ({ items: texts(out.PolicyNames), next: out.Marker }),
  );
  const documents = await Promise.all(
    names.map((PolicyName) =>
      aws.call(CALLS.inline, () => client.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    ),
  );
  return documents.flatMap((d) => statementsOf(d.PolicyDocument));
}

/** `arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC` names the issuer. */
async function issuers(aws: AwsAccess): Promise<Iam['oidcIssuers']> {
  const { client, ListOpenIDConnectProvidersCommand } = await aws.clients.iam();
  const reply = await aws.call(CALLS.providers, () => client.send(new ListOpenIDConnectProvidersCommand({})));
  return texts(reply.OpenIDConnectProviderList?.map((p) => p.Arn?.split(':oidc-provider/')[1]));
}
