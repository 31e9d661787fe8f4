/** What an administrator pastes: the IAM policy, the RBAC manifest, the EKS access entry, each for the principal given. */
import { Document, isScalar, visit } from 'yaml';
import type { Required, RequiredRule } from '../collect/permissions.ts';
import { type MadeBy, reportHead } from '../contract/head.ts';
import type { PermissionsReport, PolicyStatement } from '../contract/permissions.ts';
import { commandLine, refusalOf, withInput } from '../shell.ts';

/** Name of the policy, the roles and the group: one name to look for, and to remove. */
const NAME = 'vpccni-inspect';

export interface Recipient {
  readonly principal?: Principal;
  readonly cluster?: string;
  readonly region?: string;
}

export interface Principal {
  readonly arn: string;
  readonly kind: 'role' | 'user';
  readonly name: string;
}

/** A principal that cannot be given permissions as it stands. One line for the user. */
export class PrincipalError extends Error {}

const IAM_ARN = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/;
const SESSION_ARN = /^(arn:aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/.+$/;

/** @throws PrincipalError */
export function parsePrincipal(arn: string): Principal {
  const match = IAM_ARN.exec(arn);
  if (match) return { arn, kind: match[1] as 'role' | 'user', name: match[2]! };
  const session = SESSION_ARN.exec(arn);
  if (session)
    throw new PrincipalError(
      `${arn} is a session; give its role, ${session[1]}:iam::${session[2]}:role/${session[3]} if the role has no path`,
    );
  throw new PrincipalError(`"${arn}" is not the ARN of an IAM role or user`);
}

export function permissionsReport(required: Required, to: Recipient, madeBy: MadeBy): PermissionsReport {
  const policy = policyOf(required);
  const objects = manifestOf(required.rules);
  const manifest = objects.map(yamlOf).join('---\n');
  return {
    ...reportHead('Permissions', madeBy),
    iam: { policy, commands: to.principal ? [putPolicy(to.principal, policy)] : [] },
    rbac: { objects, manifest, commands: [withInput(commandLine('kubectl', 'apply', '-f', '-'), listOf(objects))] },
    accessEntry: { group: NAME, commands: accessEntry(to) },
    flagsMissing: [...(to.principal ? [] : ['--principal']), ...(to.cluster ? [] : ['--cluster'])],
    calls: required.calls,
    proof: proofOf(required),
  };
}

function policyOf({ actions }: Required): PermissionsReport['iam']['policy'] {
  const statement = (Sid: string, Action: readonly string[]): PolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Resource: '*',
    Action,
  });
  const optional = actions.optional.length > 0 ? [statement('VpccniOptional', actions.optional)] : [];
  return { Version: '2012-10-17', Statement: [statement('VpccniCore', actions.core), ...optional] };
}

function putPolicy({ kind, name }: Principal, policy: object): string {
  const document = JSON.stringify(policy);
  return commandLine(
    ...['aws', 'iam', `put-${kind}-policy`, `--${kind}-name`, name],
    ...['--policy-name', NAME, '--policy-document', document],
  );
}

function accessEntry({ principal, cluster, region }: Recipient): string[] {
  if (!principal || !cluster) return [];
  const command = commandLine(
    ...['aws', 'eks', 'create-access-entry', '--cluster-name', cluster, '--principal-arn', principal.arn],
    ...['--kubernetes-groups', NAME],
    ...(region ? ['--region', region] : []),
  );
  const refusal = refusalOf(command);
  if (refusal !== undefined) throw new PrincipalError(`--cluster and --region: ${refusal}`);
  return [command];
}

type KubernetesObject = PermissionsReport['rbac']['objects'][number];

const RBAC = 'rbac.authorization.k8s.io';

/** A ClusterRole for what is asked cluster-wide, a Role a namespace for the rest, each bound to the group. */
function manifestOf(rules: readonly RequiredRule[]): KubernetesObject[] {
  const namespaces = [...new Set(rules.flatMap((r) => r.namespace ?? []))].sort();
  return [undefined, ...namespaces].flatMap((namespace) => {
    const mine = rules.filter((r) => r.namespace === namespace);
    return mine.length > 0 ? roleAndBinding(mine, namespace) : [];
  });
}

function roleAndBinding(rules: readonly RequiredRule[], namespace: string | undefined): KubernetesObject[] {
  const prefix = namespace === undefined ? 'Cluster' : '';
  const metadata = { name: NAME, ...(namespace === undefined ? {} : { namespace }) };
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${prefix}Role`,
      metadata,
      rules: rules.map(({ namespace: _, ...rule }) => rule),
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${prefix}RoleBinding`,
      metadata,
      roleRef: { apiGroup: RBAC, kind: `${prefix}Role`, name: NAME },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: NAME }],
    },
  ];
}

/** One document of all the objects, as the API knows it. */
function listOf(items: readonly object[]): object {
  return { apiVersion: 'v1', kind: 'List', items };
}

/** Lists of words on one line: a manifest of one screen is read before it is applied. */
function yamlOf(object: object): string {
  const document = new Document(object);
  visit(document, {
    Seq: (_, list) => {
      if (list.items.every(isScalar)) list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

const AWS_VERBS = ['Describe', 'Get', 'List'];
const KUBERNETES_VERBS = ['get', 'list'];

function proofOf({ actions, rules }: Required): PermissionsReport['proof'] {
  const reads = [...actions.core, ...actions.optional].every((a) =>
    AWS_VERBS.some((v) => a.split(':')[1]?.startsWith(v)),
  );
  const gets = rules.every((r) => r.verbs.every((v) => KUBERNETES_VERBS.includes(v)));
  return { awsVerbs: AWS_VERBS, kubernetesVerbs: KUBERNETES_VERBS, readOnly: reads && gets };
}
