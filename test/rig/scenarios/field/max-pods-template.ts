import { node, small } from '../small.ts';

export const maxPodsTemplate = small({
  name: 'max-pods-template',
  story:
    'A launch template says 110 pods for t3.medium on secondary addresses (karpenter#2029 has the same of a provisioner).',
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['t3.medium'], min: 2, max: 4 } },
  nodes: {
    a: node('a', 15, { type: 't3.medium', maxPods: 110, waiting: 5 }),
    b: node('b', 12, { type: 't3.medium', maxPods: 110 }),
  },
  told: ['MAX001/static'],
  shows: {
    // three ENIs, five pods each; 110 less two on the host network less 15
    MAX001: { podIps: 15, maxPods: 110, overBy: 93, recommendedMaxPods: 17, waitingPods: 5 },
  },
});
