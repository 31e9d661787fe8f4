import { node, small } from '../small.ts';

export const imageDenied = small({
  name: 'image-denied',
  story:
    'The image of aws-node names the registry of another Region: a new node cannot pull it (amazon-vpc-cni-k8s#1217).',
  cni: {
    status: 'DEGRADED',
    images: { 'aws-node': '602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.20.4-eksbuild.2' },
  },
  nodes: {
    a: node('a', 12),
    b: node('b', 0, {
      broken: true,
      ageMinutes: 45,
      crash: { container: 'aws-node', reason: '', exitCode: 0, restarts: 0, ready: false, waits: 'ImagePullBackOff' },
    }),
  },
  shows: { HLT002: { nodes: 1, pods: [{ container: 'aws-node', reason: 'ImagePullBackOff' }] } },
  told: ['HLT002/image', 'HLT003 <- HLT002', 'ADD002 <- HLT002'],
});
