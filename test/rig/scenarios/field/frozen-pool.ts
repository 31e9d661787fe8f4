import { node, small } from '../small.ts';

export const frozenPool = small({
  name: 'frozen-pool',
  story: 'MINIMUM_IP_TARGET without WARM_IP_TARGET: the pool never grows past the minimum (amazon-vpc-cni-k8s#2896).',
  cni: { env: { MINIMUM_IP_TARGET: '10' } },
  nodes: {
    a: node('a', 10, { waiting: 2, enis: [{ singles: 9 }, { singles: 1 }] }),
    b: node('b', 6, { enis: [{ singles: 9 }, { singles: 1 }] }),
  },
  told: ['CFG003'],
  shows: { CFG003: { minimumIpTarget: 10, ceiling: 10, nodes: 2, nodesAtCeiling: 1, waitingPods: 2 } },
});
