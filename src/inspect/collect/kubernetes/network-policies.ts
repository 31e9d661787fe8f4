import type { NetworkPolicy } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
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
      directions: directionsOf(p.spec),
    }));
    return { data: policies ?? [] };
  },
});

/** Where no types are given: ingress always, egress where it has rules (networking/v1 NetworkPolicySpec, policyTypes). */
function directionsOf(spec: KubernetesObject['spec']): NonNullable<NetworkPolicy['directions']> {
  const rules = (given: unknown) => (Array.isArray(given) ? given.length : 0);
  const types: unknown = spec?.policyTypes;
  const restricts = (type: string, byDefault: boolean) =>
    Array.isArray(types) && types.length > 0 ? types.includes(type) : byDefault;
  return {
    ...(restricts('Ingress', true) ? { ingress: rules(spec?.ingress) } : {}),
    ...(restricts('Egress', rules(spec?.egress) > 0) ? { egress: rules(spec?.egress) } : {}),
  };
}

const NETWORK_POLICIES = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' };
