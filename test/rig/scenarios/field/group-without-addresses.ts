import { node, small } from '../small.ts';

export const groupWithoutAddresses = small({
  name: 'group-without-addresses',
  story: 'A managed group cannot launch: EKS says InsufficientFreeAddresses for its small subnet.',
  subnets: { 'nodes-a': { cidr: '10.0.0.0/28', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' } },
  cluster: { subnets: ['nodes-b', 'public-a'], interfacesIn: ['nodes-b', 'public-a'] },
  groups: {
    main: { kind: 'managed', subnets: ['nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4, template: false },
    small: {
      kind: 'managed',
      subnets: ['nodes-a'],
      instanceTypes: ['m5.large'],
      min: 1,
      max: 4,
      template: false,
      health: [
        {
          code: 'InsufficientFreeAddresses',
          message:
            'One or more of the subnets associated with your node group does not have enough available IP addresses for new nodes.',
          resourceIds: ['subnet-of-zone-a'],
        },
      ],
    },
  },
  services: [{ kind: 'ecs-task', name: 'etl', subnet: 'nodes-a', count: 11 }],
  nodes: { b1: node('b', 10), b2: node('b', 10) },
  told: ['SUB001', 'SUB005', 'NOD007/addresses <- SUB001'],
});
