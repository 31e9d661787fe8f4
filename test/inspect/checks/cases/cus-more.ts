import { addon, ago, cni, eniConfig, node, subnet, VPC } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM, CUSTOM_PREFIX, custom, customSections, plain } from './worlds.ts';

const [a, b] = customSections.eniConfigs;

export const cus003: Case = {
  whole: ['subnets'],
  fires: [
    {
      name: 'a subnet that is gone, while another one lies ready',
      of: custom()
        .subnet('subnet-pb2', '100.64.9.0/24', 'eu-west-1b')
        .snapshot({ ...customSections, eniConfigs: [a!, eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-gone' })] }),
      want: [
        {
          id: 'CUS003/not-found:eu-west-1b',
          severity: 'error',
          confidence: 'derived',
          evidence: { subnetId: 'subnet-gone', reason: 'not-found', nodes: 1 },
          commands: [/^kubectl patch eniconfig eu-west-1b .*subnet-pb/, /delete pod --wait=false aws-node-b1$/],
        },
      ],
    },
    {
      name: 'none named, and one of another VPC that no node uses',
      of: custom()
        .subnet('subnet-far', '10.9.0.0/24', 'eu-west-1c', { vpcId: 'vpc-other' })
        .snapshot({
          ...customSections,
          eniConfigs: [
            eniConfig({ name: 'eu-west-1a', subnetId: undefined }),
            b!,
            eniConfig({ name: 'eu-west-1c', subnetId: 'subnet-far' }),
          ],
        }),
      want: [
        { id: 'CUS003/no-subnet:eu-west-1a', severity: 'error' },
        {
          id: 'CUS003/other-vpc:eu-west-1c',
          severity: 'warning',
          evidence: { vpcId: 'vpc-other', clusterVpcId: VPC, nodes: 0 },
        },
      ],
    },
    {
      name: 'one that is not available yet',
      of: custom()
        .subnet('subnet-new', '100.64.9.0/24', 'eu-west-1b', { state: 'pending' })
        .snapshot({
          ...customSections,
          eniConfigs: [a!, eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-new' })],
        }),
      want: [{ id: 'CUS003/not-available:eu-west-1b', severity: 'error' }],
    },
  ],
  quiet: [
    { name: 'both exist', of: custom().snapshot(customSections) },
    {
      name: 'a subnet that another account shares',
      of: custom().snapshot({
        ...customSections,
        subnets: [
          ...['subnet-na', 'subnet-nb'].map((subnetId) => subnet({ subnetId })),
          subnet({ subnetId: 'subnet-pa', ownerId: '999999999999' }),
          subnet({ subnetId: 'subnet-pb', ownerId: '999999999999', availabilityZone: 'eu-west-1b' }),
        ],
      }),
    },
  ],
};

const groups = (ids: readonly string[], known: readonly string[], vpcId = VPC) => ({
  ...customSections,
  eniConfigs: [a!, eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: [...ids] })],
  securityGroups: ['sg-pods', ...known].map((groupId) => ({
    groupId,
    vpcId: groupId === 'sg-pods' ? VPC : vpcId,
    name: groupId,
  })),
});
const numbered = (n: number) => Array.from({ length: n }, (_, i) => `sg-${i}`);

const groupsQuota = (value: number) => ({
  service: 'vpc',
  code: 'L-2AFB9258',
  name: 'Security groups per network interface',
  value,
});

export const cus004: Case = {
  whole: ['securityGroups'],
  fires: [
    {
      name: 'a group that is gone',
      of: custom().snapshot(groups(['sg-pods', 'sg-gone'], [])),
      want: [
        {
          id: 'CUS004/missing:eu-west-1b',
          severity: 'error',
          evidence: { missing: ['sg-gone'], otherVpc: [], nodes: 1 },
          commands: [
            /^kubectl patch eniconfig eu-west-1b --type merge -p '\{"spec":\{"securityGroups":\["sg-pods"\]\}\}'$/,
          ],
        },
      ],
    },
    {
      name: 'the only group is gone',
      of: custom().snapshot(groups(['sg-gone'], [])),
      want: [
        {
          id: 'CUS004/missing:eu-west-1b',
          severity: 'error',
          commands: [/^kubectl patch eniconfig eu-west-1b --type merge -p '\{"spec":\{"securityGroups":\[\]\}\}'$/],
        },
      ],
    },
    {
      name: 'a group of another VPC may be associated with this one',
      of: custom().snapshot(groups(['sg-pods', 'sg-far'], ['sg-far'], 'vpc-other')),
      want: [{ id: 'CUS004/other-vpc:eu-west-1b', severity: 'warning', evidence: { otherVpc: ['sg-far'] } }],
    },
    {
      name: 'the same on a node where aws-node is down for its image, its memory or its agent: the doubt stays',
      of: (() => {
        const world = custom();
        const down = { init: false, ready: false, restarts: 9 };
        const broken = [
          { name: 'aws-node', ...down, waitingReason: 'ImagePullBackOff' },
          { name: 'aws-node', ...down, exitCode: 137, endedReason: 'OOMKilled' },
          { name: 'aws-eks-nodeagent', ...down, waitingReason: 'CrashLoopBackOff', exitCode: 1 },
        ];
        world.node('b2', { home: 'subnet-nb', pods: 'subnet-pb', further: [2], prefixes: true, maxPods: 110 });
        world.node('b3', { home: 'subnet-nb', pods: 'subnet-pb', further: [2], prefixes: true, maxPods: 110 });
        const pods = world.cniPods.map((p) => {
          const at = ['b1', 'b2', 'b3'].indexOf(p.node ?? '');
          return at < 0 ? p : { ...p, ready: false, restarts: 9, startedAt: ago(900), containers: [broken[at]!] };
        });
        return world.snapshot({
          ...groups(['sg-pods', 'sg-far'], ['sg-far'], 'vpc-other'),
          cni: cni({ env: CUSTOM_PREFIX, pods }),
        });
      })(),
      want: [{ id: 'CUS004/other-vpc:eu-west-1b', severity: 'warning', evidence: { nodes: 3 } }],
    },
    {
      name: 'a text in place of a list',
      of: custom().snapshot({
        ...customSections,
        eniConfigs: [
          eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] }),
          eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'], groupsAreText: true }),
        ],
      }),
      want: [
        {
          id: 'CUS004/not-a-list:eu-west-1b',
          severity: 'warning',
          evidence: { isText: true, groups: ['sg-pods'], nodes: 1 },
          says: /ENIConfig eu-west-1b has its securityGroups as the text sg-pods in place of a list/,
          commands: [
            /^kubectl patch eniconfig eu-west-1b --type merge -p '\{"spec":\{"securityGroups":\["sg-pods"\]\}\}'$/,
          ],
        },
      ],
    },
    {
      name: 'more than any quota allows',
      of: custom().snapshot(groups(numbered(17), numbered(17))),
      want: [{ id: 'CUS004/too-many:eu-west-1b', severity: 'error' }],
    },
    {
      name: 'more than the quota of this account',
      of: custom().snapshot({ ...groups(numbered(9), numbered(9)), quotas: [groupsQuota(8)] }),
      want: [
        {
          id: 'CUS004/too-many:eu-west-1b',
          severity: 'error',
          evidence: { limit: 8 },
          says: /names 9 security groups, more than the 8 that the quota allows/,
          anyCommand: [
            /request-service-quota-increase .*--quota-code L-2AFB9258 --desired-value 9 --region eu-west-1$/m,
          ],
        },
      ],
    },
    {
      name: 'more than the quota is at first',
      of: custom().snapshot(groups(numbered(6), numbered(6))),
      want: [{ id: 'CUS004/over-default-quota:eu-west-1b', severity: 'warning' }],
    },
  ],
  quiet: [
    { name: 'all exist', of: custom().snapshot(groups(numbered(5), numbered(5))) },
    {
      name: 'six, and the quota was raised',
      of: custom().snapshot({ ...groups(numbered(6), numbered(6)), quotas: [groupsQuota(10)] }),
    },
    { name: 'none: those of the primary interface are used', of: custom().snapshot(groups([], [])) },
  ],
};

