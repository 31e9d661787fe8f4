/** Pods that no node takes, groups that bring none, and pods whose annotation is refused. */
import type { ClusterEvent } from '../../../../src/inspect/snapshot/kubernetes.ts';
import { ago, eni, event, nodegroup, pod } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { custom, customSections, plain } from './worlds.ts';

type Unfit = NonNullable<ClusterEvent['unfit']>;

/** A t3.medium at its 17: fifteen pods with an address beside two on the host network. */
const full = (type = 't3.medium', addressed = 15, maxPods = 17) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { type, home: 'subnet-0a', primary: 5, further: [5, 5], running: addressed, maxPods });

/** A pod that nothing takes, with what the scheduler says of it. */
const pending = (world: World, unfit: Unfit | undefined, kind: ClusterEvent['kind'] = 'too-many-pods') => {
  world.pods.push(pod({ name: 'late', namespace: 'shop', phase: 'Pending', createdAt: ago(600) }));
  world.events.push(
    event({
      kind,
      reason: 'FailedScheduling',
      object: { kind: 'Pod', namespace: 'shop', name: 'late' },
      ...(unfit ? { unfit } : {}),
    }),
  );
  return world;
};

const growing = {
  nodegroups: [nodegroup({ name: 'workers', instanceTypes: ['t3.medium'], subnetIds: ['subnet-0a'] })],
};

export const max005: Case = {
  blindWithout: ['events'],
  fires: [
    {
      name: 'one node, 17 of 17, one pod waits: prefixes would take 110',
      of: pending(full(), [{ what: 'too-many-pods', nodes: 1 }]).snapshot(growing),
      want: [
        {
          id: 'MAX005:prod',
          severity: 'error',
          confidence: 'observed',
          evidence: {
            pendingPods: 1,
            nodes: 1,
            full: 1,
            pods: 17,
            maxPods: 17,
            held: 15,
            idle: 0,
            groups: [{ instanceType: 't3.medium', maxPods: 17, podIps: 15, withPrefixes: 110 }],
          },
          says: /1 of 1 node is at maxPods: 17 of 17 pods, 15 of 15 pod addresses in use; .*110 instead of 17/,
          anyCommand: [/--scaling-config desiredSize=2 /, /ENABLE_PREFIX_DELEGATION/],
        },
      ],
    },
    {
      name: 'an older file tells no reasons: every node that takes pods is full',
      of: pending(full(), undefined, 'scheduling-failed').snapshot({ nodegroups: [] }),
      want: [{ id: 'MAX005:prod', severity: 'error', confidence: 'derived' }],
    },
    {
      name: 'a xen type holds no prefixes: nothing is promised of them',
      of: pending(
        new World()
          .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
          .node('n1', { type: 'm4.large', home: 'subnet-0a', primary: 9, further: [9], running: 18, maxPods: 20 }),
        [{ what: 'too-many-pods', nodes: 1 }],
      ).snapshot({ nodegroups: [] }),
      want: [{ id: 'MAX005:prod', severity: 'error', evidence: { groups: [{ withPrefixes: null }] } }],
    },
    {
      name: 'none waits yet, and the last of 17 is nearly there',
      of: full('t3.medium', 15, 17).snapshot(growing),
      want: [{ id: 'MAX005/near:prod', severity: 'warning', says: /17 of the 17 pods/ }],
    },
    {
      name: 'Karpenter launches by a class that says 22',
      of: pending(custom(), [{ what: 'too-many-pods', nodes: 2 }]).snapshot({
        ...customSections,
        nodes: custom().nodes.map((n) => ({ ...n, maxPods: 22, labels: { 'karpenter.sh/nodepool': 'default' } })),
        nodePools: [
          { name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'al2023' }, limits: {}, requirements: [] },
        ],
      }),
      want: [{ id: 'MAX005:prod', severity: 'error', anyCommand: [/patch ec2nodeclass al2023 .*"maxPods":110/] }],
    },
    {
      name: 'a group of its own launches by a template that says 22',
      of: pending(custom(), [{ what: 'too-many-pods', nodes: 2 }]).snapshot({
        ...customSections,
        nodegroups: [],
        nodes: custom().nodes.map((n) => ({ ...n, maxPods: 22, labels: {} })),
        launchTemplates: [{ id: 'lt-2', version: 7, maxPods: 22 }],
        autoScalingGroups: [
          {
            name: 'batch',
            minSize: 1,
            maxSize: 3,
            desiredCapacity: 2,
            subnetIds: ['subnet-na'],
            instanceIds: ['i-a1', 'i-b1'],
            launchTemplate: { id: 'lt-2', version: '7' },
            tags: {},
          },
        ],
      }),
      want: [{ id: 'MAX005:prod', severity: 'error', anyCommand: [/--auto-scaling-group-name batch/] }],
    },
    {
      name: 'prefixes are on, and the number of the group was never raised',
      of: pending(custom(), [{ what: 'too-many-pods', nodes: 2 }]).snapshot({
        ...customSections,
        nodes: custom().nodes.map((n) => ({ ...n, maxPods: 22 })),
      }),
      want: [{ id: 'MAX005:prod', severity: 'error', evidence: { full: 2 } }],
    },
  ],
  quiet: [
    {
      name: 'the pod lacks CPU on the node that is full',
      of: pending(full('t3.medium', 14, 16).node('n2', { home: 'subnet-0a', primary: 9, running: 1 }), [
        { what: 'too-many-pods', nodes: 1 },
        { what: 'cpu', nodes: 2 },
      ]).snapshot(growing),
    },
    {
      name: 'an older file, and a node has room: the pod waits for something else',
      of: pending(
        full().node('n2', { home: 'subnet-0a', primary: 9, running: 1 }),
        undefined,
        'scheduling-failed',
      ).snapshot(growing),
    },
    { name: 'room everywhere', of: plain().snapshot() },
    {
      name: 'the only full node is cordoned',
      of: pending(
        full().node('n2', { home: 'subnet-0a', primary: 9, running: 1 }),
        undefined,
        'scheduling-failed',
      ).snapshot({ ...growing, nodes: full().nodes.map((n) => ({ ...n, unschedulable: true })) }),
    },
  ],
};

