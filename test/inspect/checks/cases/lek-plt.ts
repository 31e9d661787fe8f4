import type { FargateProfile, Nodegroup } from '../../../../src/inspect/snapshot/aws.ts';
import type { CniNode } from '../../../../src/inspect/snapshot/kubernetes.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  event,
  node,
  nodegroup,
  pod,
  subnet,
  VPC,
} from '../../../support/snapshot-builder.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const SGP = { ENABLE_POD_ENI: 'true' };
const CLEANUP = 'networking.k8s.aws/resource-cleanup';
const cniNode = (name: string, part: Partial<CniNode> = {}): CniNode => ({
  name,
  features: [],
  tags: { 'node.k8s.amazonaws.com/instance_id': `i-${name}`, 'cluster.k8s.amazonaws.com/name': 'prod' },
  deleting: false,
  createdAt: ago(86_400),
  ...part,
});
const both = [cniNode('n1'), cniNode('n2')];
const ROLE = { cluster: cluster({ roleArn: 'arn:aws:iam::111122223333:role/eks-prod' }) };

export const lek003: Case = {
  whole: ['cniNodes', 'nodes'],
  fires: [
    {
      name: 'a finalizer has held it for an hour, and the controller says why',
      of: plain().snapshot({
        cniNodes: [
          ...both,
          cniNode('gone', { deleting: true, deletingSince: ago(3600), finalizers: [CLEANUP, 'example.com/mine'] }),
        ],
        events: [
          event({
            kind: 'other',
            reason: 'CNINodeDeletionFailed',
            source: 'vpc-resource-controller',
            object: { kind: 'CNINode', name: 'gone' },
          }),
        ],
      }),
      want: [
        {
          id: 'LEK003/stuck:prod',
          severity: 'warning',
          confidence: 'observed',
          evidence: {
            objects: ['gone'],
            finalizers: ['example.com/mine', CLEANUP],
            deletingFor: 3600,
            events: ['CNINodeDeletionFailed'],
          },
          says: /^1 CNINode \(gone\) is being deleted for 60 min and does not go: held by .*; the resource controller reports CNINodeDeletionFailed$/,
          anyCommand: [
            /^kubectl patch cninode gone --type merge -p '\{"metadata":\{"finalizers":\["example.com\/mine"\]\}\}'$/m,
            /^aws iam attach-role-policy --role-name eks-prod --policy-arn arn:aws:iam::aws:policy\/AmazonEKSVPCResourceController$/m,
          ],
        },
      ],
    },
    {
      name: 'no node, and nothing deletes it; another lacks its tag',
      of: plain().snapshot({ cniNodes: [cniNode('n1', { tags: {} }), cniNode('n2'), cniNode('old')] }),
      want: [
        {
          id: 'LEK003/orphan:prod',
          severity: 'warning',
          evidence: { objects: ['old'], deletingFor: null },
          commands: [/^kubectl delete cninode old --wait=false$/],
        },
        { id: 'LEK003/untagged:prod', severity: 'info', evidence: { objects: ['n1'] } },
      ],
    },
    {
      name: 'being deleted, the file does not say since when',
      of: plain().snapshot({ cniNodes: [...both, cniNode('old', { deleting: true })] }),
      want: [{ id: 'LEK003/orphan:prod', severity: 'info', confidence: 'heuristic' }],
    },
    {
      name: 'a node has none while branch ENIs are on',
      of: plain().snapshot({ env: SGP, cniNodes: [cniNode('n1')], ...ROLE }),
      want: [
        {
          id: 'LEK003/missing:prod',
          severity: 'error',
          evidence: { objects: ['n2'] },
          commands: [/attach-role-policy .*AmazonEKSVPCResourceController$/],
        },
      ],
    },
    {
      name: 'no node has one, though the cluster knows the kind',
      of: plain().snapshot({
        env: SGP,
        cniNodes: [],
        crds: [{ name: 'cninodes.vpcresources.k8s.aws', versions: ['v1alpha1'], createdAt: ago(86_400) }],
      }),
      want: [{ id: 'LEK003/missing:prod', severity: 'error', evidence: { objects: ['n1', 'n2'] } }],
    },
  ],
  quiet: [
    { name: 'one for each node', of: plain().snapshot({ env: SGP, cniNodes: both }) },
    {
      name: 'deleted a minute ago with its node',
      of: plain().snapshot({
        cniNodes: [...both, cniNode('gone', { deleting: true, deletingSince: ago(60), finalizers: [CLEANUP] })],
      }),
    },
    {
      name: 'a node that joins now, and one whose type carries no trunk',
      of: plain()
        .node('n3', { home: 'subnet-0a', ageSeconds: 120 })
        .node('t3', { home: 'subnet-0a', type: 't3.medium', maxPods: 17 })
        .snapshot({ env: SGP, cniNodes: both }),
    },
    { name: 'an older control plane knows no such objects', of: plain().snapshot({ env: SGP, cniNodes: [] }) },
    { name: 'branch ENIs are off', of: plain().snapshot({ cniNodes: [cniNode('n1')] }) },
  ],
};

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';
const PLACED = { nodeSelector: {}, computeTypesExcluded: [], toleratesAll: true };
/** Two nodes of aws-node, and one of another engine. */
const mixed = (type: string, part: Parameters<typeof node>[0] = { name: 'x1' }) => {
  const world = plain();
  world.nodes.push(node({ instanceId: undefined, ...part, labels: { [COMPUTE_TYPE]: type } }));
  return world;
};
const awsNodeOn = (name: string, part: Partial<ReturnType<typeof cni>['pods'][number]> = {}) => [
  { name: `aws-node-${name}`, node: name, ready: false, phase: 'Running', restarts: 0, ...part },
];

