import { node, small } from '../small.ts';
import { policyFor } from './branch-pods.ts';
import { controllerRefused } from './controller-refused.ts';

export const controllerRefusedFull = small({
  name: 'controller-refused-full',
  story:
    'The controller may not make a trunk, its slot stays reserved, and ordinary pods find the node full (amazon-vpc-cni-k8s#1203).',
  cluster: { rolePolicies: ['AmazonEKSClusterPolicy'] },
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  nodes: {
    a: node('a', 18, { waiting: 3, trunk: false, enis: [{ singles: 9 }, { singles: 9 }] }),
    b: node('b', 8, { trunk: false, enis: [{ singles: 9 }, { singles: 9 }] }),
  },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  events: controllerRefused.events,
  told: ['IAM001', 'MAX001/trunk', 'SGP003/role <- IAM001'],
  shows: {
    // two ENIs of three, nine pods each; 29 less two on the host network less 18
    IAM001: { caller: 'resource-controller', nodes: 2 },
    MAX001: { trunk: 1, podIps: 18, maxPods: 29, overBy: 9, waitingPods: 3 },
  },
});
