import { node, small } from '../small.ts';
import { networkPolicy } from './policies.ts';

export const policiesEnforced = small({
  name: 'policies-enforced',
  story: 'Network policies are enforced, and the PolicyEndpoint of one lists no pod though its policy selects some.',
  cni: { networkPolicy: { agent: true, controller: true } },
  nodes: { a: node('a', 12), b: node('b', 10) },
  objects: () => [
    networkPolicy,
    {
      apiVersion: 'networking.k8s.aws/v1alpha1',
      kind: 'PolicyEndpoint',
      metadata: { name: 'web-only-x7k2p', namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyRef: { name: 'web-only', namespace: 'shop' },
        podIsolation: ['Ingress'],
        ingress: [],
        egress: [],
        podSelectorEndpoints: [],
      },
    },
  ],
  told: ['NPL009/stale'],
  shows: { NPL009: { policy: 'shop/web-only', policyEndpoints: ['web-only-x7k2p'] } },
});
