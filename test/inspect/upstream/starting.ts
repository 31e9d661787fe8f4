/** Nodes that never get ready, and an aws-node that does not start. */
import {
  addon,
  cluster,
  cni,
  eniConfig,
  event,
  instance,
  NODE_ROLE,
  nodegroup,
  subnet,
  VPC,
  workloads,
} from '../../support/snapshot-builder.ts';
import { CUSTOM, CUSTOM_PREFIX, custom, customSections, plain } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';
import { ADDON, crashing, degraded, NEVER_READY, policyObjects, type Report, withAgent } from './report.ts';

/** A third node that joined the two in order and never got ready. */
const third = () => plain().node('n3', { home: 'subnet-0a', node: NEVER_READY });
const stopped = (world: World) => ({ addons: [degraded()], cni: cni({ pods: crashing(world, ['n3']), desired: 3 }) });

/** Custom networking in one zone whose subnet for pods has no room left, and a second node that comes. */
function starving(env: Readonly<Record<string, string>>, cidr: string, fill: (world: World) => World) {
  const prefixes = env.ENABLE_PREFIX_DELEGATION === 'true';
  const maxPods = prefixes ? 110 : 20;
  const world = fill(
    new World()
      .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
      .subnet('subnet-pa', cidr, 'eu-west-1a')
      .node('a1', {
        ...{ home: 'subnet-na', pods: 'subnet-pa', further: prefixes ? [2] : [9, 9], prefixes, running: 12, maxPods },
      })
      .node('a2', { home: 'subnet-na', pods: 'subnet-pa', maxPods, node: NEVER_READY }),
  );
  return world.snapshot({
    ...customSections,
    nodegroups: [nodegroup({ subnetIds: ['subnet-na'], nodeRole: NODE_ROLE })],
    eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
    addons: [degraded({ configuration: { env } })],
    cni: cni({ env, pods: crashing(world, ['a2']), desired: 2 }),
  });
}

const AGENT = 'amazon/aws-network-policy-agent:v1.4.2-eksbuild.1';
const ENI_LABEL = 'k8s.amazonaws.com/eniConfig';
const openRule = { protocol: '-1', cidr: '0.0.0.0/0' } as const;

