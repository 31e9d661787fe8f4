import { node, small } from '../small.ts';
import { branchPod, policyFor } from './branch-pods.ts';

export const strictProbes = small({
  name: 'strict-probes',
  story:
    'Strict mode with TCP early demux on: kubelet never hears the answer to its probes of pods on branch ENIs (karpenter-provider-aws#2961).',
  cni: { env: { ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'strict' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 1, max: 4 } },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 8, { maxPods: 20 }) },
  objects: (ids) => [policyFor('ledger', [ids.clusterSecurityGroup])],
  pods: ['a', 'b'].map((key, i) =>
    branchPod(`ledger-${i + 1}`, {
      node: key,
      ready: false,
      ageMinutes: 30,
      spec: {
        containers: [
          {
            name: 'main',
            image: 'registry.shop.example/shop/ledger:1.0.0',
            readinessProbe: { tcpSocket: { port: 8080 } },
            resources: {
              limits: { 'vpc.amazonaws.com/pod-eni': '1' },
              requests: { 'vpc.amazonaws.com/pod-eni': '1' },
            },
          },
        ],
      },
      events: [{ reason: 'Unhealthy', message: 'Readiness probe failed: dial tcp 10.0.0.9:8080: i/o timeout' }],
    }),
  ),
  told: ['SGP009'],
  shows: { SGP009: { unready: ['shop/ledger-1', 'shop/ledger-2'], container: 'aws-vpc-cni-init', value: 'false' } },
});
