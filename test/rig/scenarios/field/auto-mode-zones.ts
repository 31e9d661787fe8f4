import { small } from '../small.ts';
import { autoNode } from './auto-mode.ts';

export const autoModeZones = small({
  name: 'auto-mode-zones',
  story: 'The NodeClass of Auto Mode selects subnets for pods in zone a alone, and nodes are launched in b too.',
  vpcCidrs: ['10.0.0.0/16', '100.64.0.0/16'],
  subnets: { 'pods-a': { cidr: '100.64.0.0/19', zone: 'eu-west-1a', role: 'pods', layout: 'loose' } },
  cluster: { autoMode: true, addons: {} },
  cni: { install: 'none' },
  daemonSets: [],
  groups: {},
  nodes: {},
  foreignNodes: { a: autoNode('a'), b: autoNode('b') },
  pods: [{ name: 'web-a', namespace: 'shop', node: 'a', state: 'running' }],
  objects: ({ subnets }) => [
    {
      apiVersion: 'eks.amazonaws.com/v1',
      kind: 'NodeClass',
      metadata: { name: 'default' },
      spec: {
        role: 'auto-mode-zones-node',
        subnetSelectorTerms: [{ id: subnets['nodes-a'] }, { id: subnets['nodes-b'] }],
        podSubnetSelectorTerms: [{ id: subnets['pods-a'] }],
      },
      status: {
        subnets: [
          { id: subnets['nodes-a'], zone: 'eu-west-1a' },
          { id: subnets['nodes-b'], zone: 'eu-west-1b' },
        ],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    },
  ],
  told: ['PLT002/zones'],
  shows: { PLT002: { reason: 'zones', zones: ['eu-west-1b'], nodes: 1 } },
});
