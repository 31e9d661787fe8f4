import { node, small } from '../small.ts';

export const sharedVpc = small({
  name: 'shared-vpc',
  story: 'The subnets belong to another account, which shares them.',
  subnets: {
    'nodes-a': { cidr: '10.0.0.0/20', zone: 'eu-west-1a', role: 'nodes', layout: 'loose', owner: '444455556666' },
    'nodes-b': { cidr: '10.0.16.0/20', zone: 'eu-west-1b', role: 'nodes', layout: 'loose', owner: '444455556666' },
  },
  nodes: { a: node('a', 12), b: node('b', 10) },
  told: [],
});
