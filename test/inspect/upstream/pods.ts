/** Pods with security groups, and clusters in which another engine, a reset or a short wait looks like a fault. */
import { addon, ago, cni, eniConfig, event, pod, VPC, workloads } from '../../support/snapshot-builder.ts';
import { custom, customSections, plain } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';
import { ADDON, dbWaits, NEVER_READY, POD_ENI, podGroups, type Report, trunkOf } from './report.ts';

/** One node with its trunk, and policies for pods `app=db`. */
const withTrunk = () =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, running: 6, maxPods: 20, node: { podEni: 9 } })
    .foreign('eni-trunk', 'subnet-0a', 1, trunkOf('i-n1', 1));

/** Two nodes in order, and a node agent of another engine on each. */
function beside(name: string, namespace: string): World {
  const world = plain();
  for (const n of ['n1', 'n2'])
    world.pods.push(
      pod({ name: `${name}-${n}`, namespace, node: n, class: 'host-network', owner: `DaemonSet/${name}` }),
    );
  return world;
}
const other = (world: World, engine: string, name: string, namespace: string) =>
  cni({ pods: world.cniPods, desired: 2, otherCnis: [{ engine, namespace, name, desired: 2, ready: 2 }] });

const WARMLESS = { WARM_IP_TARGET: '0', WARM_ENI_TARGET: '0' };
const EMPTIED = { ENABLE_POD_ENI: '', DISABLE_TCP_EARLY_DEMUX: '' };

