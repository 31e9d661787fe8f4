import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../src/inspect/collect/kubernetes/access.ts';
import { refusalOf } from '../../../../src/inspect/collect/kubernetes/create-refusal.ts';
import {
  deniedAction,
  eventKind,
  isThrottled,
  unfitNodes,
  volumeOf,
} from '../../../../src/inspect/collect/kubernetes/event-kind.ts';
import { events } from '../../../../src/inspect/collect/kubernetes/events.ts';
import { collect, fakeAccess } from './fake-access.ts';

const SANDBOX =
  'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "4f2": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: ';

describe('eventKind', () => {
  it.each([
    ['FailedCreatePodSandBox', `${SANDBOX}failed to assign an IP address to container`, 'assign-ip-failed'],
    ['FailedCreatePodSandBox', `${SANDBOX}failed to setup network policy`, 'network-policy-setup-failed'],
    [
      'FailedCreatePodSandBox',
      `${SANDBOX}Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:50051: connect: connection refused"`,
      'cni-unreachable',
    ],
    [
      'FailedCreatePodSandBox',
      `${SANDBOX}Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /var/run/aws-node/ipamd.sock: connect: no such file or directory"`,
      'cni-unreachable',
    ],
    [
      'FailedCreatePodSandBox',
      `${SANDBOX}Error received from AddNetwork gRPC call: rpc error: code = FailedPrecondition desc = wrong client version "v1.9.0" (!= "v1.20.0")`,
      'wrong-client-version',
    ],
    ['FailedCreatePodSandBox', 'failed to find plugin "aws-cni" in path [/opt/cni/bin]', 'cni-not-initialized'],
    ['FailedCreatePodSandBox', 'Failed to create pod sandbox: failed to start shim', 'sandbox-failed'],
    [
      'FailedScheduling',
      '0/24 nodes are available: 24 Insufficient vpc.amazonaws.com/pod-eni.',
      'pod-eni-insufficient',
    ],
    ['FailedScheduling', '0/24 nodes are available: 24 Too many pods.', 'too-many-pods'],
    [
      'FailedScheduling',
      '0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
      'too-many-pods',
    ],
    [
      'FailedScheduling',
      '0/2 nodes are available: 1 Too many pods, 1 Insufficient vpc.amazonaws.com/pod-eni.',
      'pod-eni-insufficient',
    ],
    [
      'FailedScheduling',
      '0/2 nodes are available: 2 Insufficient vpc.amazonaws.com/PrivateIPv4Address.',
      'windows-ip-insufficient',
    ],
    ['FailedScheduling', '0/3 nodes are available: 3 Insufficient cpu.', 'scheduling-failed'],
    [
      'FailedScheduling',
      'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
      'scheduling-failed',
    ],
    ['FailedMount', 'MountVolume.SetUp failed: rpc error: code = Unavailable', 'volume-failed'],
    ['Failed', 'Failed to pull image "x": not found', 'image-pull-failed'],
    ['BackOff', 'Back-off pulling image "x"', 'image-pull-failed'],
    ['BackOff', 'Back-off restarting failed container web', 'other'],
    [
      'FailedAttachVolume',
      'AttachVolume.Attach failed: UnauthorizedOperation: You are not authorized',
      'volume-failed',
    ],
    [
      'BranchENIAnnotationFailed',
      'failed to annotate pod: admission webhook "validate.gatekeeper.sh" denied the request: not authorized to perform this',
      'branch-annotation-failed',
    ],
    ['BranchENIAnnotationFailed', 'UnauthorizedOperation: x', 'unauthorized'],
    [
      'BranchAllocationFailed',
      'failed to allocate branch ENI to pod: cannot create new eni entry already exist, older entry : [0xc0]',
      'branch-annotation-failed',
    ],
    [
      'BranchAllocationFailed',
      "InvalidParameterValue: There aren't sufficient free Ipv4 addresses or prefixes",
      'insufficient-free-addresses',
    ],
    [
      'BranchAllocationFailed',
      'InvalidSecurityGroupID.NotFound: The security group does not exist',
      'security-group-refused',
    ],
    [
      'NetworkNotReady',
      'network is not ready: container runtime network not ready: cni plugin not initialized',
      'cni-not-initialized',
    ],
    [
      'MissingIAMPermissions',
      'Unauthorized operation: failed to call ec2:CreateNetworkInterface due to missing permissions.',
      'unauthorized',
    ],
    [
      'Unsupported',
      'The instance type t3a.large is not supported for trunk interface (Security Group for Pods)',
      'trunk-unsupported',
    ],
    [
      'Unsupported',
      'The instance type m8a.large is not supported yet by the vpc resource controller',
      'trunk-unsupported',
    ],
    ['Unsupported', 'The instance type x is not supported by Windows', 'other'],
    [
      'TrunkENICreationFailed',
      'operation error EC2: CreateNetworkInterface, https response error StatusCode: 403, api error UnauthorizedOperation: You are not authorized',
      'unauthorized',
    ],
    [
      'TrunkENICreationFailed',
      'operation error EC2: CreateNetworkInterface, api error InsufficientFreeAddressesInSubnet: x',
      'insufficient-free-addresses',
    ],
    ['NodeTrunkFailedInit', 'The node failed initializing trunk interface', 'trunk-failed'],
    ['InsufficientCidrBlocks', 'x', 'insufficient-cidr-blocks'],
    ['BranchAllocationFailed', 'failed to allocate branch ENI to pod: x', 'branch-failed'],
    ['EniConfigNameNotFound', 'x', 'eniconfig-not-found'],
    ['CNINodeDeletionFailed', 'x', 'other'],
  ])('%s: %s', (reason, message, kind) => {
    expect(eventKind(reason, message)).toBe(kind);
  });
});

