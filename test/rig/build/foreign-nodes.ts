import { AssignPrivateIpAddressesCommand, DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import type { Aws } from '../clients/aws.ts';
import { REGION } from '../clients/aws.ts';
import type { ForeignNodeSpec, Scenario } from '../scenarios/types.ts';
import type { Moto } from '../servers/moto.ts';
import { addressesOf, launch } from './aws-counted.ts';
import { MARKS } from './aws-network.ts';
import { minutesAgo, need, type RigIds, rfc3339 } from './ids.ts';
import { ZONE_IDS } from './kube-nodes.ts';
import type { KubeWriter } from './kube-writer.ts';

/** Nodes that aws-node does not run on, with the instances of those that have one. */
export async function buildForeignNodes(
  scenario: Scenario,
  aws: Aws,
  moto: Moto,
  writer: KubeWriter,
  ids: RigIds,
  now: Date,
): Promise<void> {
  for (const [key, spec] of Object.entries(scenario.foreignNodes ?? {})) {
    const made = await MAKERS[spec.platform](key, spec, { scenario, aws, moto, ids });
    ids.foreign[key] = made.name;
    const ready = spec.ready !== false;
    const since = rfc3339(minutesAgo(now, spec.ageMinutes - 1));
    const amounts = { cpu: '1930m', memory: '7100000Ki', pods: String(spec.maxPods), ...spec.allocatable };
    await writer.write({
      object: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: made.name,
          labels: {
            'kubernetes.io/hostname': made.name,
            'kubernetes.io/os': spec.platform === 'windows' ? 'windows' : 'linux',
            'kubernetes.io/arch': 'amd64',
            'node.kubernetes.io/instance-type': spec.type,
            'topology.kubernetes.io/region': REGION,
            'topology.kubernetes.io/zone': spec.zone,
            'topology.k8s.aws/zone-id': ZONE_IDS[spec.zone] ?? '',
            ...made.labels,
            ...spec.labels,
          },
        },
        spec: { providerID: made.providerID, taints: made.taints },
      },
      status: {
        capacity: amounts,
        allocatable: amounts,
        conditions: [
          {
            type: 'Ready',
            status: ready ? 'True' : 'False',
            reason: ready ? 'KubeletReady' : 'KubeletNotReady',
            message: ready
              ? 'kubelet is posting ready status'
              : 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
            lastTransitionTime: since,
            lastHeartbeatTime: rfc3339(minutesAgo(now, 1)),
          },
        ],
        addresses: [
          { type: 'InternalIP', address: made.address },
          { type: 'Hostname', address: made.name },
        ],
        nodeInfo: {
          architecture: 'amd64',
          bootID: '',
          machineID: '',
          systemUUID: '',
          operatingSystem: spec.platform === 'windows' ? 'windows' : 'linux',
          kernelVersion: spec.platform === 'windows' ? '10.0.20348.2700' : '6.12.53',
          osImage: made.osImage,
          containerRuntimeVersion: 'containerd://2.1.4',
          kubeletVersion: `v${scenario.cluster.version}.2-eks-ecaa3a6`,
          kubeProxyVersion: '',
        },
      },
      created: minutesAgo(now, spec.ageMinutes),
      fieldManager: 'kubelet',
    });
  }
}

interface Made {
  name: string;
  address: string;
  providerID?: string;
  labels: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
  osImage: string;
}

interface Context {
  scenario: Scenario;
  aws: Aws;
  moto: Moto;
  ids: RigIds;
}

const COMPUTE = 'eks.amazonaws.com/compute-type';

async function instance(
  key: string,
  spec: ForeignNodeSpec,
  { scenario, aws, ids }: Context,
  tags: Record<string, string>,
): Promise<{ name: string; address: string; providerID: string }> {
  const subnetId = need(ids.subnets, spec.subnet ?? '');
  const cluster = { [`kubernetes.io/cluster/${scenario.cluster.name}`]: 'owned', Name: key, ...tags };
  const made = await launch({ scenario, aws, ids }, { type: spec.type, subnetId, tags: cluster });
  const { singles = 0, prefixes = 0 } = spec.holds ?? {};
  const NetworkInterfaceId = made.primaryEni;
  if (singles > 0)
    await aws.ec2.send(
      new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, SecondaryPrivateIpAddressCount: singles }),
    );
  if (prefixes > 0)
    await aws.ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId, Ipv4PrefixCount: prefixes }));
  ids.spare[key] = await addressesOf(aws, [NetworkInterfaceId]);
  return { name: made.name, address: made.address, providerID: `aws:///${spec.zone}/${made.instanceId}` };
}