export const STARTING: readonly Report[] = [
  {
    story: 'amazon-vpc-cni-k8s#2423: another CNI was taken away, and aws-node ends at once',
    of: () => plain().snapshot({ cni: cni({ pods: crashing(plain(), ['n1', 'n2']), desired: 2 }) }),
    told: ['HLT002/crash'],
    command: /logs .*-c aws-node/,
  },
  {
    story:
      'amazon-vpc-cni-k8s#1055: nodes in a subnet of their own, whose network ACL lets no answer of the API server in',
    of: () => {
      const all = (egress: boolean) =>
        ({ rule: 100, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' }) as const;
      const ports = { fromPort: 443, toPort: 443 };
      return plain().snapshot({
        cni: cni({ pods: crashing(plain(), ['n1', 'n2']), desired: 2 }),
        cluster: cluster({ subnetIds: ['subnet-cp', 'subnet-cq'] }),
        subnets: [
          ...(plain().sections().subnets as never[]),
          subnet({ subnetId: 'subnet-cp', cidr: '10.0.9.0/24', availableIps: 240 }),
          subnet({ subnetId: 'subnet-cq', cidr: '10.0.10.0/24', availabilityZone: 'eu-west-1b', availableIps: 240 }),
        ],
        networkAcls: [
          {
            networkAclId: 'acl-open',
            isDefault: true,
            subnetIds: ['subnet-cp', 'subnet-cq'],
            entries: [all(true), all(false)],
          },
          {
            networkAclId: 'acl-nodes',
            isDefault: false,
            subnetIds: ['subnet-0a', 'subnet-0b'],
            entries: [
              all(true),
              { rule: 100, egress: false, action: 'allow', protocol: '6', cidr: '0.0.0.0/0', ...ports },
            ],
          },
        ],
      });
    },
    told: ['HLT002/crash <- HLT004', 'HLT004/network-acl'],
    command: /create-network-acl-entry --network-acl-id acl-nodes --ingress .*From=32768,To=60999/,
  },
  {
    story: 'eks-workshop-v2#298: the control plane lets another security group in than the one the nodes have',
    of: () => {
      const world = third();
      const groups = ['sg-node', 'sg-other', 'sg-cluster'];
      return world.snapshot({
        ...stopped(world),
        cluster: cluster({ subnetIds: ['subnet-0a', 'subnet-0b'], clusterSecurityGroupId: 'sg-cluster' }),
        networkInterfaces: world.enis.map((e) =>
          e.eniId === 'eni-n3-0' ? { ...e, securityGroupIds: ['sg-other'] } : e,
        ),
        securityGroups: groups.map((groupId) => ({ groupId, vpcId: VPC, name: groupId })),
        securityGroupRules: {
          groupIds: groups,
          rules: [
            ...groups.map((groupId) => ({ ...openRule, groupId, egress: true })),
            {
              ...{ groupId: 'sg-cluster', egress: false, protocol: 'tcp', peerGroupId: 'sg-node' },
              ...{ fromPort: 443, toPort: 443 },
            },
          ],
        },
      });
    },
    told: ['ADD002 <- HLT004', 'HLT002/crash <- HLT004', 'HLT003 <- HLT004', 'HLT004/rules'],
    command: /authorize-security-group-ingress --group-id sg-cluster .*"FromPort":443.*sg-other/,
  },
  {
    story: 'amazon-vpc-cni-k8s#1078: no kube-proxy runs on a new node, so that aws-node finds no API server',
    of: () => {
      const world = third();
      const images: string[] = [];
      return world.snapshot({
        ...stopped(world),
        pods: world.pods.filter((p) => p.name !== 'kube-proxy-n3'),
        workloads: workloads({
          daemonSets: [
            { namespace: 'kube-system', name: 'kube-proxy', hostNetwork: true, desired: 2, ready: 2, images },
          ],
        }),
      });
    },
    told: ['ADD002 <- HLT004', 'HLT002/crash <- HLT004', 'HLT003 <- HLT004', 'HLT004/kube-proxy'],
    command: /rollout restart ds\/kube-proxy/,
  },
  {
    story: 'amazon-vpc-cni-k8s docs/troubleshooting: instance metadata is switched off on new nodes',
    of: () => {
      const world = third().waiting('web-new', 'n3');
      const metadata = { endpoint: 'disabled', tokens: 'required', hopLimit: 1 } as const;
      return world.snapshot({
        ...stopped(world),
        instances: world.instances.map((i) => (i.instanceId === 'i-n3' ? instance({ ...i, metadata }) : i)),
      });
    },
    told: ['ADD002 <- NOD005', 'HLT002/crash <- NOD005', 'HLT003 <- NOD005', 'NOD005'],
    command: /modify-instance-metadata-options --instance-id i-n3 --http-endpoint enabled --http-tokens required/,
  },
  {
    story: 'terraform-aws-eks#3446: a cluster without its add-ons: nodes join and never get ready, and the group fails',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', node: NEVER_READY })
        .node('n2', { home: 'subnet-0a', node: NEVER_READY });
      const health = [{ code: 'NodeCreationFailure', message: '', resourceIds: ['i-n1', 'i-n2'] }];
      const none = cni({ installed: false, installMethod: 'none', version: undefined });
      return world.snapshot({
        nodegroups: [nodegroup({ status: 'CREATE_FAILED', subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE, health })],
        pods: world.pods.filter((p) => !p.name.startsWith('aws-node')),
        cni: { ...none, containers: [], initContainers: [] },
      });
    },
    told: ['ADD001', 'HLT003 <- ADD001', 'NOD007/join <- ADD001'],
    shows: { ADD001: { nodes: 2, notReady: 2, failedGroups: ['workers'] } },
    command: /aws eks create-addon .*--addon-name vpc-cni/,
  },
  {
    story: 'amazon-vpc-cni-k8s#661: no aws-node is scheduled on a new node, and what was scheduled there waits',
    of: () => {
      const world = third().waiting('web-new', 'n3');
      return world.snapshot({
        addons: [ADDON],
        pods: world.pods.filter((p) => p.name !== 'aws-node-n3'),
        cni: cni({ pods: world.cniPods.filter((p) => p.node !== 'n3'), desired: 2 }),
      });
    },
    told: ['HLT003/not-scheduled'],
    shows: { HLT003: { withoutAwsNode: 1, notReady: 1 } },
  },
  {
    story:
      'amazon-vpc-cni-k8s#3105: 190 free addresses and no whole block of them: a new node with custom networking and prefixes never gets ready',
    of: () =>
      starving(CUSTOM_PREFIX, '100.64.0.0/24', (w) => w.foreign('eni-x', 'subnet-pa', 13, {}, 16).waiting('web', 'a2')),
    told: ['ADD002 <- PFX001', 'HLT002/crash <- PFX001', 'HLT003 <- PFX001', 'PFX001'],
    shows: { PFX001: { freeBlocks: 0, waitingPods: 1 } },
    command: /kubectl .*patch eniconfig eu-west-1a|create-subnet /,
  },
  {
    story:
      'amazon-vpc-cni-k8s#3105 on single addresses: the subnet of the ENIConfig is full, and a new node never gets ready',
    of: () => starving(CUSTOM, '100.64.0.0/27', (w) => w.foreign('eni-x', 'subnet-pa', 7)),
    told: ['ADD002 <- SUB001', 'HLT002/crash <- SUB001', 'HLT003 <- SUB001', 'SUB001'],
    shows: { SUB001: { free: 0, total: 27, neededByOneNode: 10 } },
    command: /kubectl .*patch eniconfig eu-west-1a|create-subnet /,
  },
  {
    story: 'amazon-vpc-cni-k8s#1058: the label of a new node names an ENIConfig that is gone',
    of: () => {
      const zone = 'topology.kubernetes.io/zone';
      const env = { ...CUSTOM_PREFIX, ENI_CONFIG_LABEL_DEF: undefined };
      const configured = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
      const world = custom().node('a2', { home: 'subnet-na', pods: 'subnet-pa', maxPods: 110, node: NEVER_READY });
      return world.snapshot({
        ...customSections,
        env,
        addons: [degraded({ configuration: { env: configured } })],
        nodes: world.nodes.map((n) => ({
          ...n,
          labels: { ...n.labels, [zone]: n.labels[zone] ?? 'eu-west-1a', [ENI_LABEL]: labelOf(n.name) },
        })),
        cni: cni({ env, pods: crashing(world, ['a2']), desired: 3 }),
      });
    },
    told: ['ADD002 <- CUS001', 'CUS001', 'HLT002/crash <- CUS001', 'HLT003 <- CUS001'],
    command: /"name": "eu-west-1a-old"/,
  },
  {
    story: 'amazon-vpc-cni-k8s#302: the subnet of an ENIConfig was deleted',
    of: () => {
      const world = custom().node('a2', { home: 'subnet-na', pods: 'subnet-pa', maxPods: 110, node: NEVER_READY });
      return world.snapshot({
        ...customSections,
        eniConfigs: [
          eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-gone', securityGroupIds: ['sg-pods'] }),
          eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'] }),
        ],
        cni: cni({ env: CUSTOM_PREFIX, pods: crashing(world, ['a2']), desired: 3 }),
      });
    },
    told: ['CUS003/not-found', 'HLT002/crash <- CUS003', 'HLT003 <- CUS003'],
    command: /patch eniconfig eu-west-1a .*subnet-pa/,
  },
  {
    story: 'aws-network-policy-agent#260: the policy agent of one node ends, and new pods there get no policy set up',
    of: () => {
      const world = plain().waiting('web-new', 'n1');
      const object = { kind: 'Pod', namespace: 'shop', name: 'web-new' };
      const pods = crashing(world, ['n1'], { name: 'aws-eks-nodeagent' });
      return world.snapshot({
        ...policyObjects,
        addons: [degraded({ configuration: { enableNetworkPolicy: 'true' } })],
        events: [event({ kind: 'network-policy-setup-failed', object, count: 8 })],
        cni: withAgent(cni({ pods, desired: 2, env: { NETWORK_POLICY_ENFORCING_MODE: 'standard' } }), AGENT),
      });
    },
    told: ['ADD002 <- HLT002', 'HLT002/crash'],
    shows: { HLT002: { waitingPods: 1 } },
    command: /logs aws-node-n1 -c aws-eks-nodeagent /,
  },
  {
    story: 'aws-network-policy-agent#553: agent 1.3.2 is on, no policy exists, and pods are cut off all the same',
    of: () => {
      const version = 'v1.21.1-eksbuild.7';
      const image = '602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon/aws-network-policy-agent:v1.3.2-eksbuild.2';
      const tagged = <T extends { image: string }>(c: T): T => ({ ...c, image: `amazon-k8s-cni:${version}` });
      const on = cni({
        pods: plain().cniPods,
        desired: 2,
        version,
        env: { NETWORK_POLICY_ENFORCING_MODE: 'standard' },
      });
      return plain().snapshot({
        ...policyObjects,
        addons: [addon({ version, configuration: { enableNetworkPolicy: 'true' } })],
        cni: withAgent(
          { ...on, containers: on.containers.map(tagged), initContainers: on.initContainers.map(tagged) },
          image,
        ),
      });
    },
    told: ['ADD007'],
    command: /update-addon .*--addon-version v1\.21\.2-eksbuild\.1 /,
  },
];

function labelOf(node: string): string {
  return node === 'a2' ? 'eu-west-1a-old' : node === 'a1' ? 'eu-west-1a' : 'eu-west-1b';
}
