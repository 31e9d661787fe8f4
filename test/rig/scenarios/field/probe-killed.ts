import { node, small } from '../small.ts';

export const probeKilled = small({
  name: 'probe-killed',
  story:
    'A busy node answers the probe of aws-node too late, which is killed again and again; pods wait meanwhile (amazon-vpc-cni-k8s#1425).',
  cni: { status: 'DEGRADED' },
  nodes: {
    a: node('a', 12, {
      waiting: 2,
      crash: { container: 'aws-node', reason: 'Error', exitCode: 137, restarts: 18, ready: true },
    }),
    b: node('b', 10),
  },
  told: ['HLT002/killed', 'ADD002 <- HLT002'],
  shows: { HLT002: { waitingPods: 2, pods: [{ exitCode: 137, restarts: 18 }] } },
});