describe('refusalOf', () => {
  const forbidden = 'Error creating: pods "web-5c4d-x" is forbidden: ';
  it.each<[string, object]>([
    [
      `${forbidden}exceeded quota: compute, requested: limits.cpu=1,pods=1, used: limits.cpu=4,pods=10, limited: limits.cpu=4,pods=10`,
      {
        by: 'quota',
        name: 'compute',
        amounts: [
          { resource: 'limits.cpu', asked: '1', used: '4', limit: '4' },
          { resource: 'pods', asked: '1', used: '10', limit: '10' },
        ],
      },
    ],
    [
      `${forbidden}failed quota: compute: must specify limits.cpu for: web; limits.memory for: web,proxy`,
      { by: 'quota-unset', name: 'compute', unset: ['limits.cpu', 'limits.memory'] },
    ],
    [
      `${forbidden}[maximum cpu usage per Container is 1, but limit is 2, minimum memory usage per Pod is 1Gi, but request is 512Mi]`,
      {
        by: 'limit-range',
        amounts: [
          { resource: 'cpu', asked: '2', limit: '1' },
          { resource: 'memory', asked: '512Mi', limit: '1Gi' },
        ],
      },
    ],
    [
      `${forbidden}violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "web" must set…)`,
      { by: 'pod-security', name: 'restricted' },
    ],
    [
      `${forbidden}error looking up service account shop/web: serviceaccount "web" not found`,
      { by: 'service-account', name: 'web' },
    ],
    [`${forbidden}no PriorityClass with name gold was found`, { by: 'priority-class', name: 'gold' }],
    [
      'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: exceeded quota: of ours',
      { by: 'webhook', name: 'validate.kyverno.svc-fail' },
    ],
    [
      'Error creating: Internal error occurred: failed calling webhook "sidecar.istio.io": failed to call webhook: Post "https://istiod.istio-system.svc:443/inject": context deadline exceeded',
      { by: 'webhook-silent', name: 'sidecar.istio.io' },
    ],
    [
      `Error creating: pods "x" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: no`,
      { by: 'policy', name: 'no-latest' },
    ],
    ['Error creating: something else', { by: 'other' }],
  ])('%s', (message, refusal) => {
    expect(refusalOf(message)).toEqual(refusal);
  });

  it('is no refusal of AWS, whatever a webhook answers, and goes by controller and by who refuses', async () => {
    const about = { kind: 'ReplicaSet', namespace: 'shop', name: 'web-5c4d' };
    const made = (uid: string, message: string) => ({
      ...{ metadata: { uid }, reason: 'FailedCreate', type: 'Warning', involvedObject: about, count: 2, message },
    });
    const items = [
      made(
        '1',
        'Error creating: admission webhook "a.b" denied the request: Rate exceeded, not authorized to perform this',
      ),
      made('2', 'Error creating: admission webhook "a.b" denied the request: again'),
      made('3', `${forbidden}exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5`),
    ];
    const { data } = await collect(events, fakeAccess({ '/api/v1/events?fieldSelector=reason=FailedCreate': items }));
    expect(data.map((e) => [e.kind, e.refusal?.by, e.count, e.throttled])).toEqual([
      ['create-refused', 'webhook', 4, undefined],
      ['create-refused', 'quota', 2, undefined],
    ]);
  });
});

