import { REGION } from '../clients/aws.ts';
import type { KubeObject } from '../clients/kube.ts';
import { modeOf } from '../scenarios/holdings.ts';
import type { NodePlan, Plan } from '../scenarios/plan.ts';
import type { Scenario } from '../scenarios/types.ts';
import { minutesAgo, need, type RigIds, rfc3339 } from './ids.ts';
import type { KubeWriter, Written } from './kube-writer.ts';

export const ZONE_IDS: Record<string, string> = {
  'eu-west-1a': 'euw1-az3',
  'eu-west-1b': 'euw1-az1',
  'eu-west-1c': 'euw1-az2',
};
const SIZES: Record<string, { cpu: number; memoryGi: number }> = {
  'm5.large': { cpu: 2, memoryGi: 8 },
  'm6i.large': { cpu: 2, memoryGi: 8 },
  'c6g.xlarge': { cpu: 4, memoryGi: 8 },
  'm6g.medium': { cpu: 1, memoryGi: 4 },
  'm5.xlarge': { cpu: 4, memoryGi: 16 },
  'm8a.large': { cpu: 2, memoryGi: 8 },
  'm4.large': { cpu: 2, memoryGi: 8 },
  'c5.large': { cpu: 2, memoryGi: 4 },
  't3.small': { cpu: 2, memoryGi: 2 },
  't3.medium': { cpu: 2, memoryGi: 4 },
  't3.large': { cpu: 2, memoryGi: 8 },
};

/** Branch ENIs of a type (vpc-resource-controller: pkg/aws/vpc/limits.go). */
export const BRANCHES: Record<string, number> = { 'm5.large': 9, 'm6i.large': 9, 'm5.xlarge': 18, 'c5.large': 9 };

export const NOT_INITIALISED =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

const arch = (type: string): string => (/^[a-z]+\d+g/.test(type) ? 'arm64' : 'amd64');

export function nodeConditions(broken: boolean, since: Date, now: Date): unknown[] {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: rfc3339(minutesAgo(now, 1)),
    lastTransitionTime: rfc3339(since),
  });
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    broken
      ? condition('Ready', 'False', 'KubeletNotReady', NOT_INITIALISED)
      : condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

