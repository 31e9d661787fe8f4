import { node, small } from '../small.ts';

export const xenPrefix = small({
  name: 'xen-prefix',
  story:
    'Prefix mode on m4.large, which takes no prefixes: single addresses, and 110 pods admitted (amazon-vpc-cni-k8s#1929).',
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m4.large'], min: 1, max: 4 } },
  nodes: {
    a: node('a', 18, { type: 'm4.large', maxPods: 110, waiting: 4, enis: [{ singles: 9 }, { singles: 9 }] }),
    b: node('b', 12, { type: 'm4.large', maxPods: 110, enis: [{ singles: 9 }, { singles: 9 }] }),
  },
  told: ['PFX003/type', 'MAX001/nonnitro <- PFX003'],
  shows: {
    PFX003: { what: 'm4.large', hypervisor: 'xen', podIps: 18 },
    MAX001: { podIps: 18, maxPods: 110, waitingPods: 4 },
  },
});