describe('volumeOf', () => {
  it.each([
    ['MountVolume.SetUp failed for volume "pvc-1" : rpc error', 'pvc-1'],
    ['Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data kube-api]', 'data'],
    ['timed out', undefined],
  ])('%s', (message, volume) => {
    expect(volumeOf(message)).toBe(volume);
  });
});

describe('unfitNodes', () => {
  it.each([
    [
      '0/6 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: , a}, 2 Insufficient cpu, 3 Too many pods. preemption: 0/6 nodes are available: 6 No preemption victims found.',
      [
        { what: 'taint', nodes: 1 },
        { what: 'cpu', nodes: 2 },
        { what: 'too-many-pods', nodes: 3 },
      ],
    ],
    [
      "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 Insufficient memory.",
      [
        { what: 'affinity', nodes: 1 },
        { what: 'memory', nodes: 1 },
      ],
    ],
    ['0/1 nodes are available: 1 Insufficient ephemeral-storage.', [{ what: 'other', nodes: 1 }]],
    ['skip schedule deleting pod: shop/web', []],
  ])('%s', (message, unfit) => {
    expect(unfitNodes(message)).toEqual(unfit);
  });
});

describe('isThrottled', () => {
  it.each([
    ['operation error EC2: CreateNetworkInterface, api error RequestLimitExceeded: Request limit exceeded.', true],
    ['ThrottlingException: Rate exceeded', true],
    ['failed to assign an IP address to container', false],
  ])('%s', (message, refused) => {
    expect(isThrottled(message)).toBe(refused);
  });
});

describe('deniedAction', () => {
  it.each([
    ['ec2:AssignPrivateIpAddresses', 'x', 'ec2:AssignPrivateIpAddresses'],
    [undefined, 'failed to call ec2:DescribeSubnets due to missing permissions', 'ec2:DescribeSubnets'],
    [
      undefined,
      'User: arn:aws:sts::1:assumed-role/r/i-0 is not authorized to perform: ec2:CreateTags on resource: x',
      'ec2:CreateTags',
    ],
    [
      undefined,
      'operation error EC2: AssociateTrunkInterface, https response error StatusCode: 403',
      'ec2:AssociateTrunkInterface',
    ],
    [
      undefined,
      'operation error SageMaker: AttachClusterNodeNetworkInterface, 403',
      'sagemaker:AttachClusterNodeNetworkInterface',
    ],
    ['Broadcast', 'UnauthorizedOperation', undefined],
  ])('%s / %s', (field, message, action) => {
    expect(deniedAction(field, message)).toBe(action);
  });
});

const event = (uid: string, over: KubernetesObject): KubernetesObject => ({
  metadata: { uid, namespace: 'shop', name: uid },
  reason: 'FailedCreatePodSandBox',
  message: `${SANDBOX}failed to assign an IP address to container`,
  type: 'Warning',
  source: { component: 'kubelet', host: 'n1' },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
  count: 3,
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:10:00Z',
  ...over,
});

