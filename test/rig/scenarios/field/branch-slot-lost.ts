import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const branchSlotLost = small({
  name: 'branch-slot-lost',
  story:
    'Before v1.20.4 a t3 node, which takes no trunk, loses the slot of one all the same, and pods beyond it wait (containers-roadmap#1554).',
  cni: {
    addonVersion: 'v1.18.6-eksbuild.1',
    previousVersion: 'v1.18.5-eksbuild.1',
    nodeAgentVersion: 'v1.1.4-eksbuild.1',
    env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' },
  },
  groups: {
    main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 },
    small: {
      kind: 'managed',
      subnets: ['nodes-a', 'nodes-b'],
      instanceTypes: ['t3.medium'],
      min: 1,
      max: 4,
      template: false,
    },
  },
  nodes: {
    a: node('a', 10, {
      group: 'small',
      type: 't3.medium',
      maxPods: 17,
      waiting: 3,
      enis: [{ singles: 5 }, { singles: 5 }],
    }),
    b: node('b', 8, { maxPods: 20 }),
  },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: [branchPod('ledger-1', { node: 'b' })],
  told: ['MAX001/trunk'],
  shows: { MAX001: { instanceType: 't3.medium', podIps: 10, maxPods: 17, waitingPods: 3 } },
});
