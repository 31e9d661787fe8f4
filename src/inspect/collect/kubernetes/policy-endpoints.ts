import { defineKubernetesCollector } from '../define-collector.ts';
import { listServed } from './list-all.ts';
import { createdAt, list, nameOf, namespaceOf, text } from './wire-fields.ts';

export const policyEndpoints = defineKubernetesCollector<'policyEndpoints'>({
  section: 'policyEndpoints',
  purpose: 'whether network policies reached the node agents is unknown',
  calls: [{ rbac: { group: 'networking.k8s.aws', resource: 'policyendpoints', verbs: ['get', 'list'] }, tier: 'core' }],
  collect: async (kubernetes) => ({
    data: await listServed(kubernetes, ENDPOINTS, ['v1alpha1'], (e) => {
      const pods = list(e.spec?.podSelectorEndpoints).filter((p) => text(p.name) !== undefined);
      return {
        namespace: namespaceOf(e),
        name: nameOf(e),
        policy: text(e.spec?.policyRef?.name) ?? '',
        pods: pods.map((p) => text(p.name)!),
        podIps: pods.map((p) => text(p.podIP) ?? ''),
        createdAt: createdAt(e),
      };
    }),
  }),
});

const ENDPOINTS = { group: 'networking.k8s.aws', resource: 'policyendpoints' };
