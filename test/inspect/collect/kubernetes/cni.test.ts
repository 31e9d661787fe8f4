import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../src/inspect/collect/kubernetes/access.ts';
import { cni } from '../../../../src/inspect/collect/kubernetes/cni.ts';
import { cniSchema } from '../../../../src/inspect/snapshot/cni.ts';
import { collect, fakeAccess, type Served } from './fake-access.ts';

const DAEMON_SETS = '/apis/apps/v1/daemonsets';
const KUBE_SYSTEM = '/api/v1/namespaces/kube-system';
const OF_AWS_NODE = 'labelSelector=k8s-app=aws-node';
const REVISIONS = `/apis/apps/v1/namespaces/kube-system/controllerrevisions?${OF_AWS_NODE}`;
const SECRET = { name: 'HTTP_PROXY', value: 'http://user:hunter2@proxy' };

function awsNode(
  over: { metadata?: KubernetesObject; spec?: KubernetesObject; container?: KubernetesObject } = {},
): KubernetesObject {
  return {
    metadata: { name: 'aws-node', namespace: 'kube-system', uid: 'ds', generation: 4, ...over.metadata },
    spec: {
      template: {
        spec: {
          serviceAccountName: 'aws-node',
          initContainers: [
            {
              name: 'aws-vpc-cni-init',
              image: 'r/amazon-k8s-cni-init:v1.20.4',
              env: [{ name: 'DISABLE_TCP_EARLY_DEMUX', value: 'true' }],
            },
          ],
          containers: [
            {
              name: 'aws-node',
              image: '602.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.20.4-eksbuild.1',
              env: [{ name: 'ENABLE_POD_ENI', value: 'true' }, SECRET],
              ...over.container,
            },
            {
              name: 'aws-eks-nodeagent',
              image: 'r/aws-network-policy-agent:v1.2.6',
              args: ['--enable-network-policy=true', '--token=hunter2'],
            },
          ],
          ...over.spec,
        },
      },
    },
    status: { desiredNumberScheduled: 24, numberReady: 23, updatedNumberScheduled: 24 },
  };
}

async function read(daemonSets: readonly KubernetesObject[], more: Served = {}) {
  const result = await collect(cni, fakeAccess({ [DAEMON_SETS]: daemonSets, ...more }));
  expect(v.safeParse(cniSchema, result.data).issues).toBeUndefined();
  return result;
}

