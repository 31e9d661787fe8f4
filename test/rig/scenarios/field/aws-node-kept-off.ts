import { node, small } from '../small.ts';

export const awsNodeKeptOff = small({
  name: 'aws-node-kept-off',
  story: 'A node is tainted, and aws-node was given tolerations of its own that do not name the taint: it never comes.',
  cni: { template: { tolerations: [{ key: 'other', operator: 'Exists' }] } },
  nodes: {
    a: node('a', 6),
    b: node('b', 0, {
      withoutCni: true,
      broken: true,
      ageMinutes: 20,
      taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }],
    }),
  },
  told: ['HLT003/not-scheduled'],
  shows: {
    HLT003: {
      because: 'taint',
      keptOffBy: ['dedicated=gpu:NoSchedule', 'node.kubernetes.io/not-ready:NoSchedule'],
      withoutAwsNode: 1,
      notReady: 1,
    },
  },
});
