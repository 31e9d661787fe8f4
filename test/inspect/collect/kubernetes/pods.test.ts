import { describe, expect, it } from 'vitest';
import type { KubernetesAccess, KubernetesObject } from '../../../../src/inspect/collect/kubernetes/access.ts';
import { pods } from '../../../../src/inspect/collect/kubernetes/pods.ts';
import { type Pod, podsOf } from '../../../../src/inspect/snapshot/pods.ts';
import { collect, fakeAccess } from './fake-access.ts';

function pod(
  name: string,
  over: { metadata?: KubernetesObject; spec?: KubernetesObject; status?: KubernetesObject } = {},
): KubernetesObject {
  return {
    metadata: { name, namespace: 'shop', creationTimestamp: '2026-01-02T03:04:05Z', ...over.metadata },
    spec: { nodeName: 'n1', containers: [{ name: 'c' }], ...over.spec },
    status: { phase: 'Running', podIP: '10.0.0.9', ...over.status },
  };
}

async function read(list: KubernetesObject[], sections = {}): Promise<Pod[]> {
  const { data } = await collect(pods, fakeAccess({ '/api/v1/pods': list }), sections);
  return [...podsOf(data)];
}
const one = async (over: Parameters<typeof pod>[1]) => (await read([pod('p', over)]))[0]!;
const BRANCH = { resources: { limits: { 'vpc.amazonaws.com/pod-eni': '1' } } };

describe('class', () => {
  it.each([
    ['ordinary', {}],
    ['host-network', { spec: { hostNetwork: true } }],
    ['host-network', { spec: { hostNetwork: true, containers: [BRANCH] } }],
    ['branch', { spec: { containers: [BRANCH] } }],
    ['ordinary', { spec: { containers: [{ name: 'first' }, BRANCH] } }],
    ['branch', { metadata: { annotations: { 'vpc.amazonaws.com/pod-eni': '[]' } } }],
    ['fargate', { metadata: { labels: { 'eks.amazonaws.com/fargate-profile': 'fp' } } }],
    ['windows', { spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } }],
    ['windows', { spec: { os: { name: 'windows' } } }],
    ['windows', { spec: { containers: [{ resources: { limits: { 'vpc.amazonaws.com/PrivateIPv4Address': '1' } } }] } }],
  ])('%s: %o', async (expected, over) => {
    expect((await one(over)).class).toBe(expected);
  });

  it('learns from the node what the pod does not say', async () => {
    const nodes = [
      { name: 'win', os: 'windows', labels: {} },
      { name: 'fargate-ip-10-0-0-1', os: 'linux', labels: { 'eks.amazonaws.com/compute-type': 'fargate' } },
      { name: 'n1', os: 'linux', labels: {} },
    ];
    const on = (nodeName: string, more = {}) => pod(nodeName, { spec: { nodeName, ...more } });
    const list = [on('win'), on('fargate-ip-10-0-0-1'), on('n1'), on('win', { hostNetwork: true })];
    expect((await read(list, { nodes })).map((p) => p.class)).toEqual([
      'windows',
      'fargate',
      'ordinary',
      'host-network',
    ]);
  });
});

describe('waiting', () => {
  const creating = [{ state: { waiting: { reason: 'ContainerCreating' } } }];
  it.each([
    [true, { status: { phase: 'Pending', podIP: undefined, containerStatuses: creating } }],
    [true, { status: { phase: 'Pending', podIP: undefined } }],
    [
      true,
      {
        status: {
          phase: 'Pending',
          podIP: undefined,
          initContainerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
          containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
        },
      },
    ],
    [false, { spec: { nodeName: undefined }, status: { phase: 'Pending', podIP: undefined } }],
    [false, { status: { phase: 'Pending', containerStatuses: creating } }],
    [
      false,
      {
        status: {
          phase: 'Pending',
          podIP: undefined,
          containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }],
        },
      },
    ],
    [false, { status: { phase: 'Failed', podIP: undefined } }],
    [
      false,
      { spec: { hostNetwork: true }, status: { phase: 'Pending', podIP: undefined, containerStatuses: creating } },
    ],
  ])('%s: %o', async (waiting, over) => {
    expect((await one(over)).waiting).toBe(waiting);
  });
});

