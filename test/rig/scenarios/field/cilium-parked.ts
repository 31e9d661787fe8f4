import { node, small } from '../small.ts';

export const ciliumParked = small({
  name: 'cilium-parked',
  story: 'Cilium runs the pod network; aws-node stays parked behind a node selector nobody has (cilium.io: EKS guide).',
  cni: { template: { nodeSelector: { 'io.cilium/aws-node-enabled': 'true' } } },
  nodes: {
    a: node('a', 6, { withoutCni: true, enis: [{ singles: 9 }], maxPods: 110 }),
    b: node('b', 6, { withoutCni: true, enis: [{ singles: 9 }], maxPods: 110 }),
  },
  daemonSets: [
    { namespace: 'kube-system', name: 'kube-proxy', hostNetwork: true },
    { namespace: 'kube-system', name: 'cilium', hostNetwork: true },
  ],
  told: [],
});