export function node(scenario: Scenario, plan: NodePlan, ids: RigIds, now: Date): Written {
  const { spec, key } = plan;
  const { name, instanceId } = ids.nodes[key] ?? { name: '', instanceId: '' };
  const group = scenario.groups[spec.group];
  const size = SIZES[spec.type] ?? { cpu: 2, memoryGi: 4 };
  const [taintKey, taintRest = ''] = group?.kind === 'self-managed' ? group.taint.split('=') : [''];
  const [taintValue, taintEffect] = taintRest.split(':');
  const taints = [
    ...(spec.taints ?? []),
    ...(taintKey ? [{ key: taintKey, value: taintValue, effect: taintEffect }] : []),
    ...(spec.broken || spec.crash?.ready === false
      ? [
          { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
          {
            key: 'node.kubernetes.io/not-ready',
            effect: 'NoExecute',
            timeAdded: rfc3339(minutesAgo(now, spec.ageMinutes)),
          },
        ]
      : []),
  ];
  const labels: Record<string, string> = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': arch(spec.type),
    'node.kubernetes.io/instance-type': spec.type,
    'topology.kubernetes.io/region': REGION,
    'topology.kubernetes.io/zone': spec.zone,
    'topology.k8s.aws/zone-id': ZONE_IDS[spec.zone] ?? '',
    ...(group?.kind === 'managed'
      ? { 'eks.amazonaws.com/nodegroup': spec.group, 'eks.amazonaws.com/capacityType': 'ON_DEMAND', pool: spec.group }
      : {}),
    ...(group?.kind === 'karpenter'
      ? {
          'karpenter.sh/nodepool': 'default',
          'karpenter.sh/capacity-type': 'on-demand',
          'karpenter.k8s.aws/ec2nodeclass': 'default',
        }
      : {}),
    ...(group?.kind === 'self-managed' ? { pool: spec.group } : {}),
    ...spec.labels,
  };
  const branches = ids.trunks[key] ? BRANCHES[spec.type] : undefined;
  const amounts = (cpu: string, memory: string) => ({
    cpu,
    memory,
    pods: String(spec.maxPods),
    'ephemeral-storage': '83873772Ki',
    ...(branches ? { 'vpc.amazonaws.com/pod-eni': String(branches) } : {}),
  });
  const memory = size.memoryGi * 1024 * 1024;
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels, annotations: spec.annotations },
      spec: {
        providerID: `aws:///${spec.zone}/${instanceId}`,
        taints,
        ...(spec.unschedulable ? { unschedulable: true } : {}),
      },
    },
    status: {
      capacity: amounts(String(size.cpu), `${memory}Ki`),
      allocatable: amounts(`${size.cpu * 1000 - 70}m`, `${memory - 700_000}Ki`),
      conditions: nodeConditions(
        spec.broken === true || spec.crash?.ready === false,
        minutesAgo(now, spec.ageMinutes - 1),
        now,
      ),
      addresses: [
        { type: 'InternalIP', address: plan.primaryAddress },
        { type: 'InternalDNS', address: name },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: arch(spec.type),
        bootID: '',
        machineID: '',
        systemUUID: '',
        operatingSystem: 'linux',
        kernelVersion: '6.12.53-69.119.amzn2023.x86_64',
        osImage: 'Amazon Linux 2023.9.20251110',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: `v${scenario.cluster.version}.2-eks-ecaa3a6`,
        kubeProxyVersion: '',
      },
    },
    created: minutesAgo(now, spec.ageMinutes),
    fieldManager: 'kubelet',
  };
}

export const cniNode = (scenario: Scenario, plan: NodePlan, ids: RigIds, now: Date): Written => ({
  object: {
    apiVersion: 'vpcresources.k8s.aws/v1alpha1',
    kind: 'CNINode',
    metadata: {
      name: ids.nodes[plan.key]?.name ?? '',
      labels: { 'kubernetes.io/os': 'linux' },
      finalizers: ['networking.k8s.aws/resource-cleanup'],
    },
    spec: {
      ...(modeOf(scenario).branch ? { features: [{ name: 'SecurityGroupsForPods' }] } : {}),
      tags: {
        'cluster.k8s.amazonaws.com/name': scenario.cluster.name,
        'node.k8s.amazonaws.com/instance_id': ids.nodes[plan.key]?.instanceId ?? '',
      },
    },
  },
  created: minutesAgo(now, plan.spec.ageMinutes),
  fieldManager: 'eks',
});

