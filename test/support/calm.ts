/** A small cluster in which all is well: three nodes in three zones, the CNI as it is shipped, room in every subnet. */
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import {
  addon,
  addresses,
  ago,
  cluster,
  cni,
  cniEni,
  eni,
  type GivenSections,
  iamOfNodes,
  instance,
  NODE_ROLE,
  node,
  nodegroup,
  pods,
  subnet,
  wholeSnapshot,
  workloads,
} from './snapshot-builder.ts';

const ZONES = ['a', 'b', 'c'] as const;
const VERSION = 'v1.23.1-eksbuild.1';

export function calm(over: GivenSections = {}): ClusterSnapshot {
  const at = ZONES.map((zone, i) => ({
    name: `ip-10-1-${i}-10.eu-west-1.compute.internal`,
    instanceId: `i-0ca1000000000000${zone}`,
    subnetId: `subnet-0ca1000000000000${zone}`,
    zone: `eu-west-1${zone}`,
    base: `10.1.${16 * i}`,
    cidr: `10.1.${16 * i}.0/20`,
  }));
  return wholeSnapshot({
    cluster: cluster({
      name: 'calm',
      arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/calm',
      subnetIds: at.map((m) => m.subnetId),
    }),
    addons: [addon({ version: VERSION, modifiedAt: ago(30 * 86_400) })],
    addonVersions: { addon: 'vpc-cni', kubernetesVersion: '1.34', versions: [{ version: VERSION, default: true }] },
    cni: cni({
      version: VERSION,
      desired: 3,
      ready: 3,
      changedAt: ago(30 * 86_400),
      pods: at.map((m) => ({ name: `aws-node-${m.zone}`, node: m.name, ready: true, phase: 'Running', restarts: 0 })),
    }),
    nodegroups: [
      nodegroup({
        nodeRole: NODE_ROLE,
        subnetIds: at.map((m) => m.subnetId),
        minSize: 3,
        maxSize: 6,
        desiredSize: 3,
        modifiedAt: ago(30 * 86_400),
      }),
    ],
    iam: iamOfNodes(),
    subnets: at.map((m) =>
      subnet({
        subnetId: m.subnetId,
        availabilityZone: m.zone,
        cidr: m.cidr,
        availableIps: 4091 - 20,
        tags: { Name: `apps-${m.zone}` },
      }),
    ),
    instances: at.map((m) => instance({ instanceId: m.instanceId, subnetId: m.subnetId, availabilityZone: m.zone })),
    nodes: at.map((m) =>
      node({
        name: m.name,
        instanceId: m.instanceId,
        zone: m.zone,
        labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
      }),
    ),
    networkInterfaces: at.flatMap((m) => [
      eni({
        eniId: `eni-0ca100000000000${m.zone.slice(-1)}1`,
        attachedTo: m.instanceId,
        attachedAt: ago(86_400),
        subnetId: m.subnetId,
        availabilityZone: m.zone,
        primaryIp: `${m.base}.20`,
        secondaryIps: addresses(`${m.base}.21`, 9),
        tags: { 'node.k8s.amazonaws.com/instance_id': m.instanceId },
      }),
      cniEni({
        eniId: `eni-0ca100000000000${m.zone.slice(-1)}2`,
        attachedTo: m.instanceId,
        createdAt: ago(86_400),
        subnetId: m.subnetId,
        availabilityZone: m.zone,
        primaryIp: `${m.base}.30`,
        secondaryIps: addresses(`${m.base}.31`, 9),
      }),
    ]),
    pods: at.flatMap((m) => [
      ...pods(7, `web-${m.zone}`, { node: m.name, owner: 'Deployment/web' }, addresses(`${m.base}.21`, 7)),
      ...pods(1, `logs-${m.zone}`, { node: m.name, owner: 'DaemonSet/logs' }, [`${m.base}.28`]),
      ...pods(2, `host-${m.zone}`, { node: m.name, owner: 'DaemonSet/host', class: 'host-network' }),
    ]),
    workloads: workloads({
      daemonSets: [
        { namespace: 'default', name: 'logs', hostNetwork: false, desired: 3, ready: 3, images: [] },
        { namespace: 'kube-system', name: 'aws-node', hostNetwork: true, desired: 3, ready: 3, images: [] },
      ],
    }),
    ...over,
  });
}
