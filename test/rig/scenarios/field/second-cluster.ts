import { node, small } from '../small.ts';

const ENIS = 3;
const SINGLES = 14;
/** Its one node stands in the subnet too: the primary address of the instance, and on each ENI made since one more than its singles. */
const HELD = 1 + ENIS * (1 + SINGLES);

const CNI = { 'kubernetes.io/role/cni': '1' };

export const secondCluster = small({
  name: 'second-cluster',
  story: 'Another cluster of the VPC draws on the same discovery subnet (amazon-vpc-cni-k8s#2904).',
  subnets: {
    'pods-a': { cidr: '10.0.128.0/24', zone: 'eu-west-1a', role: 'pods', layout: 'loose', tags: CNI },
    'pods-b': { cidr: '10.0.129.0/24', zone: 'eu-west-1b', role: 'pods', layout: 'loose', tags: CNI },
  },
  cni: {
    addonVersion: 'v1.22.4-eksbuild.1',
    previousVersion: 'v1.20.4-eksbuild.2',
    nodeAgentVersion: 'v1.3.5-eksbuild.1',
  },
  nodes: { a: node('a', 12, { podSubnet: 'pods-a' }), b: node('b', 10, { podSubnet: 'pods-b' }) },
  neighbours: { analytics: { subnet: 'pods-a', enis: ENIS, addresses: SINGLES } },
  told: ['SUB008'],
  shows: { SUB008: { cidr: '10.0.128.0/24', clusters: [{ name: 'analytics', addresses: HELD }], tagWorks: true } },
});
