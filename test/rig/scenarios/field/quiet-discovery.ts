import { node, small } from '../small.ts';

const CNI = { 'kubernetes.io/role/cni': '1' };

export const quietDiscovery = small({
  name: 'quiet-discovery',
  story: 'Pods take their ENIs from subnets tagged kubernetes.io/role/cni, the node subnets are small.',
  vpcCidrs: ['10.0.0.0/16', '100.64.0.0/16'],
  subnets: {
    'nodes-a': { cidr: '10.0.0.0/25', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' },
    'nodes-b': { cidr: '10.0.0.128/25', zone: 'eu-west-1b', role: 'nodes', layout: 'loose' },
    'pods-a': { cidr: '100.64.0.0/19', zone: 'eu-west-1a', role: 'pods', layout: 'loose', tags: CNI },
    'pods-b': { cidr: '100.64.32.0/19', zone: 'eu-west-1b', role: 'pods', layout: 'loose', tags: CNI },
  },
  nodes: { a: node('a', 12, { podSubnet: 'pods-a' }), b: node('b', 10, { podSubnet: 'pods-b' }) },
  told: [],
});
