import { node, small } from '../small.ts';

export const livelock = small({
  name: 'livelock',
  story:
    'v1.16.3 with warm targets stops growing its pool while the subnet and the node have room (amazon-vpc-cni-k8s#2810).',
  cni: {
    addonVersion: 'v1.16.3-eksbuild.2',
    previousVersion: 'v1.16.2-eksbuild.1',
    nodeAgentVersion: 'v1.0.8-eksbuild.1',
    env: { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '5' },
  },
  nodes: {
    a: node('a', 9, { waiting: 2, enis: [{ singles: 9 }] }),
    b: node('b', 6),
  },
  told: ['ADD007'],
  shows: { ADD007: { version: 'v1.16.3-eksbuild.2', fixedIn: '1.16.4', waitingPods: 2 } },
});