export const cus005: Case = {
  fires: [
    {
      name: 'ENIConfigs, and the setting is not on',
      of: plain().snapshot({ eniConfigs: [a!], addons: [addon({ configuration: {} })] }),
      want: [
        {
          id: 'CUS005/off:aws-node',
          severity: 'warning',
          evidence: {
            here: '1 ENIConfig',
            there: 'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG is not set',
            names: ['eu-west-1a'],
          },
          commands: [
            /AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG.*true.*ENI_CONFIG_LABEL_DEF.*topology\.kubernetes\.io\/zone|ENI_CONFIG_LABEL_DEF=topology/,
          ],
          anyCommand: [/^kubectl delete eniconfig eu-west-1a$/m],
        },
      ],
    },
    {
      name: 'on by hand, by the beta label, and two names on one node; a tagged subnet lies idle',
      of: (() => {
        const world = custom().subnet('subnet-tag', '10.0.9.0/24', 'eu-west-1a', {
          tags: { 'kubernetes.io/role/cni': '1' },
        });
        const old = 'failure-domain.beta.kubernetes.io/zone';
        world.nodes[0] = node({
          ...world.nodes[0]!,
          labels: { ...world.nodes[0]!.labels, [old]: 'eu-west-1a' },
          annotations: { 'k8s.amazonaws.com/eniConfig': 'eu-west-1b' },
        });
        return world.snapshot({
          ...customSections,
          env: { ...CUSTOM_PREFIX, ENI_CONFIG_LABEL_DEF: old },
          addons: [addon({ configuration: { env: { ENABLE_PREFIX_DELEGATION: 'true' } } })],
        });
      })(),
      want: [
        {
          id: 'CUS005/volatile:aws-node',
          severity: 'warning',
          anyCommand: [/update-addon .*"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true"/],
        },
        {
          id: 'CUS005/deprecated-label:aws-node',
          severity: 'warning',
          anyCommand: [/ENI_CONFIG_LABEL_DEF":"topology\.kubernetes\.io\/zone"/],
        },
        {
          id: 'CUS005/shadowed:aws-node',
          severity: 'warning',
          evidence: { names: ['a1'] },
          commands: [/^kubectl annotate node a1 k8s\.amazonaws\.com\/eniConfig-$/],
        },
        { id: 'CUS005/tags-ignored:aws-node', severity: 'info', evidence: { names: ['subnet-tag'] } },
      ],
    },
  ],
  quiet: [
    { name: 'said in one place', of: custom().snapshot(customSections) },
    { name: 'installed by Helm: no add-on declares it', of: custom().snapshot({ ...customSections, addons: [] }) },
    { name: 'no custom networking at all', of: plain().snapshot() },
  ],
};

const before = (subnetId: string, groupId: string, ageSeconds?: number) => {
  const world = new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .subnet('subnet-old', '10.0.3.0/24', 'eu-west-1a')
    .node('a1', { home: 'subnet-na', pods: subnetId, further: [9], running: 3, ...(ageSeconds ? { ageSeconds } : {}) });
  for (const [i, eni] of world.enis.entries())
    if (eni.eniId === 'eni-a1-1') world.enis[i] = { ...eni, securityGroupIds: [groupId] };
  return world;
};
const single = { ...customSections, env: CUSTOM, eniConfigs: [a!] };
const primaryHolds = () =>
  new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .node('a1', { home: 'subnet-na', pods: 'subnet-pa', primary: 9, further: [9], running: 12 });

export const cus006: Case = {
  fires: [
    {
      name: 'pods live on the primary interface',
      of: primaryHolds().snapshot(single),
      want: [
        {
          id: 'CUS006/primary:managed/workers',
          severity: 'warning',
          confidence: 'observed',
          evidence: { nodes: ['a1'], addresses: 9, enis: [{ eniId: 'eni-a1-0', wantedSubnetId: 'subnet-pa' }] },
          commands: [/^kubectl drain a1 .* && aws .*--instance-id i-a1 /],
        },
      ],
    },
    {
      name: 'other groups than the ENIConfig names',
      of: before('subnet-pa', 'sg-node').snapshot(single),
      want: [
        {
          id: 'CUS006/groups:managed/workers',
          severity: 'warning',
          evidence: { enis: [{ groups: ['sg-node'], wantedGroups: ['sg-pods'] }] },
        },
      ],
    },
    {
      name: 'the ENIConfig was pointed elsewhere since',
      of: before('subnet-old', 'sg-pods').snapshot(single),
      want: [{ id: 'CUS006/subnet:managed/workers', severity: 'info' }],
    },
  ],
  quiet: [
    { name: 'as configured', of: before('subnet-pa', 'sg-pods').snapshot(single) },
    { name: 'a node that has just come', of: before('subnet-pa', 'sg-node', 60).snapshot(single) },
    {
      name: 'an ENIConfig without groups takes those of the node',
      of: before('subnet-pa', 'sg-node').snapshot({
        ...single,
        eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa' })],
      }),
    },
  ],
};
