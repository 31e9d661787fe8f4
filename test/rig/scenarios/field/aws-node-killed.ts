import { node, small } from '../small.ts';

export const awsNodeKilled = small({
  name: 'aws-node-killed',
  story: 'The policy agent of one node runs out of memory again and again (aws-network-policy-agent#455).',
  cni: { status: 'DEGRADED' },
  nodes: {
    a: node('a', 12, {
      crash: { container: 'aws-eks-nodeagent', reason: 'OOMKilled', exitCode: 137, restarts: 40, ready: true },
    }),
    b: node('b', 10),
  },
  told: ['HLT002/memory', 'ADD002 <- HLT002'],
  shows: { HLT002: { nodes: 1, desired: 2, pods: [{ container: 'aws-eks-nodeagent', exitCode: 137, restarts: 40 }] } },
});