describe('the rest of a pod', () => {
  it('names the owner as the user wrote it', async () => {
    const owned = (kind: string, name: string, labels = {}) =>
      one({
        metadata: {
          labels,
          ownerReferences: [
            { kind: 'Other', name: 'x' },
            { kind, name, controller: true },
          ],
        },
      });
    expect((await owned('ReplicaSet', 'web-7d4b9', { 'pod-template-hash': '7d4b9' })).owner).toBe('Deployment/web');
    expect((await owned('ReplicaSet', 'bare')).owner).toBe('ReplicaSet/bare');
    expect((await owned('DaemonSet', 'aws-node')).owner).toBe('DaemonSet/aws-node');
    expect((await one({})).owner).toBeUndefined();
  });

  it('reads the branch ENI of the annotation', async () => {
    const annotation = '[{"eniId":"eni-0a1b2c3d4e5f60718","ifAddress":"02:00","privateIp":"10.0.1.2","vlanId":1}]';
    const p = await one({ metadata: { annotations: { 'vpc.amazonaws.com/pod-eni': annotation } } });
    expect(p).toMatchObject({ class: 'branch', branchEniId: 'eni-0a1b2c3d4e5f60718' });
    expect(
      (await one({ metadata: { annotations: { 'vpc.amazonaws.com/pod-eni': 'nonsense' } } })).branchEniId,
    ).toBeUndefined();
  });

  it('leaves out labels that change with every rollout, so that pods of one template share a row', async () => {
    const labels = (hash: string) => ({ app: 'web', 'pod-template-hash': hash, 'controller-revision-hash': hash });
    const list = ['a', 'b'].map((h) => pod(h, { metadata: { labels: labels(h) } }));
    const { data } = await collect(pods, fakeAccess({ '/api/v1/pods': list }));
    expect(data.labelSets).toEqual([{ app: 'web' }]);
  });

  it('marks a pod that is being deleted', async () => {
    expect((await one({ metadata: { deletionTimestamp: '2026-01-02T03:05:00Z' } })).terminating).toBe(true);
    expect((await one({})).terminating).toBe(false);
  });

  it('forgets what it had when the list starts again', async () => {
    const access: KubernetesAccess = {
      ...fakeAccess({}),
      list: async (_, each, options) => {
        each(pod('old'));
        options!.restart!();
        each(pod('new'));
        return true;
      },
    };
    const { data } = await collect(pods, access);
    expect([...podsOf(data)].map((p) => p.name)).toEqual(['new']);
  });

  it('keeps a pod to about a hundred bytes', async () => {
    const list = Array.from({ length: 5000 }, (_, i) =>
      pod(`web-${i}-7d4b9f8c6-x${i}`, {
        metadata: {
          labels: { app: `app-${i % 40}`, 'pod-template-hash': String(i % 40) },
          ownerReferences: [{ kind: 'ReplicaSet', name: `app-${i % 40}-${i % 40}`, controller: true }],
        },
        spec: { nodeName: `ip-10-0-0-${i % 200}`, serviceAccountName: 'default' },
        status: { podIP: `10.0.${i >> 8}.${i & 255}` },
      }),
    );
    const { data } = await collect(pods, fakeAccess({ '/api/v1/pods': list }));
    expect(JSON.stringify(data).length / 5000).toBeLessThan(100);
  });
});

describe('needs', () => {
  const zone = 'topology.kubernetes.io/zone';
  const container = (cpu: unknown, memory: unknown, more = {}) => ({
    resources: { requests: { cpu, memory } },
    ...more,
  });

  it('sums containers and sidecars, and takes the largest init container where that is more', async () => {
    const spec = {
      containers: [container('250m', '1Gi'), container(1, '512Mi')],
      initContainers: [container('100m', '64Mi', { restartPolicy: 'Always' }), container('2', '128Mi')],
      overhead: { cpu: '50m' },
    };
    expect((await one({ spec })).needs).toEqual({
      // 2 CPUs beside the sidecar's 100m are more than 1350m together; 1.5 Gi and 64 Mi are more than 192 Mi.
      cpuMillis: 2150,
      memoryBytes: 1600 * 2 ** 20,
      nodeSelector: {},
      tolerations: [],
    });
  });

  it.each([
    ['0.1', 100],
    ['1e3m', undefined],
    ['1500u', undefined],
    ['2e0', 2000],
    ['.5', 500],
  ])('reads %s CPUs', async (cpu, expected) => {
    expect((await one({ spec: { containers: [container(cpu, '1')] } })).needs?.cpuMillis).toBe(expected ?? 0);
  });

  it('keeps zones and selectors, and each distinct one once', async () => {
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: 'In', values: ['b', 'a'] }] }],
        },
      },
    };
    const topologySpreadConstraints = [
      {
        topologyKey: zone,
        maxSkew: 1,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
      },
      ...[
        { whenUnsatisfiable: 'DoNotSchedule', maxSkew: 2, labelSelector: { matchLabels: { app: 'web' } } },
        // a wish, and one that counts other pods
        { whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1, labelSelector: { matchLabels: { app: 'web' } } },
        { whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1, labelSelector: { matchLabels: { app: 'api' } } },
      ].map((c) => ({ topologyKey: 'kubernetes.io/hostname', ...c })),
    ];
    const web = {
      metadata: { labels: { app: 'web' } },
      spec: { affinity, topologySpreadConstraints, nodeSelector: { disk: 'ssd' } },
    };
    const { data } = await collect(pods, fakeAccess({ '/api/v1/pods': [pod('a', web), pod('b', web)] }));
    expect(data.needSets).toEqual([
      {
        cpuMillis: 0,
        memoryBytes: 0,
        nodeSelector: { disk: 'ssd' },
        zones: ['a', 'b'],
        zoneSkew: 1,
        nodeSkew: 2,
        affinity: [[{ key: zone, operator: 'In', values: ['b', 'a'] }]],
        tolerations: [],
      },
    ]);
    expect(data.needs).toEqual([0, 0]);
  });

  it('keeps what lets it on a node and what keeps it off: affinity, tolerations, its own kind', async () => {
    const expression = { key: 'disk', operator: 'Exists' };
    const selected = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          // a term that asks nothing selects nothing
          nodeSelectorTerms: [{ matchExpressions: [expression] }, {}],
        },
      },
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [selected] },
    };
    const tolerations = [
      { key: 'team', operator: 'Equal', value: 'ml', effect: 'NoSchedule' },
      { key: 'gpu', operator: 'Exists' },
      { operator: 'Exists', effect: 'NoExecute' },
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ];
    const needs = (labels: Record<string, string>) => one({ metadata: { labels }, spec: { affinity, tolerations } });
    expect((await needs({ app: 'web' })).needs).toMatchObject({
      affinity: [[{ key: 'disk', operator: 'Exists', values: [] }]],
      tolerations: [{ key: 'team', value: 'ml', effect: 'NoSchedule' }, { key: 'gpu' }, { effect: 'NoExecute' }],
      apart: 'node',
    });
    expect((await needs({ app: 'api' })).needs?.apart).toBeUndefined();
  });

  it("leaves out the affinity of a DaemonSet's pod, which names one node", async () => {
    const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] };
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
    };
    expect((await one({ spec: { affinity } })).needs?.affinity).toBeUndefined();
  });

  it('names the claims a pod mounts', async () => {
    const volumes = [{ persistentVolumeClaim: { claimName: 'data-0' } }, { emptyDir: {} }];
    expect((await one({ spec: { volumes } })).claims).toEqual(['data-0']);
    expect((await one({})).claims).toBeUndefined();
  });
});