export const PODS: readonly Report[] = [
  {
    story: 'amazon-vpc-cni-k8s#2521: the ENIs of pods lack a group that the ENIConfig names',
    of: () =>
      custom().snapshot({
        ...customSections,
        eniConfigs: [
          eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods', 'sg-extra'] }),
          eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'] }),
        ],
        securityGroups: ['sg-pods', 'sg-extra'].map((groupId) => ({ groupId, vpcId: VPC, name: groupId })),
      }),
    told: ['CUS006/groups'],
  },
  {
    story: 'amazon-vpc-cni-k8s#2482: WARM_IP_TARGET=0 and WARM_ENI_TARGET=0, and pods wait each time',
    of: () => plain().snapshot({ env: WARMLESS }),
    told: [],
  },
  {
    story: 'karpenter-provider-aws#4202: a pod of a CronJob waits for half a minute while the pool grows',
    of: () => {
      const object = { kind: 'Pod', namespace: 'shop', name: 'cron' };
      return plain()
        .waiting('cron', 'n1', { createdAt: ago(35) })
        .snapshot({
          addons: [ADDON],
          events: [event({ kind: 'assign-ip-failed', object, count: 2, firstAt: ago(30), lastAt: ago(5) })],
        });
    },
    told: [],
  },
  {
    story: 'amazon-vpc-cni-k8s#2268: an update of the add-on left ENABLE_POD_ENI without a value',
    of: () =>
      dbWaits(withTrunk(), 'n1', 'assign-ip-failed').snapshot({ ...podGroups('n1'), env: EMPTIED, addons: [ADDON] }),
    told: ['SGP001'],
    command: /ENABLE_POD_ENI.{1,4}true/,
  },
  {
    story: 'amazon-vpc-cni-k8s#1382: a manifest was applied anew and switched custom networking off',
    of: () => {
      const world = custom();
      const env = { ENABLE_PREFIX_DELEGATION: 'true', AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false' };
      return world.snapshot({
        ...customSections,
        addons: [],
        cni: cni({ env, installMethod: 'manifest', pods: world.cniPods, desired: 2 }),
      });
    },
    told: ['CUS005/off'],
  },
  {
    story: 'amazon-vpc-resource-controller-k8s#8: the branch ENI is there, and its pod may not be told of it',
    of: () =>
      dbWaits(withTrunk(), 'n1', 'branch-annotation-failed', 'assign-ip-failed').snapshot({
        ...podGroups('n1'),
        env: POD_ENI,
        addons: [addon({ configuration: { env: POD_ENI } })],
      }),
    told: ['HLT007/annotation'],
    never: /delete pod/,
  },
  {
    story: 'amazon-vpc-resource-controller-k8s#33: branch ENIs of pods that ended take all that the trunk carries',
    of: () => {
      const world = withTrunk();
      for (let i = 0; i < 9; i++) {
        const part = { type: 'branch', status: 'in-use', origin: { kind: 'cni-branch' } } as const;
        const tags = { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-trunk' };
        world.foreign(`eni-b${i}`, 'subnet-0a', 1, { ...part, tags, securityGroupIds: ['sg-db'] });
        world.pods.push(
          pod({
            ...{ name: `job-${i}`, namespace: 'shop', node: 'n1', class: 'branch', labels: { app: 'db' } },
            ...{ phase: i < 6 ? 'Succeeded' : 'Running', branchEniId: `eni-b${i}`, ip: world.enis.at(-1)!.primaryIp },
            injected: true,
          }),
        );
      }
      return dbWaits(world, 'n1', 'branch-failed').snapshot({
        ...podGroups('n1'),
        env: POD_ENI,
        addons: [addon({ configuration: { env: POD_ENI } })],
      });
    },
    told: ['SGP004/cooldown'],
    command: /branch-eni-cooldown/,
  },
  {
    story:
      'amazon-vpc-cni-k8s#2584: the image is new, the ClusterRole is old and may not patch CNINodes: no trunk comes',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, running: 6, maxPods: 20 });
      const object = { kind: 'Pod', namespace: 'shop', name: 'db-0' };
      const asked = podGroups('n1');
      world.pods.push(
        pod({
          ...{ name: 'db-0', namespace: 'shop', class: 'branch', phase: 'Pending', createdAt: ago(600) },
          ...{ labels: { app: 'db' }, injected: true },
        }),
      );
      world.events.push(
        event({
          ...{ kind: 'pod-eni-insufficient', reason: 'FailedScheduling', object, count: 9 },
          unfit: [{ what: 'pod-eni', nodes: 1 }],
        }),
      );
      return world.snapshot({
        ...asked,
        cniNodes: (asked.cniNodes as { readonly features: unknown }[]).map((n) => ({ ...n, features: [] })) as never,
        env: POD_ENI,
        addons: [addon({ configuration: { env: POD_ENI } })],
        rbac: {
          bound: true,
          rules: [{ groups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list'], urls: [] }],
        },
      });
    },
    told: ['ADD005/rules', 'SGP003/feature-not-written <- ADD005'],
    command: /update-addon .*--resolve-conflicts OVERWRITE/,
  },
  {
    story: 'docs.cilium.io: Cilium chained on aws-node enforces the policies, and nothing is wrong',
    of: () => {
      const world = beside('cilium', 'kube-system');
      return world.snapshot({
        addons: [ADDON],
        cni: other(world, 'cilium', 'cilium', 'kube-system'),
        networkPolicies: [
          {
            ...{ namespace: 'shop', name: 'deny', createdAt: ago(9000), policyTypes: ['Ingress'] },
            podSelector: { matchLabels: {}, matchExpressions: [] },
          },
        ] as never,
      });
    },
    told: [],
  },
  {
    story: 'docs.cilium.io: aws-node is gone, and Cilium stands on one of two nodes only',
    of: () => {
      const world = plain();
      const agent = { engine: 'cilium', namespace: 'kube-system', name: 'cilium', desired: 1, ready: 1 };
      const none = cni({ installed: false, installMethod: 'none', version: undefined, otherCnis: [agent] });
      world.pods.push(
        pod({
          ...{ name: 'cilium-n1', namespace: 'kube-system', node: 'n1', class: 'host-network' },
          owner: 'DaemonSet/cilium',
        }),
      );
      return world.snapshot({
        nodes: world.nodes.map((n) => (n.name === 'n2' ? { ...n, ...NEVER_READY } : n)),
        pods: world.pods.filter((p) => !p.name.startsWith('aws-node')),
        cni: { ...none, containers: [], initContainers: [] },
      });
    },
    told: ['PLT001/uncovered'],
    command: /describe ds cilium/,
    never: /aws-node|vpc-cni/,
  },
  {
    story: 'amazon-eks-best-practices: pods with a group of their own reach no DNS: it lets port 443 out alone',
    of: () => {
      const world = withTrunk();
      const tags = { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-trunk' };
      const branch = { type: 'branch', status: 'in-use', origin: { kind: 'cni-branch' } } as const;
      world.foreign('eni-b1', 'subnet-0a', 1, { ...branch, tags, securityGroupIds: ['sg-db'] });
      const ip = world.enis.at(-1)!.primaryIp;
      const db = { class: 'branch', labels: { app: 'db' }, injected: true, branchEniId: 'eni-b1', ip } as const;
      const dns = { ip: '10.0.0.11', labels: { 'k8s-app': 'kube-dns' }, owner: 'Deployment/coredns' };
      world.pods.push(
        pod({ name: 'db-0', namespace: 'shop', node: 'n1', probes: [], ...db }),
        pod({ name: 'coredns-1', namespace: 'kube-system', node: 'n1', probes: [], ...dns }),
      );
      const out = { egress: true, cidr: '0.0.0.0/0' };
      return world.snapshot({
        ...podGroups('n1'),
        env: POD_ENI,
        addons: [addon({ configuration: { env: POD_ENI } })],
        securityGroupRules: {
          groupIds: ['sg-node', 'sg-db'],
          rules: [
            { ...out, groupId: 'sg-db', protocol: 'tcp', fromPort: 443, toPort: 443 },
            { ...out, groupId: 'sg-node', protocol: '-1' },
            { groupId: 'sg-node', egress: false, protocol: '-1', peerGroupId: 'sg-node' },
          ],
        },
      });
    },
    told: ['SGP007'],
    command: [/authorize-security-group-egress --group-id sg-db .*"udp","FromPort":53/, /--group-id sg-node .*"udp"/],
  },
  {
    story: 'amazon-vpc-cni-k8s#3872: v1.23 beside Calico in eBPF mode, which does the work of kube-proxy',
    of: () => {
      const world = beside('calico-node', 'calico-system');
      const agent = { namespace: 'calico-system', name: 'calico-node', hostNetwork: true, desired: 2, ready: 2 };
      return world.snapshot({
        addons: [ADDON],
        pods: world.pods.filter((p) => !p.name.startsWith('kube-proxy')),
        workloads: workloads({ daemonSets: [{ ...agent, images: ['calico/node:v3.30.4'] }] }),
        cni: other(world, 'calico', 'calico-node', 'calico-system'),
      });
    },
    told: ['ADD007'],
    shows: { ADD007: { fixedIn: null, lastGood: '1.22.4' } },
    command: /update-addon .*--addon-version v1\.22\.4-eksbuild\.1 /,
  },
];