export const plt003: Case = {
  fires: [
    {
      name: 'an affinity of before v1.19.0 lets it onto a hybrid node, where it crashes',
      of: mixed('hybrid').snapshot({
        cni: cni({
          version: 'v1.18.5',
          placement: PLACED,
          pods: awsNodeOn('x1', { restarts: 12, waitingReason: 'CrashLoopBackOff' }),
        }),
        addons: [addon({ version: 'v1.18.5-eksbuild.1', configuration: { env: { WARM_ENI_TARGET: '1' } } })],
      }),
      want: [
        {
          id: 'PLT003:aws-node',
          severity: 'error',
          confidence: 'observed',
          evidence: { computeTypes: ['hybrid'], excluded: [], nodes: 1, pods: 1, notReady: 1, crashing: 1 },
          says: /^1 pod of aws-node stands on 1 node with eks\.amazonaws\.com\/compute-type=hybrid, whose pods it cannot serve: it is not ready$/,
          commands: [
            /^aws eks update-addon .*--configuration-values='.*"env".*"affinity".*"NotIn".*"fargate","hybrid","auto"/,
          ],
        },
      ],
    },
    {
      name: 'Auto Mode nodes come into a cluster whose manifest excludes Fargate alone',
      of: mixed('auto', { name: 'x1', instanceId: 'i-x1' }).snapshot({
        cni: cni({ installMethod: 'manifest', placement: { ...PLACED, computeTypesExcluded: ['fargate'] } }),
      }),
      want: [
        {
          id: 'PLT003:aws-node',
          severity: 'warning',
          confidence: 'derived',
          evidence: { pods: 0, excluded: ['fargate'] },
          says: /^the affinity of aws-node does not keep it off 1 node with /,
          commands: [/^kubectl -n kube-system patch daemonset aws-node --type merge -p '\{"spec":.*"NotIn"/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'kept off',
      of: mixed('hybrid').snapshot({
        cni: cni({ placement: { ...PLACED, computeTypesExcluded: ['auto', 'fargate', 'hybrid'] } }),
      }),
    },
    {
      name: 'parked by a node selector',
      of: mixed('hybrid').snapshot({ cni: cni({ placement: { ...PLACED, nodeSelector: { 'no-such': 'node' } } }) }),
    },
    { name: 'where it may run was not read, and no pod of it stands there', of: mixed('fargate').snapshot() },
  ],
  notApplicable: [
    { name: 'no such node', of: plain().snapshot({ cni: cni({ placement: PLACED }) }) },
    {
      name: 'an EC2 node of one’s own with the label',
      of: mixed('fargate', { name: 'x1', instanceId: 'i-x1' }).snapshot({ cni: cni({ placement: PLACED }) }),
    },
    { name: 'aws-node is not installed', of: mixed('auto').snapshot({ cni: cni({ installed: false }) }) },
  ],
};

const profile = (part: Partial<FargateProfile> = {}): FargateProfile => ({
  name: 'jobs',
  status: 'ACTIVE',
  podExecutionRoleArn: 'arn:aws:iam::111122223333:role/fargate-pods',
  subnetIds: ['subnet-f1', 'subnet-f2'],
  selectors: [{ namespace: 'jobs', labels: { kind: 'batch' } }],
  ...part,
});
const table = (routeTableId: string, target: string | undefined, subnetIds: string[], main = false) => ({
  routeTableId,
  main,
  subnetIds,
  routes: [
    { destination: '10.0.0.0/16', target: 'local', state: 'active' },
    ...(target ? [{ destination: '0.0.0.0/0', target, state: 'active' }] : []),
  ],
});
const fargate = (free1: number, free2: number, zone2 = 'eu-west-1b') => ({
  subnets: [
    subnet({ subnetId: 'subnet-f1', cidr: '10.0.8.0/26', availabilityZone: 'eu-west-1a', availableIps: free1 }),
    subnet({ subnetId: 'subnet-f2', cidr: '10.0.9.0/26', availabilityZone: zone2, availableIps: free2 }),
  ],
  routeTables: [table('rtb-main', 'nat-1', [], true)],
  fargateProfiles: [profile()],
  vpc: { vpcId: VPC, cidrs: [{ cidr: '10.0.0.0/16', state: 'associated' }], ipv6Cidrs: [] },
});
const late = [
  pod({
    name: 'import-1',
    namespace: 'jobs',
    class: 'fargate',
    phase: 'Pending',
    createdAt: ago(900),
    labels: { kind: 'batch' },
  }),
];

export const plt004: Case = {
  whole: [],
  fires: [
    {
      name: 'one subnet has no address left, and a pod waits',
      of: plain().snapshot({ ...fargate(0, 40), pods: late }),
      want: [
        {
          id: 'PLT004/exhausted:jobs',
          severity: 'error',
          confidence: 'observed',
          waiting: ['jobs/import-1'],
          evidence: { subnets: [{ subnetId: 'subnet-f1', free: 0 }], free: 40, total: 118, pending: 1 },
          says: /^Fargate profile jobs: subnet-f1 \(eu-west-1a, 10\.0\.8\.0\/26\) has no address free, and each Fargate pod takes one; 1 pod of it waits for a node$/,
          commands: [
            /^aws eks create-fargate-profile --cluster-name prod --fargate-profile-name jobs-2 --pod-execution-role-arn arn:aws:iam::111122223333:role\/fargate-pods --subnets subnet-f2 --selectors='\[\{"namespace":"jobs","labels":\{"kind":"batch"\}\}\]' --region eu-west-1$/,
            /^aws eks wait fargate-profile-active .*jobs-2 --region eu-west-1$/,
            /^aws eks delete-fargate-profile --cluster-name prod --fargate-profile-name jobs --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'both are nearly empty, and there is no other room: a new subnet',
      of: plain().snapshot(fargate(5, 6)),
      want: [
        {
          id: 'PLT004/low:jobs',
          severity: 'warning',
          evidence: { free: 11, total: 118 },
          commands: [
            /create-subnet/,
            /xargs '-I\{\}' aws eks create-fargate-profile .*--subnets='\{\}' --selectors/,
            /wait/,
            /delete-fargate/,
          ],
        },
      ],
    },
    {
      name: 'public subnets, all in one zone',
      of: plain().snapshot({
        ...fargate(40, 40, 'eu-west-1a'),
        routeTables: [table('rtb-main', 'nat-1', [], true), table('rtb-pub', 'igw-1', ['subnet-f1', 'subnet-f2'])],
      }),
      want: [
        {
          id: 'PLT004/public:jobs',
          severity: 'error',
          evidence: { subnets: [{ subnetId: 'subnet-f1' }, { subnetId: 'subnet-f2' }] },
        },
        { id: 'PLT004/single-zone:jobs', severity: 'warning', says: /in eu-west-1a alone/ },
      ],
    },
    {
      name: 'a subnet is gone',
      of: plain().snapshot({
        ...fargate(40, 40),
        fargateProfiles: [profile({ subnetIds: ['subnet-f1', 'subnet-x'] })],
      }),
      want: [
        {
          id: 'PLT004/gone:jobs',
          severity: 'error',
          evidence: { missing: ['subnet-x'] },
          says: /^Fargate profile jobs names subnet-x, which does not exist$/,
        },
      ],
    },
  ],
  quiet: [
    { name: 'room in two private zones', of: plain().snapshot(fargate(40, 40)) },
    {
      name: 'being deleted',
      of: plain().snapshot({ ...fargate(0, 0), fargateProfiles: [profile({ status: 'DELETING' })] }),
    },
  ],
  notApplicable: [{ name: 'no profile', of: plain().snapshot() }],
};

const quotas = (interfaces: number, ranges = 1) => [
  { service: 'vpc', code: 'L-DF5E4CA3', name: 'Network interfaces per Region', value: 1000, used: interfaces },
  { service: 'vpc', code: 'L-83CA0A9D', name: 'IPv4 CIDR blocks per VPC', value: 5, used: ranges },
];
const growing = (part: Partial<Nodegroup>) => [nodegroup({ name: 'workers', ...part })];

export const qta001: Case = {
  fires: [
    {
      name: 'nineteen in twenty are used',
      of: plain().snapshot({ quotas: quotas(950) }),
      want: [
        {
          id: 'QTA001:L-DF5E4CA3',
          severity: 'error',
          confidence: 'derived',
          // two ENIs on each of two nodes; the group may grow from one node to three
          evidence: { value: 1000, used: 950, projected: 954 },
          says: /^950 of 1,000 \(95 %\) used: Network interfaces per Region \(L-DF5E4CA3\); 954 with every node group at its maximum$/,
          commands: [
            /^aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-DF5E4CA3 --desired-value 1500 --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'four fifths',
      of: plain().snapshot({ quotas: quotas(800) }),
      want: [{ id: 'QTA001:L-DF5E4CA3', severity: 'warning' }],
    },
    {
      name: 'the groups at their maximum go beyond it',
      of: plain().snapshot({ quotas: quotas(700), nodegroups: growing({ desiredSize: 100, maxSize: 300 }) }),
      want: [{ id: 'QTA001:L-DF5E4CA3', severity: 'warning', evidence: { used: 700, projected: 1100 } }],
    },
    {
      name: 'no further range for a VPC whose subnet is full',
      of: plain()
        .hide('subnet-0a', 231)
        .snapshot({ quotas: quotas(10, 5) }),
      want: [
        {
          id: 'QTA001:L-83CA0A9D',
          severity: 'warning',
          evidence: { value: 5, used: 5, shortSubnets: ['subnet-0a'] },
          says: /^the VPC has 5 of 5 ranges it may have \(L-83CA0A9D\), while 1 of its subnets has no room for one more node$/,
          commands: [/--quota-code L-83CA0A9D --desired-value 10 /],
        },
      ],
    },
    {
      name: 'none is left, and the ENIs of a node are full',
      of: plain()
        .node('n3', { home: 'subnet-0a', primary: 9, running: 9, waiting: 2 })
        .snapshot({ quotas: quotas(1000) }),
      want: [
        {
          id: 'QTA001:L-DF5E4CA3',
          severity: 'error',
          waiting: ['shop/wait-n3-0', 'shop/wait-n3-1'],
          evidence: { value: 1000, used: 1000, waitingPods: 2 },
        },
      ],
    },
    {
      name: 'none is left, and the pods that wait have room on an ENI of their node: something else holds them',
      of: plain()
        .node('n3', { home: 'subnet-0a', primary: 4, running: 4, waiting: 2 })
        .snapshot({ quotas: quotas(1000) }),
      want: [{ id: 'QTA001:L-DF5E4CA3', severity: 'error', waiting: [], evidence: { waitingPods: 0 } }],
    },
  ],
  quiet: [
    { name: 'plenty', of: plain().snapshot({ quotas: quotas(799, 4) }) },
    {
      name: 'the maximum of a group is a placeholder',
      of: plain().snapshot({ quotas: quotas(10), nodegroups: growing({ desiredSize: 1, maxSize: 1000 }) }),
    },
    { name: 'every range is there, and every subnet has room', of: plain().snapshot({ quotas: quotas(10, 5) }) },
  ],
};