describe('events', () => {
  it('adds up what says the same, and drops every text', async () => {
    const list = [
      event('a', {}),
      event('b', { count: 4, firstTimestamp: '2025-12-31T23:00:00Z', lastTimestamp: '2026-01-01T00:05:00Z' }),
      event('c', { involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-2' } }),
    ];
    const { data } = await collect(
      events,
      fakeAccess({ '/api/v1/events?fieldSelector=reason=FailedCreatePodSandBox': list }),
    );
    expect(data).toEqual([
      {
        kind: 'assign-ip-failed',
        reason: 'FailedCreatePodSandBox',
        source: 'kubelet',
        object: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
        node: 'n1',
        count: 7,
        firstAt: '2025-12-31T23:00:00Z',
        lastAt: '2026-01-01T00:10:00Z',
      },
      expect.objectContaining({ object: { kind: 'Pod', namespace: 'shop', name: 'web-2' }, count: 3 }),
    ]);
    expect(JSON.stringify(data)).not.toContain('sandbox "4f2"');
  });

  it('counts an event once that two selectors find', async () => {
    const e = event('a', {
      reason: 'MissingIAMPermissions',
      message: 'failed to call ec2:CreateTags due to missing permissions',
      source: { component: 'aws-node' },
    });
    const { data } = await collect(
      events,
      fakeAccess({
        '/api/v1/events?fieldSelector=reason=MissingIAMPermissions': [e],
        '/api/v1/events?fieldSelector=source=aws-node': [e],
      }),
    );
    expect(data).toMatchObject([{ kind: 'unauthorized', action: 'ec2:CreateTags', count: 3 }]);
  });

  it('reads events of the newer API: series, eventTime and the reporting component', async () => {
    const e = event('a', {
      reason: 'TrunkENICreationFailed',
      message: 'x',
      source: {},
      reportingComponent: 'vpc-resource-controller',
      involvedObject: { kind: 'Node', name: 'n7' },
      count: undefined,
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: '2026-01-01T00:00:00.000000Z',
      series: { count: 9, lastObservedTime: '2026-01-01T01:00:00.000000Z' },
    });
    const { data } = await collect(
      events,
      fakeAccess({ '/api/v1/events?fieldSelector=source=vpc-resource-controller': [e] }),
    );
    expect(data).toMatchObject([
      {
        kind: 'trunk-failed',
        source: 'vpc-resource-controller',
        object: { kind: 'Node', name: 'n7' },
        node: 'n7',
        count: 9,
        firstAt: '2026-01-01T00:00:00.000000Z',
        lastAt: '2026-01-01T01:00:00.000000Z',
      },
    ]);
  });

  it('keeps probes of aws-node alone, and what the scheduler lacks', async () => {
    const probe = (uid: string, name: string) =>
      event(uid, {
        reason: 'Unhealthy',
        message: 'Readiness probe failed: timeout: failed to connect service ":50051" within 5s',
        involvedObject: { kind: 'Pod', namespace: 'kube-system', name },
      });
    const scheduling = event('s', { reason: 'FailedScheduling', message: '0/1 nodes are available: 1 Too many pods.' });
    const { data } = await collect(
      events,
      fakeAccess({
        '/api/v1/events?fieldSelector=reason=Unhealthy,involvedObject.namespace=kube-system': [
          probe('a', 'aws-node-x1'),
          probe('b', 'coredns-7'),
        ],
        '/api/v1/events?fieldSelector=reason=FailedScheduling': [scheduling],
      }),
    );
    expect(data.map((e) => [e.kind, e.object.name]).sort()).toEqual([
      ['probe-failed', 'aws-node-x1'],
      ['too-many-pods', 'web-1'],
    ]);
    expect(data.find((e) => e.kind === 'too-many-pods')?.unfit).toEqual([{ what: 'too-many-pods', nodes: 1 }]);
  });

  it('leaves good news out', async () => {
    const e = event('a', {
      reason: 'ResourceAllocated',
      type: 'Normal',
      message: 'Allocated [{"eniId":"eni-1"}] to the pod',
    });
    const { data } = await collect(
      events,
      fakeAccess({ '/api/v1/events?fieldSelector=source=vpc-resource-controller': [e] }),
    );
    expect(data).toEqual([]);
  });
});
