import { node, small } from '../small.ts';

const crash = { container: 'aws-eks-nodeagent', reason: 'Error', exitCode: 1, restarts: 25, ready: true };

export const agentPort = small({
  name: 'agent-port',
  story: 'The policy agent of v1.14.0 binds 8080, which another host-network pod has (amazon-vpc-cni-k8s#2540).',
  cni: {
    addonVersion: 'v1.14.0-eksbuild.3',
    previousVersion: 'v1.13.4-eksbuild.1',
    nodeAgentVersion: 'v1.0.1-eksbuild.1',
    updatedMinutesAgo: 90,
    status: 'DEGRADED',
  },
  nodes: { a: node('a', 12, { crash }), b: node('b', 10, { crash }) },
  told: ['ADD007', 'HLT002/crash <- ADD007', 'ADD002 <- ADD007'],
  shows: { ADD007: { version: 'v1.14.0-eksbuild.3', fixedIn: '1.14.1', agentExits: 2 } },
});
