/** Trust of a role: who may take it. Updating it replaces the whole document, so what stands there is written again. */

import { AWS_NODE_SUBJECT, POD_IDENTITY } from '../../facts/support/trust.ts';
import { commandLine } from '../../shell.ts';
import type { IamRole } from '../../snapshot/account.ts';
import type { Cluster } from '../../snapshot/aws.ts';
import { roleOf } from './iam-roles.ts';

type Statement = Readonly<Record<string, unknown>>;

/** Lets the service account kube-system/aws-node take a role by the identity provider of this cluster. */
export function webIdentityTrust(roleArn: string, issuer: string): Statement {
  const [, partition = 'aws', , , account = ''] = roleArn.split(':');
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${issuer}:sub`]: AWS_NODE_SUBJECT, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
  };
}

export function podIdentityTrust(): Statement {
  return { Effect: 'Allow', Principal: { Service: POD_IDENTITY }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
}

/** The trust as it is and one statement more; no command where a principal is of no kind that can be written again. */
export function addTrust(role: IamRole, statement: Statement): string[] {
  const present = role.trust.map(writtenAgain);
  const name = roleOf(role.arn)?.name;
  if (name === undefined || present.includes(undefined)) return [];
  const document = { Version: '2012-10-17', Statement: [...present, statement] };
  return [
    commandLine(
      ...(['aws', 'iam', 'update-assume-role-policy', '--role-name', name] as const),
      ...(['--policy-document', JSON.stringify(document)] as const),
    ),
  ];
}

/** The role itself, where the annotation names one that is not there. */
export function makeRole(roleArn: string, statement: Statement): string[] {
  const role = roleOf(roleArn);
  if (!role) return [];
  const path = /:role(\/.*\/)[^/]+$/.exec(roleArn)?.[1];
  const document = { Version: '2012-10-17', Statement: [statement] };
  return [
    commandLine(
      ...(['aws', 'iam', 'create-role', '--role-name', role.name] as const),
      ...(path && path !== '/' ? ['--path', path] : []),
      ...(['--assume-role-policy-document', JSON.stringify(document)] as const),
    ),
  ];
}

/** As JSON, since the AWS CLI of old fetches what looks like a page. IAM finds the thumbprint by itself. */
export function makeProvider(cluster: Pick<Cluster, 'oidcIssuer'>): string[] {
  if (cluster.oidcIssuer === undefined) return [];
  const input = { Url: cluster.oidcIssuer, ClientIDList: ['sts.amazonaws.com'] };
  return [commandLine('aws', 'iam', 'create-open-id-connect-provider', '--cli-input-json', JSON.stringify(input))];
}

function writtenAgain({ effect, actions, principals, conditions }: IamRole['trust'][number]): Statement | undefined {
  const kinds = new Map<string, string[]>();
  for (const p of principals) {
    const kind = kindOf(p);
    if (!kind) return undefined;
    kinds.set(kind, [...(kinds.get(kind) ?? []), p]);
  }
  if (kinds.size === 0) return undefined;
  const condition: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, key, values } of conditions) condition[operator] = { ...condition[operator], [key]: values };
  return {
    Effect: effect,
    Principal: Object.fromEntries(kinds),
    Action: actions,
    ...(conditions.length > 0 ? { Condition: condition } : {}),
  };
}

function kindOf(principal: string): 'Federated' | 'Service' | 'AWS' | undefined {
  if (/:oidc-provider\/|:saml-provider\//.test(principal)) return 'Federated';
  if (/^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/.test(principal) && !principal.startsWith('cognito')) return 'Service';
  return /^(?:\*|\d{12}|arn:[a-z-]+:(?:iam|sts)::\d{12}:.+)$/.test(principal) ? 'AWS' : undefined;
}
