import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { awsNodeServiceAccount } from '../facts/aws-node-service-account.ts';
import { closedNodes } from '../facts/closed-nodes.ts';
import { cniIdentity } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podIdentityAgent } from '../facts/pod-identity-agent.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import { AWS_NODE_SUBJECT, trustsPodIdentity, webIdentityFault } from '../facts/support/trust.ts';
import { named } from '../shell.ts';
import type { IamRole } from '../snapshot/account.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowCniOn } from './fixes/iam-roles.ts';
import { addTrust, makeProvider, makeRole, podIdentityTrust, webIdentityTrust } from './fixes/trust.ts';
import { aws, kubectl } from './support/commands.ts';

const REASONS = ['role-gone', 'provider', 'trust', 'pod-older', 'agent', 'endpoint'] as const;

const evidence = v.object({
  reason: v.picklist(REASONS),
  by: v.picklist(['irsa', 'pod-identity']),
  role: v.string(),
  /** For trust: what of it does not fit. */
  fault: v.nullable(v.picklist(['issuer', 'subject', 'audience', 'service'])),
  /** Nodes whose aws-node has no credentials of that role, or that have no agent. */
  nodes: v.array(v.string()),
  /** Agents wanted and ready, where it is they that are missing; null where there is no DaemonSet of them. */
  agents: v.nullable(v.object({ desired: v.number(), ready: v.number() })),
});
type Evidence = v.InferOutput<typeof evidence>;
type By = Evidence['by'];

/** Where credentials come from: the token is handed in there. */
const SERVICE: Readonly<Record<By, string>> = { irsa: 'sts', 'pod-identity': 'eks-auth' };
const SYMPTOMS = ['HLT001', 'HLT002', 'HLT003', 'ADD002', 'IAM001'] as const;
const AGENT = 'eks-pod-identity-agent';

