import type { SecurityGroupPolicy } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listServed } from './list-all.ts';
import { createdAt, nameOf, namespaceOf, selectorOf, texts } from './wire-fields.ts';

export const securityGroupPolicies = defineKubernetesCollector<'securityGroupPolicies'>({
  section: 'securityGroupPolicies',
  purpose: 'which pods are meant to have security groups of their own is unknown',
  calls: [
    {
      rbac: { group: 'vpcresources.k8s.aws', resource: 'securitygrouppolicies', verbs: ['get', 'list'] },
      tier: 'core',
    },
  ],
  collect: async (kubernetes) => ({ data: await listServed(kubernetes, POLICIES, ['v1beta1'], reduce) }),
});

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