describe('aws-node as it is set', () => {
  it('keeps images, rollout and known variables of every container, and nothing else of the environment', async () => {
    const { data, missing } = await read([awsNode()]);
    expect(missing).toEqual([]);
    expect(data).toMatchObject({
      installed: true,
      version: 'v1.20.4-eksbuild.1',
      desired: 24,
      ready: 23,
      updated: 24,
      generation: 4,
      containers: [
        { name: 'aws-node', env: { ENABLE_POD_ENI: 'true' }, unresolved: [], args: [] },
        { name: 'aws-eks-nodeagent', env: {}, args: ['--enable-network-policy=true'] },
      ],
      initContainers: [{ name: 'aws-vpc-cni-init', env: { DISABLE_TCP_EARLY_DEMUX: 'true' } }],
    });
    expect(JSON.stringify(data)).not.toContain('hunter2');
  });

  it('resolves variables as kubelet does: envFrom first, env over it, the last of a name wins', async () => {
    const container = {
      envFrom: [{ configMapRef: { name: 'base' } }, { prefix: 'WARM_', configMapRef: { name: 'warm' } }],
      env: [
        { name: 'MAX_ENI', value: '1' },
        { name: 'MAX_ENI', value: '4' },
        { name: 'MINIMUM_IP_TARGET', valueFrom: { configMapKeyRef: { name: 'warm', key: 'minimum' } } },
        { name: 'CLUSTER_NAME', valueFrom: { configMapKeyRef: { name: 'warm', key: 'absent', optional: true } } },
        { name: 'POD_MTU', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        { name: 'MY_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'ADDITIONAL_ENI_TAGS' },
      ],
    };
    const { data } = await read([awsNode({ container })], {
      [`${KUBE_SYSTEM}/configmaps/base`]: {
        data: { MAX_ENI: '2', ENABLE_IPv4: 'true', PASSWORD: 'hunter2', WARM_ENI_TARGET: '1' },
      },
      [`${KUBE_SYSTEM}/configmaps/warm`]: { data: { IP_TARGET: '5', minimum: '12' } },
    });
    expect(data.containers[0]).toMatchObject({
      env: {
        ADDITIONAL_ENI_TAGS: '',
        ENABLE_IPv4: 'true',
        MAX_ENI: '4',
        MINIMUM_IP_TARGET: '12',
        WARM_ENI_TARGET: '1',
        WARM_IP_TARGET: '5',
      },
      unresolved: ['POD_MTU'],
    });
  });

  it('never takes a variable for unset that comes from a ConfigMap it may not read', async () => {
    const container = { envFrom: [{ configMapRef: { name: 'base' } }], env: [{ name: 'MAX_ENI', value: '4' }] };
    const { data, missing } = await read([awsNode({ container })], { [`${KUBE_SYSTEM}/configmaps/base`]: 'denied' });
    expect(data.containers[0]!.unresolved).toContain('WARM_IP_TARGET');
    expect(data.containers[0]!.unresolved).not.toContain('MAX_ENI');
    expect(missing).toEqual([
      { kind: 'denied', permission: 'get configmaps/base in kube-system', reason: 'forbidden' },
    ]);
  });

  it('says that a Secret is never read', async () => {
    const { missing } = await read([awsNode({ container: { envFrom: [{ secretRef: { name: 's' } }] } })]);
    expect(missing).toEqual([
      { reason: expect.stringContaining('container aws-node takes its environment from a Secret') },
    ]);
  });

  it.each([
    ['r/amazon-k8s-cni:v1.19.0', 'v1.19.0'],
    ['r:5000/amazon-k8s-cni:v1.19.0-eksbuild.2@sha256:0123abcd', 'v1.19.0-eksbuild.2'],
    ['r/amazon-k8s-cni@sha256:0123abcd', 'v1.20.9'],
    ['r/amazon-k8s-cni:stable', 'v1.20.9'],
  ])('reads the version of %s', async (image, version) => {
    const container = { image, env: [{ name: 'VPC_CNI_VERSION', value: 'v1.20.9' }] };
    expect((await read([awsNode({ container })])).data.version).toBe(version);
  });

  it('keeps known keys of the ConfigMap, and the role of the ServiceAccount', async () => {
    const { data } = await read([awsNode()], {
      [`${KUBE_SYSTEM}/configmaps/amazon-vpc-cni`]: {
        data: { 'enable-network-policy-controller': 'true', 'branch-eni-cooldown': '30', other: 'hunter2' },
      },
      [`${KUBE_SYSTEM}/serviceaccounts/aws-node`]: {
        metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/cni' } },
      },
    });
    expect(data.configMap).toEqual({ 'enable-network-policy-controller': 'true', 'branch-eni-cooldown': '30' });
    expect(data.serviceAccountRoleArn).toBe('arn:aws:iam::1:role/cni');
  });
});

describe('how it was installed', () => {
  const managers = (...names: string[]) => ({ managedFields: names.map((manager) => ({ manager })) });
  const HELM = {
    annotations: { 'meta.helm.sh/release-name': 'cni', 'meta.helm.sh/release-namespace': 'kube-system' },
    labels: { 'helm.sh/chart': 'aws-vpc-cni-1.20.4', 'app.kubernetes.io/managed-by': 'Helm' },
  };
  const APPLIED = { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } };
  it.each<[string, KubernetesObject, string]>([
    ['managed-addon', managers('eks', 'kube-controller-manager'), 'field manager eks'],
    ['managed-addon', { ...managers('eks'), labels: HELM.labels }, 'field manager eks'],
    ['helm', { ...HELM, ...managers('helm', 'kube-controller-manager') }, 'annotation meta.helm.sh/release-name=cni'],
    [
      'manifest',
      { ...APPLIED, ...managers('kubectl-client-side-apply') },
      'annotation kubectl.kubernetes.io/last-applied-configuration',
    ],
    ['manifest', managers('argocd-controller', 'kube-controller-manager'), 'field manager argocd-controller'],
    ['unknown', managers('kube-controller-manager', 'kubectl-set'), ''],
  ])('%s', async (method, metadata, evidence) => {
    const { data } = await read([awsNode({ metadata })]);
    expect(data.installMethod).toBe(method);
    if (evidence) expect(data.evidence).toContain(evidence);
    else expect(data.evidence).toEqual([]);
    if (method === 'helm')
      expect(data.helmRelease).toEqual({ name: 'cni', namespace: 'kube-system', chart: 'aws-vpc-cni-1.20.4' });
    else expect(data.helmRelease).toBeUndefined();
  });

  it('says that it is not installed, and finds the CNI that is', async () => {
    const cilium = { metadata: { name: 'cilium', namespace: 'kube-system' } };
    const calico = { metadata: { name: 'renamed', namespace: 'calico-system', labels: { 'k8s-app': 'calico-node' } } };
    const elsewhere = { metadata: { name: 'aws-node', namespace: 'default' } };
    const { data } = await read([cilium, calico, elsewhere]);
    expect(data).toMatchObject({ installed: false, installMethod: 'none', containers: [] });
    expect(data.otherCnis).toEqual([
      { engine: 'cilium', namespace: 'kube-system', name: 'cilium' },
      { engine: 'calico', namespace: 'calico-system', name: 'renamed' },
    ]);
  });
});

describe('when it changed and how it runs', () => {
  it('takes the newest revision of this DaemonSet', async () => {
    const revision = (uid: string, n: number, creationTimestamp: string) => ({
      metadata: { creationTimestamp, ownerReferences: [{ uid }] },
      revision: n,
    });
    const { data } = await read([awsNode()], {
      [REVISIONS]: [
        revision('ds', 9, '2026-03-01T00:00:00Z'),
        revision('ds', 10, '2026-03-02T00:00:00Z'),
        revision('other', 11, '2026-03-03T00:00:00Z'),
      ],
    });
    expect(data).toMatchObject({ revision: 10, changedAt: '2026-03-02T00:00:00Z' });
  });

  it('falls back on the last write to the template', async () => {
    const write = (manager: string, time: string, fields: KubernetesObject) => ({ manager, time, fieldsV1: fields });
    const managedFields = [
      write('eks', '2026-02-01T00:00:00Z', { 'f:spec': { 'f:template': {} } }),
      write('kubectl-set', '2026-02-03T00:00:00Z', { 'f:spec': { 'f:template': {} } }),
      write('kube-controller-manager', '2026-02-09T00:00:00Z', { 'f:status': {} }),
    ];
    for (const revisions of [[], 'denied'] as const) {
      const { data, missing } = await read([awsNode({ metadata: { managedFields } })], { [REVISIONS]: revisions });
      expect(missing).toEqual([]);
      expect(data).toMatchObject({ changedAt: '2026-02-03T00:00:00Z' });
      expect(data.revision).toBeUndefined();
    }
  });

  it('describes its pods', async () => {
    const pod = {
      metadata: { name: 'aws-node-x' },
      spec: { nodeName: 'n1', containers: [{ name: 'aws-node', image: 'r/cni:v1' }] },
      status: {
        phase: 'Running',
        startTime: '2026-01-01T00:00:00Z',
        conditions: [{ type: 'Ready', status: 'False' }],
        initContainerStatuses: [{ name: 'aws-vpc-cni-init', restartCount: 0, state: { terminated: { exitCode: 0 } } }],
        containerStatuses: [
          { name: 'aws-node', ready: true, restartCount: 1, state: { running: {} } },
          {
            name: 'aws-eks-nodeagent',
            ready: false,
            restartCount: 7,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:05:00Z' } },
          },
        ],
      },
    };
    const { data } = await read([awsNode()], { [`${KUBE_SYSTEM}/pods?${OF_AWS_NODE}`]: [pod] });
    expect(data.pods).toEqual([
      {
        name: 'aws-node-x',
        node: 'n1',
        ready: false,
        phase: 'Running',
        restarts: 8,
        waitingReason: 'CrashLoopBackOff',
        exitCode: 137,
        startedAt: '2026-01-01T00:00:00Z',
        image: 'r/cni:v1',
        containers: [
          { name: 'aws-node', init: false, ready: true, restarts: 1 },
          {
            name: 'aws-eks-nodeagent',
            init: false,
            ready: false,
            restarts: 7,
            waitingReason: 'CrashLoopBackOff',
            endedReason: 'OOMKilled',
            exitCode: 137,
            endedAt: '2026-01-01T00:05:00Z',
          },
        ],
      },
    ]);
  });

  it('takes the reason from the container that is broken, not from those that wait for it', async () => {
    const pod = {
      metadata: { name: 'aws-node-y', labels: { 'controller-revision-hash': '5c9' } },
      spec: { containers: [{ name: 'aws-node', env: [{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/t' }] }] },
      status: {
        initContainerStatuses: [
          { name: 'aws-vpc-cni-init', restartCount: 4, state: { terminated: { exitCode: 1, reason: 'Error' } } },
        ],
        containerStatuses: [
          { name: 'aws-node', restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } },
          { name: 'aws-eks-nodeagent', restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } },
        ],
      },
    };
    const { data } = await read([awsNode()], { [`${KUBE_SYSTEM}/pods?${OF_AWS_NODE}`]: [pod] });
    expect(data.pods[0]).toMatchObject({ restarts: 4, exitCode: 1, revision: '5c9', credentials: 'web-identity' });
    expect(data.pods[0]).not.toHaveProperty('waitingReason');
    expect(JSON.stringify(data)).not.toContain('/var/run/t');
  });
});

describe("aws-node's template", () => {
  it('keeps probes, resources, odd names, and where its pods may run', async () => {
    const container = {
      env: [
        { name: 'MAX_ENI', value: '2' },
        { name: 'MAX_ENI', value: '4' },
        { name: 'ENABLE_PREFIX_DELEGATON', value: 'hunter2' },
        { name: 'ENABLE_IPV6', value: 'true' },
        { name: 'MY_SETTING', value: 'hunter2' },
      ],
      livenessProbe: { exec: { command: ['/app/grpc-health-probe', '-addr=:50051'] }, timeoutSeconds: 10 },
      readinessProbe: { httpGet: { port: 8163 } },
      resources: { requests: { cpu: '25m' }, limits: { memory: '256Mi' } },
    };
    const expression = { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'hybrid'] };
    const spec = {
      nodeSelector: { 'io.cilium/aws-node-enabled': 'true' },
      tolerations: [{ operator: 'Exists' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [expression] }] },
        },
      },
    };
    const managedFields = [
      { manager: 'eks', fieldsV1: { 'f:spec': { 'f:template': {} } } },
      { manager: 'kube-controller-manager', fieldsV1: { 'f:status': {} } },
    ];
    const { data } = await read([awsNode({ container, spec, metadata: { managedFields } })]);
    expect(data.containers[0]).toMatchObject({
      duplicates: ['MAX_ENI'],
      misspelt: ['ENABLE_IPV6', 'ENABLE_PREFIX_DELEGATON'],
      probes: [
        { kind: 'liveness', by: 'exec', timeoutSeconds: 10, port: 50051 },
        { kind: 'readiness', by: 'http', timeoutSeconds: 1, port: 8163 },
      ],
      cpuRequest: '25m',
      memoryLimit: '256Mi',
    });
    expect(data.placement).toEqual({
      nodeSelector: { 'io.cilium/aws-node-enabled': 'true' },
      computeTypesExcluded: ['fargate', 'hybrid'],
      toleratesAll: true,
      affinity: [[expression]],
      tolerations: [{}],
    });
    expect(data.templateManagers).toEqual(['eks']);
    expect(JSON.stringify(data)).not.toContain('hunter2');
  });
});

