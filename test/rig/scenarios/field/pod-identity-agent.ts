import { node, small } from '../small.ts';

const crash = { container: 'aws-node', reason: 'Error', exitCode: 2, restarts: 14, ready: true };

export const podIdentityAgent = small({
  name: 'pod-identity-agent',
  story:
    'aws-node has its role from Pod Identity and no node runs the agent that hands it out: it exits with code 2 (amazon-vpc-cni-k8s#3840).',
  cluster: { podIdentityRole: 'shop-vpc-cni' },
  cni: { status: 'DEGRADED' },
  nodes: { a: node('a', 12, { crash }), b: node('b', 10, { crash }) },
  shows: { IAM005: { by: 'pod-identity', agents: null } },
  stays: {
    IAM005: 'EKS does not bring the DaemonSet of another add-on here',
    HLT002: 'as IAM005',
    ADD002: 'as IAM005',
  },
  told: ['IAM005/agent', 'HLT002/crash <- IAM005', 'ADD002 <- IAM005'],
});