const ill = (...codes: string[]) => ({
  nodegroups: [
    nodegroup({
      name: 'workers',
      status: 'DEGRADED',
      subnetIds: ['subnet-0a', 'subnet-0b'],
      health: codes.map((code) => ({ code, message: 'x', resourceIds: ['subnet-0a'] })),
    }),
  ],
});

export const nod007: Case = {
  fires: [
    {
      name: 'the subnets of a group are full, which EKS says twice',
      of: plain()
        .hide('subnet-0a', 231)
        .subnet('subnet-0c', '10.0.2.0/24', 'eu-west-1a')
        .snapshot(ill('AsgInstanceLaunchFailures', 'INSUFFICIENT_FREE_ADDRESSES')),
      want: [
        {
          id: 'NOD007/launch:workers',
          severity: 'error',
          confidence: 'observed',
          evidence: { codes: ['AsgInstanceLaunchFailures', 'INSUFFICIENT_FREE_ADDRESSES'], resourceIds: ['subnet-0a'] },
          says: /subnet-0a \(eu-west-1a\) 0 free/,
          anyCommand: [/create-subnet/, /describe-nodegroup --cluster-name prod --nodegroup-name workers --query/],
        },
      ],
    },
    {
      name: 'with custom networking the room is that of the pods',
      of: custom().snapshot({
        ...customSections,
        nodegroups: [
          nodegroup({
            name: 'workers',
            subnetIds: ['subnet-pa'],
            health: [{ code: 'InsufficientFreeAddresses', message: '', resourceIds: [] }],
          }),
        ],
      }),
      want: [{ id: 'NOD007/addresses:workers', severity: 'error' }],
    },
    {
      name: 'a subnet of a group is gone: a group like it in those that are left',
      of: plain().snapshot({
        nodegroups: [
          nodegroup({
            ...{ name: 'workers', status: 'DEGRADED', subnetIds: ['subnet-0a', 'subnet-gone'] },
            health: [{ code: 'Ec2SubnetNotFound', message: '', resourceIds: ['subnet-gone'] }],
          }),
        ],
      }),
      want: [
        {
          id: 'NOD007/subnet:workers',
          severity: 'error',
          anyCommand: [
            /^aws eks describe-nodegroup .*subnets:`\["subnet-0a"\]`.*> ng-workers-2\.json$/m,
            /^aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-2\.json/m,
            /^aws eks wait nodegroup-active .* && kubectl cordon .* && kubectl drain .* && aws eks delete-nodegroup /m,
          ],
        },
      ],
    },
    {
      name: 'no subnet of a group is left: nothing is deleted',
      of: plain().snapshot({
        nodegroups: [
          nodegroup({
            ...{ name: 'workers', status: 'DEGRADED', subnetIds: ['subnet-gone'] },
            health: [{ code: 'Ec2SubnetNotFound', message: '', resourceIds: ['subnet-gone'] }],
          }),
        ],
      }),
      want: [{ id: 'NOD007/subnet:workers', severity: 'error', commands: [/--query nodegroup\.health/] }],
    },
    {
      name: 'nodes do not join',
      of: plain().snapshot(ill('NodeCreationFailure')),
      want: [{ id: 'NOD007/join:workers', severity: 'error', says: /NodeCreationFailure for node group workers/ }],
    },
    {
      name: 'EKS has a failure of its own',
      of: plain().snapshot(ill('InternalFailure')),
      want: [{ id: 'NOD007/other:workers', severity: 'warning' }],
    },
    {
      name: 'nodes that did not join, by the instances EKS names: the one that is not ready counts',
      of: plain()
        .node('n3', { home: 'subnet-0a', node: { ready: 'False', readyReason: 'cni-not-initialized' } })
        .snapshot({
          nodegroups: [
            nodegroup({
              status: 'CREATE_FAILED',
              health: [{ code: 'NodeCreationFailure', message: '', resourceIds: ['i-n1', 'i-n3'] }],
            }),
          ],
        }),
      want: [{ id: 'NOD007/join:workers', severity: 'error', evidence: { resourceIds: ['i-n1', 'i-n3'] } }],
    },
  ],
  quiet: [
    { name: 'all groups well', of: plain().snapshot() },
    {
      name: 'a group that is being deleted',
      of: plain().snapshot({
        nodegroups: [
          nodegroup({ status: 'DELETING', health: [{ code: 'AccessDenied', message: '', resourceIds: [] }] }),
        ],
      }),
    },
  ],
  notApplicable: [{ name: 'no managed group', of: plain().snapshot({ nodegroups: [] }) }],
};

