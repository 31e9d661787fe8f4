import { defineKubernetesCollector } from '../define-collector.ts';
import { listAll } from './list-all.ts';
import { nameOf, namespaceOf, selectorOf } from './wire-fields.ts';

export const networkPolicies = defineKubernetesCollector<'networkPolicies'>({
  section: 'networkPolicies',
  purpose: 'whether network policies exist is unknown',
  calls: [{ rbac: { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['get', 'list'] }, tier: 'core' }],
  async collect(kubernetes) {
    const policies = await listAll(kubernetes, NETWORK_POLICIES, (p) => ({
      namespace: namespaceOf(p),
      name: nameOf(p),
      podSelector: selectorOf(p.spec?.podSelector),
    }));
    return { data: policies ?? [] };
  },
});

const NETWORK_POLICIES = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' };
