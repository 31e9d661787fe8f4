import type { SecurityGroupPolicy, Selector } from '../../snapshot/kubernetes.ts';
import type { Gap } from '../../snapshot/section.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import { gapOfFailure } from '../failure.ts';
import type { KubernetesAccess, KubernetesObject } from './access.ts';
import { listAll, listServed } from './list-all.ts';
import { matchesSelector } from './selector.ts';
import { createdAt, nameOf, namespaceOf, selectorOf, textMap, texts } from './wire-fields.ts';

export const securityGroupPolicies = defineKubernetesCollector<'securityGroupPolicies'>({
  section: 'securityGroupPolicies',
  purpose: 'which pods are meant to have security groups of their own is unknown',
  calls: [
    {
      rbac: { group: 'vpcresources.k8s.aws', resource: 'securitygrouppolicies', verbs: ['get', 'list'] },
      tier: 'core',
    },
    { rbac: { group: '', resource: 'serviceaccounts', verbs: ['list'] }, tier: 'optional' },
  ],
  collect: async (kubernetes) => {
    const policies = await listServed(kubernetes, POLICIES, ['v1beta1'], reduce);
    const byLabels = policies.filter((p) => p.serviceAccountSelector && hasLabels(p.serviceAccountSelector));
    const namespaces = [...new Set(byLabels.map((p) => p.namespace))];
    const read = await Promise.all(namespaces.map(async (n) => [n, await accountsOf(kubernetes, n)] as const));
    const accounts = new Map(read);
    return { data: policies.map((p) => withSelected(p, accounts.get(p.namespace))) };
  },
});

interface Account {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Accounts = { readonly accounts: readonly Account[] } | { readonly unread: Gap };

/** Where they could not be read, why: the section is whole without them, and the check that asks for them says so. */
async function accountsOf(kubernetes: KubernetesAccess, namespace: string): Promise<Accounts | undefined> {
  const path = { group: '', version: 'v1', resource: 'serviceaccounts', namespace };
  const account = (a: KubernetesObject): Account => ({ name: nameOf(a), labels: textMap(a.metadata?.labels) });
  try {
    const accounts = await listAll(kubernetes, path, account, { metadataOnly: true });
    return accounts && { accounts };
  } catch (error) {
    return { unread: gapOfFailure(error) };
  }
}

function withSelected(policy: SecurityGroupPolicy, read: Accounts | undefined): SecurityGroupPolicy {
  const { serviceAccountSelector: by } = policy;
  if (!by || !read || !hasLabels(by)) return policy;
  if ('unread' in read) return { ...policy, serviceAccountSelector: { ...by, unread: read.unread } };
  const selected = read.accounts.filter((a) => matchesSelector(by, a.labels)).map((a) => a.name);
  return { ...policy, serviceAccountSelector: { ...by, selected } };
}

function hasLabels({ matchLabels, matchExpressions }: Selector): boolean {
  return Object.keys(matchLabels).length > 0 || matchExpressions.length > 0;
}

const POLICIES = { group: 'vpcresources.k8s.aws', resource: 'securitygrouppolicies' };

/** A selector that is present but empty selects the whole namespace, so absence is kept apart. */
function reduce(p: KubernetesObject): SecurityGroupPolicy {
  const { podSelector, serviceAccountSelector: accounts } = p.spec ?? {};
  return {
    namespace: namespaceOf(p),
    name: nameOf(p),
    createdAt: createdAt(p),
    ...(podSelector ? { podSelector: selectorOf(podSelector) } : {}),
    ...(accounts
      ? { serviceAccountSelector: { ...selectorOf(accounts), matchNames: texts(accounts.matchNames) } }
      : {}),
    securityGroupIds: texts(p.spec?.securityGroups?.groupIds),
  };
}