/** Karpenter's NodePool and EC2NodeClass, with the subnets it resolved. */
function karpenterObjects(scenario: Scenario, ids: RigIds, now: Date): Written[] {
  const group = Object.values(scenario.groups).find((g) => g.kind === 'karpenter');
  if (group?.kind !== 'karpenter') return [];
  const created = minutesAgo(now, 200 * 24 * 60);
  const subnets = group.subnets.map((key) => ({
    id: need(ids.subnets, key),
    zone: scenario.subnets[key]?.zone,
    zoneID: ZONE_IDS[scenario.subnets[key]?.zone ?? ''],
  }));
  const ready = (type: string) => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    lastTransitionTime: rfc3339(created),
  });
  const nodeClass: KubeObject = {
    apiVersion: 'karpenter.k8s.aws/v1',
    kind: 'EC2NodeClass',
    metadata: { name: 'default' },
    spec: {
      amiSelectorTerms: [{ alias: 'al2023@v20251112' }],
      role: ids.nodeRoleArn.split('/').pop(),
      ...(group.maxPods === null ? {} : { kubelet: { maxPods: group.maxPods ?? 110 } }),
      subnetSelectorTerms: [{ tags: { 'karpenter.sh/discovery': scenario.cluster.name } }],
      securityGroupSelectorTerms: [{ id: ids.clusterSecurityGroup }],
    },
    status: {
      subnets,
      securityGroups: [{ id: ids.clusterSecurityGroup, name: `eks-cluster-sg-${scenario.cluster.name}` }],
      instanceProfile: `${scenario.cluster.name}-node`,
      conditions: ['SubnetsReady', 'SecurityGroupsReady', 'AMIsReady', 'InstanceProfileReady', 'Ready'].map((type) =>
        group.unmet?.[type] === undefined
          ? ready(type)
          : { ...ready(type), status: 'False', message: group.unmet[type] },
      ),
    },
  };
  const requirement = (key: string, values: string[]) => ({ key, operator: 'In', values });
  const pool: KubeObject = {
    apiVersion: 'karpenter.sh/v1',
    kind: 'NodePool',
    metadata: { name: 'default' },
    spec: {
      limits: { cpu: String(group.cpuLimit) },
      disruption: {
        consolidationPolicy: 'WhenEmptyOrUnderutilized',
        consolidateAfter: '5m',
        budgets: [{ nodes: '10%' }],
      },
      template: {
        spec: {
          nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' },
          requirements: [
            requirement('node.kubernetes.io/instance-type', group.types ?? ['c6g.xlarge']),
            requirement('karpenter.sh/capacity-type', ['on-demand']),
            requirement('kubernetes.io/arch', [arch(group.types?.[0] ?? 'c6g.xlarge')]),
          ],
        },
      },
    },
    status: { conditions: ['NodeClassReady', 'ValidationSucceeded', 'Ready'].map(ready) },
  };
  return [nodeClass, pool].map((object) => ({ object, created, fieldManager: 'karpenter' }));
}

function nodeClaim(plan: NodePlan, n: number, ids: RigIds, now: Date): Written {
  const { name = '', instanceId = '' } = ids.nodes[plan.key] ?? {};
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: type,
    message: '',
    lastTransitionTime: rfc3339(minutesAgo(now, plan.spec.ageMinutes - 1)),
  });
  const started = plan.spec.broken ? 'Unknown' : 'True';
  return {
    object: {
      apiVersion: 'karpenter.sh/v1',
      kind: 'NodeClaim',
      metadata: {
        name: `default-${(7919 * (n + 3)).toString(36)}`,
        labels: { 'karpenter.sh/nodepool': 'default', 'topology.kubernetes.io/zone': plan.spec.zone },
      },
      spec: { nodeClassRef: { group: 'karpenter.k8s.aws', kind: 'EC2NodeClass', name: 'default' } },
      status: {
        nodeName: name,
        providerID: `aws:///${plan.spec.zone}/${instanceId}`,
        conditions: [
          condition('Launched', 'True'),
          condition('Registered', 'True'),
          condition('Initialized', started),
          condition('Ready', started),
        ],
      },
    },
    created: minutesAgo(now, plan.spec.ageMinutes + 1),
    fieldManager: 'karpenter',
  };
}

/** Nodes, their CNINodes, and what Karpenter keeps about its own. */
export async function buildKubeNodes(
  scenario: Scenario,
  plan: Plan,
  writer: KubeWriter,
  ids: RigIds,
  now: Date,
): Promise<void> {
  await writer.writeAll(plan.nodes.map((n) => node(scenario, n, ids, now)));
  const withCni = plan.nodes.filter((n) => !n.spec.withoutCni);
  await writer.writeAll(withCni.map((n) => cniNode(scenario, n, ids, now)));
  await writer.writeAll(karpenterObjects(scenario, ids, now));
  const claimed = plan.nodes.filter((n) => scenario.groups[n.spec.group]?.kind === 'karpenter');
  await writer.writeAll(claimed.map((n, i) => nodeClaim(n, i, ids, now)));
}
