import { node, small } from '../small.ts';

export const subnetFull = small({
  name: 'subnet-full',
  story: 'The /27 of zone a is used up and pods wait for an address (amazon-vpc-cni-k8s#2294).',
  subnets: {
    'nodes-a': { cidr: '10.0.0.0/27', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' },
    'control-a': { cidr: '10.0.250.0/27', zone: 'eu-west-1a', role: 'control-plane', layout: 'loose' },
    'control-b': { cidr: '10.0.250.32/27', zone: 'eu-west-1b', role: 'control-plane', layout: 'loose' },
  },
  cluster: { subnets: ['control-a', 'control-b'], interfacesIn: ['control-a', 'control-b'] },
  nodes: {
    a1: node('a', 15, { waiting: 2, enis: [{ singles: 9 }, { singles: 6 }], ageMinutes: 5 * 24 * 60 }),
    a2: node('a', 9, { waiting: 1, enis: [{ singles: 9 }], ageMinutes: 5 * 24 * 60 }),
    b: node('b', 10),
  },
  told: ['SUB001', 'SUB003 <- SUB001'],
  stays: { SUB001: 'a warning: pods have another subnet now, and no further node can be launched in this one' },
  shows: {
    // a /27 less five; a node comes up with its own address and nine more
    SUB001: { free: 0, total: 27, neededByOneNode: 10, waitingPods: 3 },
  },
});
