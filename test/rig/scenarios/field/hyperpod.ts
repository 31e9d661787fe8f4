import { node, small } from '../small.ts';
import type { ForeignNodeSpec, PodSpec } from '../types.ts';

export const HYPERPOD_NODE: ForeignNodeSpec = {
  platform: 'hyperpod',
  type: 'ml.g5.xlarge',
  zone: 'eu-west-1a',
  maxPods: 14,
  ageMinutes: 3 * 24 * 60,
};

/** aws-node runs on these nodes as on any other. */
export const HYPERPOD_CNI: PodSpec = {
  name: 'aws-node-hp7x4',
  namespace: 'kube-system',
  node: 'hp',
  state: 'running',
  address: 'none',
  owner: 'DaemonSet/aws-node',
  labels: { 'k8s-app': 'aws-node' },
  spec: { hostNetwork: true, containers: [{ name: 'aws-node', image: 'amazon-k8s-cni:v1.20.4-eksbuild.2' }] },
};

export const hyperpod = small({
  name: 'hyperpod',
  story: 'SageMaker HyperPod nodes beside a managed group: their limits are unknown, which is not a fault.',
  nodes: { a: node('a', 12), b: node('b', 10) },
  foreignNodes: { hp: HYPERPOD_NODE },
  pods: [HYPERPOD_CNI],
  told: [],
  shows: { PLT008: { types: [{ type: 'ml.g5.xlarge', ec2Type: 'g5.xlarge' }], refused: null } },
});
