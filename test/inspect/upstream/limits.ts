/** Nodes that admit more pods than they can address, or that no further ENI comes to. */
import { addon, ago, cni, eni, eniConfig, event, NODE_ROLE, nodegroup, pod } from '../../support/snapshot-builder.ts';
import { CUSTOM, customSections, plain } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';
import { ADDON, type Report, trunkOf } from './report.ts';

const oneZone = (env: Readonly<Record<string, string>>): Parameters<World['snapshot']>[0] => ({
  ...customSections,
  nodegroups: [nodegroup({ subnetIds: ['subnet-na'] })],
  eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
  env,
  addons: [addon({ configuration: { env } })],
});

/** Custom networking in one zone, the node and its further ENIs as wished. */
const customZone = (podCidr: string, node: Omit<Parameters<World['node']>[1], 'home'>, env = CUSTOM) =>
  new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', podCidr, 'eu-west-1a')
    .node('n1', { home: 'subnet-na', pods: 'subnet-pa', ...node })
    .snapshot(oneZone(env));

/** One node with a trunk, and security groups for pods on. */
const trunked = (node: Omit<Parameters<World['node']>[1], 'home'>, device: number) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', ...node })
    .foreign('eni-trunk', 'subnet-0a', 1, trunkOf('i-n1', device))
    .snapshot({ env: { ENABLE_POD_ENI: 'true' } });

const alone = (cidr: string, node: Omit<Parameters<World['node']>[1], 'home'>) =>
  new World().subnet('subnet-0a', cidr, 'eu-west-1a').node('n1', { home: 'subnet-0a', ...node });

const MAX_ENI = { MAX_ENI: '1' };
const FROZEN = {
  ...CUSTOM,
  ENABLE_PREFIX_DELEGATION: 'true',
  WARM_ENI_TARGET: '0',
  WARM_IP_TARGET: '0',
  WARM_PREFIX_TARGET: '1',
  MINIMUM_IP_TARGET: '22',
};
const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };

/** Two Linux nodes, and one of Windows with as many of its pods as given. */
function withWindows(running: number): World {
  const labels = {
    'kubernetes.io/os': 'windows',
    'eks.amazonaws.com/nodegroup': 'win',
    'topology.kubernetes.io/zone': 'eu-west-1a',
    'node.kubernetes.io/instance-type': 'm5.large',
  };
  const windows = { os: 'windows', osImage: 'Windows Server 2022 Datacenter', windowsIps: 9, labels };
  const world = plain().node('w1', { home: 'subnet-0a', primary: running, node: windows });
  const held = world.enis.find((e) => e.eniId === 'eni-w1-0')!.secondaryIps;
  const iis = { namespace: 'shop', class: 'windows', node: 'w1' } as const;
  for (const [i, ip] of held.entries()) world.pods.push(pod({ ...iis, name: `iis-${i}`, ip, injected: true }));
  return world;
}
const windowsSections = (world: World): Parameters<World['snapshot']>[0] => ({
  addons: [ADDON],
  pods: world.pods.filter((p) => p.name !== 'aws-node-w1'),
  cni: cni({
    pods: world.cniPods.filter((p) => p.node !== 'w1'),
    desired: 2,
    configMap: { 'enable-windows-ipam': 'true' },
  }),
  nodegroups: [
    nodegroup({ subnetIds: ['subnet-0a', 'subnet-0b'], nodeRole: NODE_ROLE }),
    nodegroup({ name: 'win', subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE }),
  ],
});