const trunk = eni({ eniId: 'eni-t', type: 'trunk', subnetId: 'subnet-0a', attachedTo: 'i-n1', device: 2 });

const refused = () => {
  const world = plain();
  world.enis.push(trunk);
  world.pods.push(
    pod({
      name: 'x',
      namespace: 'shop',
      node: 'n1',
      class: 'branch',
      phase: 'Pending',
      waiting: true,
      createdAt: ago(600),
    }),
  );
  world.events.push(
    event({
      kind: 'branch-annotation-failed',
      reason: 'BranchENIAnnotationFailed',
      object: { kind: 'Pod', namespace: 'shop', name: 'x' },
      count: 4,
    }),
  );
  return world;
};

const asked = (configuration: string, podOperations: string[]) => ({
  kind: 'validating' as const,
  configuration,
  name: `check.${configuration}.example`,
  failurePolicy: 'Fail',
  podOperations,
  podStatus: false,
  selective: false,
});

export const hlt007: Case = {
  fires: [
    {
      name: 'the controller may not annotate the pod: deleting it would not help',
      of: refused().snapshot({ env: { ENABLE_POD_ENI: 'true' } }),
      want: [
        {
          id: 'HLT007/annotation:branch-eni',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/x'],
          evidence: { events: 4, waitingPods: 1 },
          says: /^the branch ENI of 1 pod was made, and writing it to the pod was refused \(4 events\)/,
          commands: [
            /^kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations/,
            /validatingadmission/,
          ],
        },
      ],
    },
    {
      name: 'aws-node writes addresses to pods, and pods get none beside idle ones',
      of: plain()
        .waiting('x', 'n1')
        .snapshot({ env: { ANNOTATE_POD_IP: 'true' } }),
      want: [
        {
          id: 'HLT007/annotate-pod-ip:pod-ip',
          severity: 'warning',
          confidence: 'heuristic',
          evidence: { idleAddresses: 6 },
          commands: [/ANNOTATE_POD_IP=false/],
        },
      ],
    },
    {
      name: 'and the webhooks are named that are asked about changes of pods',
      of: refused().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        webhooks: [asked('gatekeeper', ['CREATE', 'UPDATE']), asked('istio', ['CREATE'])],
      }),
      want: [
        {
          id: 'HLT007/annotation:branch-eni',
          severity: 'error',
          evidence: { webhooks: ['gatekeeper/check.gatekeeper.example'] },
          says: /; asked about changes: gatekeeper\/check.gatekeeper.example/,
          commands: [/^kubectl get validatingwebhookconfiguration\/gatekeeper -o yaml$/, /validatingadmissionpolicies/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'nothing is refused', of: plain().snapshot() },
    { name: 'pods wait, and aws-node leaves pods alone', of: plain().waiting('x', 'n1').snapshot() },
    {
      name: 'the node is full: no idle address',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9, 9], running: 27, maxPods: 110, waiting: 1 })
        .snapshot({ env: { ANNOTATE_POD_IP: 'true' } }),
    },
  ],
};