let outside = 0;

const MAKERS: Record<
  ForeignNodeSpec['platform'],
  (key: string, spec: ForeignNodeSpec, context: Context) => Promise<Made>
> = {
  'auto-mode': async (key, spec, context) => {
    const made = await instance(key, spec, context, {
      'eks:eks-cluster-name': context.scenario.cluster.name,
      'eks:nodeclass-name': 'default',
      'karpenter.sh/nodepool': 'general-purpose',
    });
    const id = made.providerID.split('/').pop() ?? '';
    return {
      ...made,
      name: id, // Auto Mode names its nodes after the instance
      labels: {
        [COMPUTE]: 'auto',
        'karpenter.sh/nodepool': 'general-purpose',
        'eks.amazonaws.com/nodeclass': 'default',
        'karpenter.sh/capacity-type': 'on-demand',
      },
      osImage: 'Bottlerocket (EKS Auto, Standard) 2025.11.20 (aws-k8s-1.34-standard)',
    };
  },
  windows: async (key, spec, context) => ({
    ...(await instance(key, spec, context, {})),
    labels: { 'node.kubernetes.io/windows-build': '10.0.20348' },
    osImage: 'Windows Server 2022 Datacenter',
  }),
  fargate: async (_key, spec, { ids, ...context }) => {
    const { id, address } = await fargateInterface(context, need(ids.subnets, spec.subnet ?? ''));
    return {
      name: `fargate-ip-${address.replaceAll('.', '-')}.${REGION}.compute.internal`,
      address,
      providerID: `aws:///${spec.zone}/${id}/fargate-ip-${address.replaceAll('.', '-')}.${REGION}.compute.internal`,
      labels: { [COMPUTE]: 'fargate' },
      taints: [{ key: COMPUTE, value: 'fargate', effect: 'NoSchedule' }],
      osImage: 'Amazon Linux 2',
    };
  },
  hybrid: async (key) => ({
    name: key,
    address: `10.200.0.${10 + outside++}`,
    providerID: `eks-hybrid:///${REGION}/cluster/mi-0${key.length}a1b2c3d4e5f60718`,
    labels: { [COMPUTE]: 'hybrid', 'eks.amazonaws.com/hybrid-credential-provider': 'ssm' },
    osImage: 'Ubuntu 24.04.2 LTS',
  }),
  hyperpod: async (key, spec) => ({
    name: `hyperpod-i-0${key.length}f1e2d3c4b5a69788`,
    address: `10.0.10.${200 + outside++}`,
    providerID: `aws:///${ZONE_IDS[spec.zone]}/sagemaker/cluster/hyperpod-0ab1cdef2gh3-i-0${key.length}f1e2d3c4b5a69788`,
    labels: {
      'sagemaker.amazonaws.com/compute-type': 'hyperpod',
      'sagemaker.amazonaws.com/instance-group-name': 'workers',
      'sagemaker.amazonaws.com/node-health-status': 'Schedulable',
    },
    osImage: 'Amazon Linux 2023',
  }),
};

/** The interface of one Fargate pod, with the marks of any Fargate task. */
export async function fargateInterface(
  { scenario, aws, moto }: Omit<Context, 'ids'>,
  subnetId: string,
): Promise<{ id: string; address: string }> {
  const [id = ''] = (await moto.post('interfaces', [
    { subnetId, ...MARKS['ecs-task'](scenario.cluster.name, outside++) },
  ])) as string[];
  const { NetworkInterfaces } = await aws.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
  return { id, address: NetworkInterfaces?.[0]?.PrivateIpAddress ?? '' };
}
