import { node, small } from '../small.ts';

export const quietFargate = small({
  name: 'quiet-fargate',
  story: 'A Fargate profile beside a managed group.',
  fargateProfiles: { reports: ['nodes-a', 'nodes-b'] },
  nodes: { a: node('a', 12), b: node('b', 10) },
  foreignNodes: {
    f1: { platform: 'fargate', type: '', zone: 'eu-west-1a', subnet: 'nodes-a', maxPods: 1, ageMinutes: 300 },
  },
  pods: [
    {
      name: 'monthly-1',
      namespace: 'reports',
      node: 'f1',
      state: 'running',
      address: 'none',
      labels: { 'eks.amazonaws.com/fargate-profile': 'reports' },
      spec: { schedulerName: 'fargate-scheduler' },
    },
  ],
  told: [],
});
