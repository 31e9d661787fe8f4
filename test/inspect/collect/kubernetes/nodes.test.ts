import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../src/inspect/collect/kubernetes/access.ts';
import { nodes } from '../../../../src/inspect/collect/kubernetes/nodes.ts';
import { nodeSchema } from '../../../../src/inspect/snapshot/kubernetes.ts';
import { collect, fakeAccess } from './fake-access.ts';

const INFO = {
  osImage: 'Amazon Linux 2023',
  operatingSystem: 'linux',
  architecture: 'amd64',
  kernelVersion: '6.1',
  kubeletVersion: 'v1.34.1-eks-1',
  machineID: 'm',
};

function node(
  name: string,
  over: { metadata?: KubernetesObject; spec?: KubernetesObject; status?: KubernetesObject } = {},
): KubernetesObject {
  return {
    metadata: { name, creationTimestamp: '2026-01-02T03:04:05Z', ...over.metadata },
    spec: { providerID: 'aws:///eu-west-1a/i-0123456789abcdef0', ...over.spec },
    status: {
      nodeInfo: INFO,
      allocatable: { pods: '29' },
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:05:00Z' }],
      ...over.status,
    },
  };
}

async function read(list: KubernetesObject[], sections = {}) {
  const { data } = await collect(nodes, fakeAccess({ '/api/v1/nodes': list }), sections);
  expect(v.safeParse(v.array(nodeSchema), data).success).toBe(true);
  return data;
}

describe('nodes', () => {
  it('keeps what the checks need', async () => {
    const [n] = await read([
      node('ip-10-0-0-1', {
        metadata: { labels: { 'topology.kubernetes.io/zone': 'eu-west-1a' } },
        spec: {
          unschedulable: true,
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'b', value: 'c', effect: 'NoExecute' },
          ],
        },
        status: {
          allocatable: { pods: '58', 'vpc.amazonaws.com/pod-eni': '9' },
          addresses: [
            { type: 'InternalIP', address: '10.0.0.1' },
            { type: 'Hostname', address: 'x' },
          ],
        },
      }),
    ]);
    expect(n).toMatchObject({
      name: 'ip-10-0-0-1',
      instanceId: 'i-0123456789abcdef0',
      createdAt: '2026-01-02T03:04:05Z',
      maxPods: 58,
      podEni: 9,
      ready: 'True',
      readySince: '2026-01-02T03:05:00Z',
      unschedulable: true,
      internalIps: ['10.0.0.1'],
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'b', value: 'c', effect: 'NoExecute' },
      ],
      os: 'linux',
      arch: 'amd64',
    });
    expect(n).not.toHaveProperty('readyReason');
  });

  it('knows a HyperPod node, and the memory of any', async () => {
    const [n] = await read([
      node('hyperpod-i-0abc', {
        spec: { providerID: 'aws:///usw2-az1/sagemaker/cluster/hyperpod-0k1l2m-i-0123456789abcdef0' },
        status: { capacity: { memory: '2097152Ki' }, allocatable: { memory: '1073741824', pods: '14' } },
      }),
    ]);
    expect(n).toMatchObject({ hyperPod: true, memoryMib: 2048, allocatableMemoryMib: 1024 });
    expect(n!.instanceId).toBeUndefined();
  });

  it('reads a thousand pods, written 1k, and knows that an absent resource is not zero', async () => {
    const [many, none] = await read([
      node('a', { status: { allocatable: { pods: '1k' } } }),
      node('b', { status: { allocatable: {} } }),
    ]);
    expect(many!.maxPods).toBe(1000);
    expect([none!.maxPods, none!.podEni, none!.windowsIps]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['aws:///eu-west-1a/i-0123456789abcdef0', 'i-0123456789abcdef0'],
    ['aws:///eu-west-1a/a1b2c3d4-fargate/fargate-ip-10-0-0-1', undefined],
    ['eks-hybrid:///eu-west-1/prod/mi-0123456789abcdef0', undefined],
    [undefined, undefined],
  ])('finds the instance of %s', async (providerID, instanceId) => {
    const [n] = await read([node('a', { spec: { providerID } })]);
    expect(n!.instanceId).toBe(instanceId);
  });

  it.each([
    [
      {
        status: 'False',
        reason: 'KubeletNotReady',
        message:
          'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      },
      'False',
      'cni-not-initialized',
    ],
    [
      {
        status: 'False',
        reason: 'KubeletNotReady',
        message: 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:x',
      },
      'False',
      'network-not-ready',
    ],
    [
      { status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
      'Unknown',
      'kubelet-silent',
    ],
    [{ status: 'False', reason: 'KubeletNotReady', message: 'PLEG is not healthy' }, 'False', 'other'],
  ])('says why a node is not ready: %o', async (condition, ready, readyReason) => {
    const [n] = await read([
      node('a', {
        status: {
          conditions: [
            { type: 'MemoryPressure', status: 'False' },
            { type: 'Ready', ...condition },
          ],
        },
      }),
    ]);
    expect(n).toMatchObject({ ready, readyReason });
  });

  it('does not call a node ready that never reported', async () => {
    const [n] = await read([node('a', { status: { conditions: [] } })]);
    expect(n!.ready).toBe('Unknown');
  });

  it('keeps annotations of the CNI, Karpenter and other CNIs, and the one aws-node is told to read', async () => {
    const annotations = {
      'k8s.amazonaws.com/eniConfig': 'a',
      'karpenter.sh/nodepool-hash': '1',
      'network.cilium.io/ipv4-pod-cidr': '10.0.0.0/24',
      'csi.volume.kubernetes.io/nodeid': '{"secret":1}',
      'example.com/eni': 'b',
    };
    const cni = { containers: [{ name: 'aws-node', env: { ENI_CONFIG_ANNOTATION_DEF: 'example.com/eni' } }] };
    const [plain] = await read([node('a', { metadata: { annotations } })]);
    expect(Object.keys(plain!.annotations)).toEqual([
      'k8s.amazonaws.com/eniConfig',
      'karpenter.sh/nodepool-hash',
      'network.cilium.io/ipv4-pod-cidr',
    ]);
    const [told] = await read([node('a', { metadata: { annotations } })], { cni });
    expect(told!.annotations['example.com/eni']).toBe('b');
  });
});
