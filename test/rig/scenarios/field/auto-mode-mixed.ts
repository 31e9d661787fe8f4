import { node, small } from '../small.ts';
import { policyFor } from './branch-pods.ts';

export const autoModeMixed = small({
  name: 'auto-mode-mixed',
  story: 'A cluster on its way to Auto Mode: a policy for security groups selects pods that run on Auto nodes now.',
  cluster: { autoMode: true },
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: { a: node('a', 8, { maxPods: 20 }) },
  foreignNodes: {
    auto: {
      platform: 'auto-mode',
      type: 'c6a.large',
      zone: 'eu-west-1b',
      subnet: 'nodes-b',
      maxPods: 27,
      ageMinutes: 4 * 24 * 60,
      holds: { prefixes: 1 },
    },
  },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: [{ name: 'ledger-1', namespace: 'shop', node: 'auto', state: 'running', labels: { app: 'ledger' } }],
  told: ['PLT001/ineffective'],
  shows: { PLT001: { served: 1, leftovers: ['SecurityGroupPolicy shop/ledger'], unprotectedPods: 1 } },
});
