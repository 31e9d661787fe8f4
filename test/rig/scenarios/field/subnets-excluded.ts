import { node, small } from '../small.ts';

const OUT = { 'kubernetes.io/role/cni': '0' };

export const subnetsExcluded = small({
  name: 'subnets-excluded',
  story:
    'The node subnets are tagged kubernetes.io/role/cni=0 and the zone has no other: no further ENI is made, without a word (amazon-vpc-cni-k8s#2984).',
  subnets: {
    'nodes-a': { cidr: '10.0.0.0/20', zone: 'eu-west-1a', role: 'nodes', layout: 'loose', tags: OUT },
    'nodes-b': { cidr: '10.0.16.0/20', zone: 'eu-west-1b', role: 'nodes', layout: 'loose' },
  },
  cni: {
    addonVersion: 'v1.22.4-eksbuild.1',
    previousVersion: 'v1.20.4-eksbuild.2',
    nodeAgentVersion: 'v1.3.5-eksbuild.1',
  },
  nodes: {
    a: node('a', 9, { waiting: 3, enis: [{ singles: 9 }] }),
    b: node('b', 10),
  },
  told: ['SUB007', 'MAX001/excluded'],
  shows: { SUB007: { nodes: 1, waitingPods: 3 }, MAX001: { podIps: 18, maxPods: 29, custom: 1 } },
});
