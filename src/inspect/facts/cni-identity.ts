import type { IamRole } from '../snapshot/account.ts';
import type { Gap } from '../snapshot/section.ts';
import { awsNodeServiceAccount } from './aws-node-service-account.ts';
import { defineFact, notTold, section } from './define-fact.ts';
import { nodesServedByCni } from './platforms.ts';
import { addTo } from './support/group-by.ts';

/** Where aws-node's credentials come from: the role of its service account, its Pod Identity association, else its node's. */
export type CredentialSource = 'irsa' | 'pod-identity' | 'node';

/** A role as IAM tells it, with the nodes whose aws-node calls AWS under it. */
export interface RoleInUse {
  readonly role: IamRole;
  readonly nodes: readonly string[];
}

export interface CniIdentity {
  readonly source: CredentialSource;
  /** Roles aws-node calls AWS under, each whole; those that IAM does not know are not among them. */
  readonly roles: readonly RoleInUse[];
  /** Roles of the nodes it serves, whatever aws-node uses. */
  readonly nodeRoles: readonly RoleInUse[];
  /** The role of its service account or association, as that names it. */
  readonly ownRoleArn?: string;
  /** IAM knows no such role. */
  readonly ownRoleGone: boolean;
  /** Nodes whose role is not known, or belongs to another account. */
  readonly unknownNodes: readonly string[];
  /** Nodes whose own role is not known, whatever aws-node uses. */
  readonly rolelessNodes: readonly string[];
  /** Why they are not, where there are such. */
  readonly why: readonly Gap[];
}

const NOT_TOLD: Gap = {
  kind: 'not-told',
  reason: 'the role that aws-node runs under is not known, or of another account',
};

/** What the list of identity providers lacks says nothing of a role. */
const OF_PROVIDERS = /OpenIDConnect/;

/**
 * The roles aws-node calls AWS under. The SDK asks the web identity before the Pod Identity agent, and both before the
 * instance's role (AWS SDK for Go v2, default credential chain). Unknown where a policy of a role could not be read: what a
 * role lacks cannot be told from a part of it.
 */
export const cniIdentity = defineFact({
  id: 'cniIdentity',
  needs: {
    iam: section('iam'),
    account: awsNodeServiceAccount,
    associations: section('podIdentity'),
    nodes: nodesServedByCni,
  },
  helps: { instances: section('instances'), nodegroups: section('nodegroups'), cluster: section('cluster') },
  partWillDo: ['iam'],
  derive: (v, { gapsOf }): CniIdentity | ReturnType<typeof notTold> => {
    const gaps = gapsOf('iam').filter((g: Gap) => !OF_PROVIDERS.test(g.permission ?? ''));
    if (gaps.length > 0) return notTold(gaps);
    const known = new Map(v.iam.roles.map((r) => [r.arn, r]));
    const association = v.associations.find((a) => a.namespace === 'kube-system' && a.serviceAccount === 'aws-node');
    const annotated = v.account.roleArn ?? undefined;
    const ownRoleArn = annotated ?? association?.roleArn;
    const all = v.nodes.served.map((n) => n.name);

    const profiles = new Map(v.instances?.map((i) => [i.instanceId, i.instanceProfileArn]));
    const ofGroup = new Map(v.nodegroups?.map((g) => [g.name, g.nodeRole]));
    const unread = [...gapsOf('instances'), ...gapsOf('nodegroups')];
    const why = unread.length > 0 ? unread : [NOT_TOLD];
    const byRole = new Map<string, string[]>();
    const roleless: string[] = [];
    for (const node of v.nodes.served) {
      const profile = node.instanceId === undefined ? undefined : profiles.get(node.instanceId);
      const fromProfile = profile === undefined ? undefined : v.iam.instanceProfiles[profile];
      const arn = fromProfile ?? ofGroup.get(node.labels['eks.amazonaws.com/nodegroup'] ?? '');
      if (arn === undefined || !known.get(arn)?.exists) roleless.push(node.name);
      else addTo(byRole, arn, node.name);
    }
    const nodeRoles = [...byRole].map(([arn, nodes]): RoleInUse => ({ role: known.get(arn)!, nodes }));
    if (ownRoleArn === undefined)
      return {
        source: 'node',
        roles: nodeRoles,
        nodeRoles,
        ownRoleGone: false,
        unknownNodes: roleless,
        rolelessNodes: roleless,
        why,
      };
    // IAM was asked in the cluster's account, where a role of the same name is another one
    const elsewhere = v.cluster !== undefined && accountOf(ownRoleArn) !== v.cluster.account;
    const own = elsewhere ? undefined : known.get(ownRoleArn);
    return {
      source: annotated === undefined ? 'pod-identity' : 'irsa',
      roles: own?.exists ? [{ role: own, nodes: all }] : [],
      nodeRoles,
      ownRoleArn,
      ownRoleGone: own?.exists === false,
      unknownNodes: own ? [] : all,
      rolelessNodes: roleless,
      why: own ? why : [NOT_TOLD],
    };
  },
});

function accountOf(roleArn: string): string | undefined {
  return roleArn.split(':')[4];
}

/** Nodes that a check of the role passes over. */
export function nodesWithoutRole({ unknownNodes, roles, why }: CniIdentity) {
  if (unknownNodes.length === 0) return undefined;
  const of = unknownNodes.length + roles.reduce((n, r) => n + r.nodes.length, 0);
  return { count: unknownNodes.length, of, what: 'node', gaps: why };
}
