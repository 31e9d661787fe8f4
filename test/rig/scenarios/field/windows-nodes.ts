import type { ForeignNodeSpec, PodSpec } from '../types.ts';

export const windowsNode = (addresses: number): ForeignNodeSpec => ({
  platform: 'windows',
  type: 'm5.large',
  zone: 'eu-west-1b',
  subnet: 'nodes-b',
  maxPods: 110,
  ageMinutes: 6 * 24 * 60,
  holds: { singles: addresses },
  allocatable: addresses > 0 ? { 'vpc.amazonaws.com/PrivateIPv4Address': '9' } : {},
});

export const windowsPod = (name: string, more: Partial<PodSpec>): PodSpec => ({
  name,
  namespace: 'shop',
  state: 'running',
  labels: { app: 'iis' },
  spec: {
    nodeSelector: { 'kubernetes.io/os': 'windows' },
    containers: [
      {
        name: 'main',
        image: 'registry.shop.example/shop/iis:1.0.0',
        resources: {
          limits: { 'vpc.amazonaws.com/PrivateIPv4Address': '1' },
          requests: { 'vpc.amazonaws.com/PrivateIPv4Address': '1' },
        },
      },
    ],
  },
  ...more,
});