export const IAM005 = defineCheck({
  code: 'IAM005',
  title: 'IRSA or Pod Identity is wired wrong',
  severity: 'error',
  grain: 'cluster',
  needs: { account: awsNodeServiceAccount, associations: section('podIdentity'), nodes: nodesServedByCni },
  helps: {
    iam: section('iam'),
    identity: cniIdentity,
    cluster: section('cluster'),
    cni: section('cni'),
    agent: podIdentityAgent,
    closed: closedNodes,
    fix: fixContext,
  },
  partialOk: ['account', 'nodes'],
  explains: SYMPTOMS,
  evidence,
  notApplicable: ({ account, associations }) =>
    ownRole(account.roleArn, associations) === undefined ? 'aws-node runs under the role of its nodes' : undefined,
  evaluate: (from, { gapsOf }): Draft<Evidence>[] => {
    const { account, associations, nodes, iam, cluster, cni, fix } = from;
    const own = ownRole(account.roleArn, associations);
    if (!own) return [];
    const { arn, by } = own;
    const served = nodes.served.map((n) => n.name);
    const base = { reason: 'trust' as const, by, role: arn, fault: null, nodes: [], agents: null };
    const draft = (
      part: Partial<Evidence> & Pick<Evidence, 'reason'>,
      more: Partial<Draft<Evidence>>,
    ): Draft<Evidence> => ({
      key: nameOf(arn),
      subReason: part.reason,
      confidence: 'derived',
      resources: [{ kind: 'role', id: arn }],
      scope: { nodes: served },
      evidence: { ...base, ...part },
      fixes: [],
      ...more,
    });
    const found: Draft<Evidence>[] = [];
    const role = isOfCluster(arn, cluster?.account) ? iam?.roles.find((r) => r.arn === arn) : undefined;
    const issuer = cluster?.oidcIssuer?.replace(/^https:\/\//, '');
    const providersRead = iam !== undefined && !gapsOf('iam').some(ofProviders);
    const noProvider = by === 'irsa' && providersRead && issuer !== undefined && !iam.oidcIssuers.includes(issuer);
    if (noProvider && cluster) found.push(draft({ reason: 'provider' }, { fixes: [provide(makeProvider(cluster))] }));
    if (role && !role.exists) found.push(draft({ reason: 'role-gone' }, { fixes: create(fix, arn, by, issuer) }));
    const fault = role?.exists ? faultOf(role, by, issuer) : undefined;
    if (role && fault) found.push(draft({ reason: 'trust', fault }, { fixes: trust(role, by, issuer) }));
    const older = (cni?.pods ?? []).filter((p) => p.revision !== undefined && p.credentials === undefined && p.node);
    if (older.length > 0) {
      const where = older.map((p) => p.node!);
      const serves = from.identity?.nodeRoles.some(({ role: r }) => mayMakeEnis(r, cluster?.region)) ?? true;
      found.push(
        draft(
          { reason: 'pod-older', nodes: where },
          {
            // their node's role serves meanwhile, where it may
            severity: serves ? 'warning' : 'error',
            scope: { nodes: where },
            explains: serves ? [] : SYMPTOMS,
            fixes: [restart()],
          },
        ),
      );
    }
    const lacking = by === 'pod-identity' ? served.filter((n) => from.agent && !from.agent.nodes.has(n)) : [];
    if (lacking.length > 0 && from.agent)
      found.push(
        draft(
          { reason: 'agent', nodes: lacking, agents: from.agent.counts ?? null },
          { scope: { nodes: lacking }, fixes: [runAgent(fix, from.agent.counts !== undefined)] },
        ),
      );
    const { closed } = from;
    // an endpoint that was not read may be the one
    if (closed && gapsOf('closed').length === 0 && closed.nodes.length > 0 && !closed.reaches(SERVICE[by]))
      found.push(
        draft(
          { reason: 'endpoint', nodes: [...closed.nodes] },
          // a proxy inside the VPC would do as well, and cannot be seen
          { severity: 'warning', scope: { nodes: closed.nodes }, fixes: [openEndpoint(fix, by, closed.subnetIds)] },
        ),
      );
    return found;
  },
  unjudged: ({ account, associations, iam, cluster, agent }, { gapsOf }) => {
    const own = ownRole(account.roleArn, associations);
    if (!own) return undefined;
    const gaps: Gap[] = [];
    if (!iam?.roles.some((r) => r.arn === own.arn)) gaps.push(...gapsOf('iam'));
    if (own.by === 'irsa') gaps.push(...gapsOf('iam').filter(ofProviders), ...(cluster ? [] : gapsOf('cluster')));
    gaps.push(...gapsOf('closed'));
    if (own.by === 'pod-identity' && agent === undefined) gaps.push(...gapsOf('agent'));
    if (gaps.length === 0 && !isOfCluster(own.arn, cluster?.account))
      gaps.push({ kind: 'not-told', reason: 'the role belongs to another account' });
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'role', gaps };
  },
  summary: (e) => {
    const role = nameOf(e.role);
    if (e.reason === 'role-gone') return `aws-node is given role ${role}, which does not exist`;
    if (e.reason === 'provider')
      return `aws-node is given role ${role} by IRSA, and IAM has no OIDC provider of this cluster: nobody can take the role`;
    if (e.reason === 'endpoint')
      return `aws-node is given role ${role} by ${e.by === 'irsa' ? 'IRSA' : 'Pod Identity'}, and ${things(e.nodes.length, 'node')} (${some(e.nodes, 2)}) reach no endpoint of ${SERVICE[e.by]}: their subnets have no route out of the VPC`;
    if (e.reason === 'pod-older')
      return `aws-node on ${things(e.nodes.length, 'node')} (${some(e.nodes, 2)}) carries no credentials of role ${role}: its pods are older than what gives it to them`;
    if (e.reason === 'agent')
      return `aws-node is given role ${role} by Pod Identity, and ${
        e.agents === null
          ? `there is no DaemonSet ${AGENT}`
          : `${AGENT} does not run on ${things(e.nodes.length, 'node')} (${some(e.nodes, 2)}), ${e.agents.ready} of ${e.agents.desired} are ready`
      }`;
    return `role ${role} does not let aws-node in: ${FAULTS[e.fault ?? 'issuer']}`;
  },
  explanation: {
    why: 'As without credentials: every call to EC2 fails, while service account, role and policies all look complete. A role that cannot be taken is not made up for by the role of the node.',
    how: 'For IRSA: role-gone, IAM knows no such role; provider, IAM has no OIDC provider with the issuer of the cluster; trust, no statement lets in that provider for system:serviceaccount:kube-system:aws-node and the audience sts.amazonaws.com. For Pod Identity: trust, pods.eks.amazonaws.com may not both sts:AssumeRole and sts:TagSession; agent, no eks-pod-identity-agent on the node. endpoint, a warning: the subnets of nodes have no route out of the VPC and the VPC no interface endpoint of STS, or of eks-auth for Pod Identity. pod-older: an aws-node pod was made before its service account got the role, a warning where the role of the nodes serves meanwhile.',
    fix: 'Correct the trust, make what is missing, and restart aws-node so that its pods take the role.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1454',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2752',
    ],
  },
});

const FAULTS: Readonly<Record<NonNullable<Evidence['fault']>, string>> = {
  issuer: "its trust does not name this cluster's OIDC provider",
  subject: `its trust is for another service account than ${AWS_NODE_SUBJECT.split(':').slice(2).join('/')}`,
  audience: 'its trust asks for another audience than sts.amazonaws.com',
  service: 'its trust does not let pods.eks.amazonaws.com take it and tag the session',
};

function ownRole(
  annotated: string | null,
  associations: readonly { readonly namespace: string; readonly serviceAccount: string; readonly roleArn?: string }[],
): { readonly arn: string; readonly by: By } | undefined {
  if (annotated !== null) return { arn: annotated, by: 'irsa' };
  const found = associations.find((a) => a.namespace === 'kube-system' && a.serviceAccount === 'aws-node');
  return found?.roleArn === undefined ? undefined : { arn: found.roleArn, by: 'pod-identity' };
}