describe('what is denied', () => {
  it('still reads aws-node alone where DaemonSets may not be listed, and says what is lost', async () => {
    const access = fakeAccess({
      [DAEMON_SETS]: 'denied',
      '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node': awsNode(),
    });
    const { data, missing } = await collect(cni, access);
    expect(data.installed).toBe(true);
    expect(missing).toEqual([{ kind: 'denied', permission: 'list daemonsets.apps', reason: 'forbidden' }]);
  });

  it('is denied as a whole where neither may be read', async () => {
    const access = fakeAccess({
      [DAEMON_SETS]: 'denied',
      '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node': 'denied',
    });
    await expect(collect(cni, access)).rejects.toMatchObject({ kind: 'denied', permission: 'list daemonsets.apps' });
  });

  it('lists every other part that may not be read', async () => {
    const { data, missing } = await read([awsNode()], {
      [`${KUBE_SYSTEM}/configmaps/amazon-vpc-cni`]: 'denied',
      [`${KUBE_SYSTEM}/serviceaccounts/aws-node`]: 'denied',
      [`${KUBE_SYSTEM}/pods?${OF_AWS_NODE}`]: 'denied',
      [REVISIONS]: 'denied',
    });
    expect(data.installed).toBe(true);
    expect(missing!.map((m) => m.permission).sort()).toEqual([
      'get configmaps/amazon-vpc-cni in kube-system',
      'get serviceaccounts/aws-node in kube-system',
      'list controllerrevisions.apps in kube-system',
      'list pods in kube-system',
    ]);
  });
});
