import type { KubeObject } from '../../clients/kube.ts';
import type { PodSpec } from '../types.ts';

/** A SecurityGroupPolicy for the pods of an app. */
export const policyFor = (app: string, groupIds: string[]): KubeObject => ({
  apiVersion: 'vpcresources.k8s.aws/v1beta1',
  kind: 'SecurityGroupPolicy',
  metadata: { name: app, namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app } }, securityGroups: { groupIds } },
});

const ASKED = {
  containers: [
    {
      name: 'main',
      image: 'registry.shop.example/shop/ledger:1.0.0',
      resources: {
        limits: { 'vpc.amazonaws.com/pod-eni': '1' },
        requests: { cpu: '10m', memory: '24Mi', 'vpc.amazonaws.com/pod-eni': '1' },
      },
    },
  ],
};

/** A pod that the controller's webhook gave a branch ENI to ask for. */
export const branchPod = (name: string, more: Partial<PodSpec>): PodSpec => ({
  name,
  namespace: 'shop',
  state: 'running',
  address: 'branch',
  labels: { app: 'ledger' },
  spec: ASKED,
  ...more,
});