function ofProviders(gap: Gap): boolean {
  return gap.permission === undefined || /OpenIDConnect/.test(gap.permission);
}

/** IAM was asked in the account of the cluster. */
function isOfCluster(arn: string, account: string | undefined): boolean {
  return account === undefined || arn.split(':')[4] === account;
}

function faultOf(role: IamRole, by: By, issuer: string | undefined): Evidence['fault'] | undefined {
  if (by === 'pod-identity') return trustsPodIdentity(role) ? undefined : 'service';
  return issuer === undefined ? undefined : webIdentityFault(role, issuer);
}

function mayMakeEnis(role: IamRole, region: string | undefined): boolean {
  return ['allowed', 'conditional'].includes(
    verdictOn(role, 'ec2:CreateNetworkInterface', 'network-interface', region),
  );
}

function nameOf(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}

function provide(commands: string[]): Fix {
  return {
    title: 'Make the OIDC provider of this cluster',
    commands,
    changes: "IAM accepts tokens of the cluster's service accounts; aws-node takes its role at the next try.",
    effect: 'minutes',
  };
}

function trustFor(by: By, arn: string, issuer: string | undefined) {
  if (by === 'pod-identity') return podIdentityTrust();
  return issuer === undefined ? undefined : webIdentityTrust(arn, issuer);
}

function create(fix: FixContext, arn: string, by: By, issuer: string | undefined): Fix[] {
  const statement = trustFor(by, arn, issuer);
  if (!statement) return [];
  return [
    {
      title: 'Make the role again, with the trust and the policy aws-node needs',
      commands: [...makeRole(arn, statement), ...allowCniOn(fix, arn)],
      changes: 'aws-node takes the role at its next try.',
      effect: 'minutes',
      risk: 'Where the role was renamed, name the new one in the service account instead.',
    },
  ];
}

function trust(role: IamRole, by: By, issuer: string | undefined): Fix[] {
  const statement = trustFor(by, role.arn, issuer);
  if (!statement) return [];
  return [
    {
      title: 'Let aws-node take the role',
      commands: addTrust(role, statement),
      changes:
        'Writes the trust of the role anew: the statements that stand there, and one for the service account aws-node.',
      effect: 'minutes',
    },
  ];
}

function restart(): Fix {
  return {
    title: 'Restart aws-node, so that its pods take the role',
    commands: [kubectl('-n', 'kube-system', 'rollout', 'restart', 'ds/aws-node')],
    changes: 'New pods of aws-node get the credentials of the role, node by node; running pods keep their network.',
    effect: 'minutes',
  };
}

function openEndpoint(fix: FixContext, by: By, subnetIds: readonly string[]): Fix {
  const { cluster, region } = fix;
  const china = cluster?.arn.startsWith('arn:aws-cn:') ? 'cn.' : '';
  const commands =
    cluster?.vpcId && region && cluster.clusterSecurityGroupId
      ? [
          aws(
            fix,
            ...['ec2', 'create-vpc-endpoint', '--vpc-id', cluster.vpcId, '--vpc-endpoint-type', 'Interface'],
            ...['--service-name', `${china}com.amazonaws.${region}.${SERVICE[by]}`, '--private-dns-enabled'],
            ...['--subnet-ids', ...subnetIds.map((s) => named('subnet', s))],
            ...['--security-group-ids', named('security-group', cluster.clusterSecurityGroupId)],
          ),
        ]
      : [];
  return {
    title: `Open an endpoint of ${SERVICE[by]} in the VPC`,
    commands,
    changes: `Nodes reach ${SERVICE[by]} without leaving the VPC; aws-node gets its credentials at the next try.`,
    effect: 'minutes',
    risk: 'An endpoint takes one subnet in each zone: leave the others out. It costs by the hour. A proxy inside the VPC, which cannot be seen from here, does as well.',
  };
}

function runAgent(fix: FixContext, installed: boolean): Fix {
  const base = { effect: 'minutes' as const };
  if (!installed && fix.cluster)
    return {
      ...base,
      title: `Install the add-on ${AGENT}`,
      commands: [aws(fix, ...['eks', 'create-addon', '--cluster-name', fix.cluster.name, '--addon-name', AGENT])],
      changes: 'Runs the agent on every node, which hands aws-node the credentials of its role.',
    };
  return {
    ...base,
    title: `See why ${AGENT} does not run there`,
    commands: [
      kubectl('-n', 'kube-system', 'get', 'pods', '-l', `app.kubernetes.io/name=${AGENT}`, '-o', 'wide'),
      kubectl('-n', 'kube-system', 'describe', `ds/${AGENT}`),
    ],
    changes:
      'Nothing: shows its pods and what the DaemonSet says. Taints, a selector, or a port of the node that is taken keep it away.',
  };
}
