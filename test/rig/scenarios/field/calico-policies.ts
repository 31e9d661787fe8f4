import { node, small } from '../small.ts';
import { networkPolicy } from './policies.ts';

export const calicoPolicies = small({
  name: 'calico-policies',
  story:
    'Calico enforces policies beside aws-node, which gives the addresses; its own policy agent is off, as it should be.',
  daemonSets: [
    { namespace: 'kube-system', name: 'kube-proxy', hostNetwork: true },
    { namespace: 'calico-system', name: 'calico-node', hostNetwork: true },
  ],
  nodes: { a: node('a', 12), b: node('b', 10) },
  objects: () => [networkPolicy],
  told: [],
});
