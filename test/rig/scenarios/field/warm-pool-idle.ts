import { node, small } from '../small.ts';

const few = (zone: 'a' | 'b', apps: number) =>
  node(zone, apps, { type: 'm5.xlarge', maxPods: 58, enis: [{ singles: 14 }, { singles: 14 }, { singles: 14 }] });

export const warmPoolIdle = small({
  name: 'warm-pool-idle',
  story:
    'WARM_ENI_TARGET 2 keeps two whole ENIs for nodes with few pods, and their subnet runs dry (amazon-vpc-cni-k8s#1635).',
  subnets: { 'nodes-a': { cidr: '10.0.0.0/25', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' } },
  cni: { env: { WARM_ENI_TARGET: '2' } },
  groups: {
    main: {
      kind: 'managed',
      subnets: ['nodes-a', 'nodes-b'],
      instanceTypes: ['m5.xlarge'],
      min: 1,
      max: 4,
      template: false,
    },
  },
  nodes: { a1: few('a', 6), a2: few('a', 5), b: few('b', 8) },
  told: ['SUB001', 'SUB006'],
  stays: { SUB006: 'nobody gives addresses back here' },
  shows: { SUB006: { held: 126, used: 19, idle: 107 }, SUB001: { free: 32, neededByOneNode: 30 } },
});