describe('probes', () => {
  const probe = (more: object) => ({ ...more, timeoutSeconds: 3 });

  it('keeps what asks which port, a port by the name its container gives it', async () => {
    const containers = [
      {
        ports: [{ name: 'web', containerPort: 8080 }],
        readinessProbe: probe({ httpGet: { path: '/secret-path', port: 'web' } }),
        livenessProbe: probe({ exec: { command: ['true'] } }),
      },
      { startupProbe: probe({ tcpSocket: { port: 9000 } }), readinessProbe: probe({ grpc: { port: 'nowhere' } }) },
    ];
    expect((await one({ spec: { containers } })).probes).toEqual([
      { kind: 'liveness', by: 'exec' },
      { kind: 'readiness', by: 'http', port: 8080 },
      { kind: 'readiness', by: 'grpc' },
      { kind: 'startup', by: 'tcp', port: 9000 },
    ]);
    expect((await one({})).probes).toEqual([]);
  });

  it('keeps no path', async () => {
    const containers = [{ readinessProbe: probe({ httpGet: { path: '/secret-path', port: 80 } }) }];
    const { data } = await collect(pods, fakeAccess({ '/api/v1/pods': [pod('a', { spec: { containers } })] }));
    expect(JSON.stringify(data)).not.toContain('secret-path');
  });

  it('tells pods that run unready, and those in the ambient mesh', async () => {
    const conditions = (status: string) => [{ type: 'Ready', status }];
    const of = async (over: Parameters<typeof pod>[1]) => {
      const { unready, ambient } = await one(over);
      return { unready, ambient };
    };
    expect(await of({ status: { conditions: conditions('False') } })).toEqual({ unready: true, ambient: false });
    expect(await of({ status: { conditions: conditions('True') } })).toEqual({ unready: false, ambient: false });
    expect(await of({ status: { phase: 'Pending', conditions: conditions('False') } })).toMatchObject({
      unready: false,
    });
    expect(await of({ metadata: { annotations: { 'ambient.istio.io/redirection': 'enabled' } } })).toMatchObject({
      ambient: true,
    });
  });

  it('tells what the webhook of the resource controller wrote', async () => {
    const of = async (over: Parameters<typeof pod>[1]) => (await one(over)).injected;
    const asking = (resource: string) => ({ spec: { containers: [{ resources: { limits: { [resource]: '1' } } }] } });
    expect(await of({})).toBe(false);
    expect(await of(asking('vpc.amazonaws.com/pod-eni'))).toBe(true);
    expect(await of(asking('vpc.amazonaws.com/PrivateIPv4Address'))).toBe(true);
    expect(await of({ metadata: { annotations: { 'fargate.amazonaws.com/pod-sg': 'sg-1' } } })).toBe(true);
  });
});
