import { node, small } from '../small.ts';

export const hybrid = small({
  name: 'hybrid',
  story: 'Hybrid nodes run Cilium, the others aws-node.',
  cluster: { remoteNodes: '10.200.0.0/16', remotePods: '10.201.0.0/16' },
  daemonSets: [{ namespace: 'kube-system', name: 'kube-proxy', hostNetwork: true }],
  nodes: { a: node('a', 12), b: node('b', 10) },
  foreignNodes: {
    'mi-rack-1': { platform: 'hybrid', type: '', zone: '', maxPods: 110, ageMinutes: 9 * 24 * 60 },
  },
  objects: () => [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'cilium', namespace: 'kube-system', labels: { 'k8s-app': 'cilium' } },
      spec: {
        selector: { matchLabels: { 'k8s-app': 'cilium' } },
        template: {
          metadata: { labels: { 'k8s-app': 'cilium' } },
          spec: {
            nodeSelector: { 'eks.amazonaws.com/compute-type': 'hybrid' },
            hostNetwork: true,
            containers: [{ name: 'cilium-agent', image: 'quay.io/cilium/cilium:v1.18.3' }],
          },
        },
      },
      status: { currentNumberScheduled: 1, desiredNumberScheduled: 1, numberMisscheduled: 0, numberReady: 1 },
    },
  ],
  pods: [
    {
      name: 'cilium-x4x5z',
      namespace: 'kube-system',
      node: 'mi-rack-1',
      state: 'running',
      address: 'none',
      owner: 'DaemonSet/cilium',
      labels: { 'k8s-app': 'cilium' },
      spec: { hostNetwork: true },
    },
  ],
  told: [],
});