export const LIMITS: readonly Report[] = [
  {
    story:
      'amazon-eks-ami#2051: m6i.large with security groups for pods admits 29 pods, and the trunk gives none an address',
    of: () => trunked({ type: 'm6i.large', primary: 9, further: [9], running: 18, waiting: 4 }, 2),
    told: ['MAX001/trunk', 'SGP013 <- MAX001'],
  },
  {
    story: 'karpenter: security groups for pods on an r6g.medium: of two ENIs the trunk takes the only further one',
    of: () => trunked({ type: 'r6g.medium', primary: 3, running: 3, waiting: 2, maxPods: 8 }, 1),
    told: ['MAX001/trunk', 'SGP013 <- MAX001'],
  },
  {
    story: 'amazon-vpc-cni-k8s#3238: custom networking, and kubelet keeps the number of the AMI',
    of: () => customZone('100.64.0.0/22', { further: [9, 9], running: 18, waiting: 3 }),
    told: ['MAX001/custom'],
  },
  {
    story: 'amazon-vpc-cni-k8s#264: the node came before its ENIConfig, and pods keep addresses of the node subnet',
    of: () => {
      return new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/22', 'eu-west-1a')
        .node('n1', { home: 'subnet-na', primary: 9, further: [9], running: 12, maxPods: 20 })
        .snapshot(oneZone(CUSTOM));
    },
    told: ['CUS006/primary'],
  },
  {
    story:
      'amazon-vpc-cni-k8s#3685: prefixes with WARM_IP_TARGET=0 and MINIMUM_IP_TARGET=22: the pool stops at two prefixes, and pods wait beside a large subnet',
    of: () =>
      customZone(
        '100.64.0.0/18',
        { type: 'm5.4xlarge', further: [2], prefixes: true, running: 32, waiting: 9, maxPods: 110 },
        FROZEN,
      ),
    told: ['CFG003'],
    command: /WARM_IP_TARGET/,
  },
  {
    story:
      'karpenter-provider-aws#7318: an x2iedn.4xlarge holds all the addresses it can, and its class admits more pods',
    of: () => {
      const labels = { 'karpenter.sh/nodepool': 'default', 'karpenter.k8s.aws/ec2nodeclass': 'default' };
      const nodeClass = { kind: 'EC2NodeClass', name: 'default' };
      return alone('10.0.0.0/20', {
        ...{ type: 'x2iedn.4xlarge', primary: 29, further: [29, 29, 29, 29, 29, 29, 29], running: 232, waiting: 3 },
        ...{ maxPods: 250, node: { labels } },
      }).snapshot({
        nodegroups: [],
        addons: [ADDON],
        nodePools: [{ name: 'default', nodeClass, limits: { cpu: '1000' }, requirements: [] }],
        nodeClasses: [{ ...nodeClass, maxPods: 250, subnetIds: ['subnet-0a'], securityGroupIds: ['sg-node'] }],
      });
    },
    told: ['MAX001/static'],
    shows: { MAX001: { maxPods: 250, podIps: 232, fullNodes: 1, waitingPods: 3 } },
    command: /patch ec2nodeclass default .*maxPods/,
  },
  {
    story:
      'amazon-vpc-cni-k8s#1446: jobs of a minute each: every slot is filled, and the last free addresses still rest',
    of: () =>
      alone('10.0.0.0/22', { primary: 9, further: [9, 9], running: 23, waiting: 3 }).snapshot({ addons: [ADDON] }),
    told: ['MAX001/churn', 'MAX005/near <- MAX001'],
    shows: { MAX001: { podIps: 27, resting: 4, waitingPods: 3 } },
    command: /delete pod --wait=false wait-n1-0/,
  },
  {
    story: 'amazon-vpc-cni-k8s#3660: an ENI of Multus takes a slot that maxPods counts on',
    of: () => {
      const world = alone('10.0.0.0/22', { primary: 9, further: [9], running: 18, waiting: 3 });
      const tags = { 'node.k8s.amazonaws.com/no_manage': 'true' };
      world.subnet('subnet-mx', '10.0.8.0/24', 'eu-west-1a');
      world.enis.push(eni({ eniId: 'eni-mx', subnetId: 'subnet-mx', attachedTo: 'i-n1', device: 2, tags }));
      return world.snapshot({
        addons: [ADDON],
        nodegroups: [nodegroup({ subnetIds: ['subnet-0a'], nodeRole: NODE_ROLE })],
      });
    },
    told: ['MAX001/unmanaged'],
    shows: { MAX001: { unmanaged: 1, podIps: 18, waitingPods: 3 } },
  },
  {
    story: 'amazon-vpc-cni-k8s README: MAX_ENI=1 keeps every node at the addresses of its primary ENI',
    of: () =>
      alone('10.0.0.0/24', { primary: 9, running: 9, waiting: 4 }).snapshot({
        env: MAX_ENI,
        addons: [addon({ configuration: { env: MAX_ENI } })],
      }),
    told: ['MAX001/static'],
    shows: { MAX001: { enis: 1, enisOfType: 3, podIps: 9 } },
    command: /update-addon .*--configuration-values='\{"env":\{\}\}'/,
  },
  {
    story:
      'amazon-vpc-cni-k8s#59: the account may have no further network interface, and pods wait beside a large subnet',
    of: () =>
      plain()
        .node('n3', { home: 'subnet-0a', primary: 9, running: 9, waiting: 3 })
        .snapshot({
          addons: [ADDON],
          quotas: [
            { service: 'vpc', code: 'L-DF5E4CA3', name: 'Network interfaces per Region', value: 5000, used: 5000 },
            { service: 'vpc', code: 'L-83CA0A9D', name: 'IPv4 CIDR blocks per VPC', value: 5, used: 1 },
          ],
        }),
    told: ['QTA001'],
    shows: { QTA001: { value: 5000, used: 5000, waitingPods: 3 } },
    command: /request-service-quota-increase .*L-DF5E4CA3/,
  },
  {
    story: 'amazon-vpc-cni-k8s#1634: prefixes came on, and old nodes still hold single addresses in every slot',
    of: () =>
      new World()
        .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
        .node('n1', {
          ...{ home: 'subnet-0a', primary: 9, further: [9, 9], running: 27, waiting: 3, maxPods: 110 },
          node: { createdAt: ago(900_000) },
        })
        .node('n2', { home: 'subnet-0a', primary: 2, prefixes: true, running: 20, maxPods: 110 })
        .snapshot({ env: PREFIX, addons: [addon({ configuration: { env: PREFIX } })] }),
    told: ['PFX004'],
    command: /kubectl .*drain n1 /,
  },
  {
    story: 'amazon-vpc-cni-k8s#3189: a p5.48xlarge with 31 EFA interfaces on its other cards, and nothing wrong',
    of: () => {
      const world = alone('10.0.0.0/20', {
        type: 'p5.48xlarge',
        primary: 49,
        further: [49],
        running: 60,
        maxPods: 100,
      });
      const efa = { subnetId: 'subnet-0a', type: 'efa-only', attachedTo: 'i-n1', device: 1 };
      for (let card = 1; card < 32; card++) world.enis.push(eni({ ...efa, eniId: `eni-efa-${card}`, card }));
      return world.snapshot({ addons: [ADDON] });
    },
    told: [],
  },
  {
    story: 'karpenter-provider-aws#4194: a Windows node has pods on all nine addresses of its one ENI',
    of: () => {
      const world = withWindows(9);
      const nodeSelector = { 'kubernetes.io/os': 'windows' };
      world.pods.push(
        pod({
          ...{ name: 'iis-9', namespace: 'shop', phase: 'Pending', createdAt: ago(600), injected: true },
          needs: { cpuMillis: 0, memoryBytes: 0, nodeSelector },
        }),
      );
      world.events.push(
        event({
          ...{ kind: 'windows-ip-insufficient', reason: 'FailedScheduling', count: 9 },
          object: { kind: 'Pod', namespace: 'shop', name: 'iis-9' },
          unfit: [
            { what: 'windows-ip', nodes: 1 },
            { what: 'affinity', nodes: 2 },
          ],
        }),
      );
      return world.snapshot(windowsSections(world));
    },
    told: ['PLT005/full'],
    command: /enable-windows-prefix-delegation/,
    never: /aws-node/,
  },
  {
    story: 'amazon-eks-user-guide#352: a Windows pod was made without asking for an address',
    of: () => {
      const world = withWindows(0);
      const object = { kind: 'Pod', namespace: 'shop', name: 'iis' };
      world.pods.push(
        pod({
          ...{ name: 'iis', namespace: 'shop', node: 'w1', class: 'windows', phase: 'Pending', waiting: true },
          ...{ createdAt: ago(600), injected: false },
        }),
      );
      world.events.push(event({ kind: 'sandbox-failed', object, count: 9 }));
      return world.snapshot(windowsSections(world));
    },
    told: ['PLT005/no-webhook'],
    never: /aws-node/,
  },
];
