import { REGION } from '../clients/aws.ts';
import type { KubeObject } from '../clients/kube.ts';
import type { Scenario } from '../scenarios/types.ts';
import { minutesAgo, need, type RigIds } from './ids.ts';
import { type KubeWriter, pathOf } from './kube-writer.ts';

const REGISTRY = `602401143452.dkr.ecr.${REGION}.amazonaws.com`;
const upstream = (addonVersion: string): string => addonVersion.split('-')[0] ?? addonVersion;
const env = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));
const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } });

/** Variables the add-on sets by itself (aws-vpc-cni chart, values.yaml), before those of the scenario. */
const DEFAULTS: Record<string, string> = {
  ADDITIONAL_ENI_TAGS: '{}',
  ANNOTATE_POD_IP: 'false',
  AWS_VPC_CNI_NODE_PORT_SUPPORT: 'true',
  AWS_VPC_ENI_MTU: '9001',
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false',
  AWS_VPC_K8S_CNI_EXTERNALSNAT: 'false',
  AWS_VPC_K8S_CNI_LOGLEVEL: 'DEBUG',
  AWS_VPC_K8S_CNI_LOG_FILE: '/host/var/log/aws-routed-eni/ipamd.log',
  AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'prng',
  AWS_VPC_K8S_CNI_VETHPREFIX: 'eni',
  AWS_VPC_K8S_PLUGIN_LOG_FILE: '/var/log/aws-routed-eni/plugin.log',
  AWS_VPC_K8S_PLUGIN_LOG_LEVEL: 'DEBUG',
  DISABLE_INTROSPECTION: 'false',
  DISABLE_METRICS: 'false',
  DISABLE_NETWORK_RESOURCE_PROVISIONING: 'false',
  ENABLE_IMDS_ONLY_MODE: 'false',
  ENABLE_IPv4: 'true',
  ENABLE_IPv6: 'false',
  ENABLE_MULTI_NIC: 'false',
  ENABLE_POD_ENI: 'false',
  ENABLE_PREFIX_DELEGATION: 'false',
  ENABLE_SUBNET_DISCOVERY: 'true',
  NETWORK_POLICY_ENFORCING_MODE: 'standard',
  WARM_ENI_TARGET: '1',
  WARM_PREFIX_TARGET: '1',
};

/** Pod spec of aws-node at one add-on version. */
export function awsNodeSpec(
  scenario: Scenario,
  ids: RigIds,
  endpoint: string,
  addonVersion: string,
): Record<string, unknown> {
  const { cni } = scenario;
  const ipv6 = scenario.cluster.ipFamily === 'ipv6';
  const own = {
    CLUSTER_ENDPOINT: endpoint,
    CLUSTER_NAME: scenario.cluster.name,
    VPC_CNI_VERSION: upstream(addonVersion),
    VPC_ID: ids.vpc,
    ...(ipv6 ? { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' } : {}),
  };
  return {
    serviceAccountName: 'aws-node',
    hostNetwork: true,
    terminationGracePeriodSeconds: 10,
    tolerations: [{ operator: 'Exists' }],
    affinity: notOn('fargate', 'hybrid', 'auto'),
    initContainers: [
      {
        name: 'aws-vpc-cni-init',
        image: `${REGISTRY}/amazon-k8s-cni-init:${cni.initVersion ?? addonVersion}`,
        env: env({ DISABLE_TCP_EARLY_DEMUX: 'false', ENABLE_IPv6: String(ipv6), ...cni.initEnv }),
        securityContext: { privileged: true },
      },
    ],
    containers: [
      {
        name: 'aws-node',
        image: cni.images?.['aws-node'] ?? `${REGISTRY}/amazon-k8s-cni:${addonVersion}`,
        env: [
          ...env({ ...DEFAULTS, ...own, ...cni.env, ...cni.handSet }),
          field('MY_NODE_NAME', 'spec.nodeName'),
          field('MY_POD_NAME', 'metadata.name'),
        ],
        ports: [{ containerPort: 61678, hostPort: 61678, name: 'metrics', protocol: 'TCP' }],
        readinessProbe: {
          exec: { command: ['/app/grpc-health-probe', '-addr=:50051', '-connect-timeout=5s', '-rpc-timeout=5s'] },
          timeoutSeconds: 10,
        },
        livenessProbe: {
          exec: { command: ['/app/grpc-health-probe', '-addr=:50051', '-connect-timeout=5s', '-rpc-timeout=5s'] },
          timeoutSeconds: 10,
        },
        resources: { requests: { cpu: '25m' } },
      },
      {
        name: 'aws-eks-nodeagent',
        image: `${REGISTRY}/amazon/aws-network-policy-agent:${scenario.cni.nodeAgentVersion}`,
        args: [
          `--enable-ipv6=${ipv6}`,
          `--enable-network-policy=${cni.networkPolicy?.agent === true}`,
          '--enable-cloudwatch-logs=false',
          '--enable-policy-event-logs=false',
          '--log-file=/var/log/aws-routed-eni/network-policy-agent.log',
          '--metrics-bind-addr=:8162',
          '--health-probe-bind-addr=:8163',
          '--conntrack-cache-cleanup-period=300',
          '--log-level=debug',
        ],
        env: [field('MY_NODE_NAME', 'spec.nodeName')],
        resources: { requests: { cpu: '25m' } },
      },
    ],
    ...cni.template,
  };
}

function notOn(...types: string[]): unknown {
  const expressions = [
    { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
    { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
    { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: types },
  ];
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: expressions }] },
    },
  };
}

export interface CniState {
  daemonSetUid: string;
  /** Revision hash that running pods carry. */
  revision: string;
  generation: number;
}

/** aws-node at the previous version, then updated: generation, revisions and field manager are those of an update by EKS. */
export async function buildCni(
  scenario: Scenario,
  writer: KubeWriter,
  ids: RigIds,
  endpoint: string,
  now: Date,
): Promise<CniState> {
  const { cluster, cni } = scenario;
  if (cni.install === 'none') return { daemonSetUid: '', revision: '', generation: 0 };
  const manager = cni.install === 'manifest' ? 'kubectl-client-side-apply' : 'eks';
  const installed = minutesAgo(now, cluster.ageMinutes - 30);
  const updated = minutesAgo(now, cni.updatedMinutesAgo);
  const labels = { 'app.kubernetes.io/name': 'aws-node', 'k8s-app': 'aws-node' };
  const at = (version: string, revision: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'aws-node',
      namespace: 'kube-system',
      labels: {
        ...labels,
        'app.kubernetes.io/instance': 'aws-vpc-cni',
        ...(cni.install ? {} : { 'app.kubernetes.io/managed-by': 'Helm' }),
        'app.kubernetes.io/version': upstream(version),
        'helm.sh/chart': `aws-vpc-cni-${upstream(version).slice(1)}`,
      },
      annotations: { 'deprecated.daemonset.template.generation': revision },
    },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'aws-node' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: { metadata: { labels }, spec: awsNodeSpec(scenario, ids, endpoint, version) },
    },
  });
  await writer.write({
    object: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'aws-node', namespace: 'kube-system', labels },
    },
    created: installed,
    fieldManager: manager,
  });
  await writer.write({
    object: at(cni.previousVersion, '1'),
    created: installed,
    changed: updated,
    fieldManager: manager,
  });
  const object = at(cni.addonVersion, '2');
  const live = await writer.kube.call('PUT', `${pathOf(object)}?fieldManager=${manager}`, object);
  const uid = live.metadata.uid ?? '';
  const revisions = [
    { hash: '6d5b8f7c44', version: cni.previousVersion, revision: 1, created: installed },
    { hash: '7f9c6b5d88', version: cni.addonVersion, revision: 2, created: updated },
  ];
  for (const { hash, version, revision, created } of revisions) {
    await writer.write({
      object: {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `aws-node-${hash}`,
          namespace: 'kube-system',
          labels: { ...labels, 'controller-revision-hash': hash },
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'aws-node', uid, controller: true }],
        },
        revision,
        data: {
          spec: {
            template: { $patch: 'replace', metadata: { labels }, spec: awsNodeSpec(scenario, ids, endpoint, version) },
          },
        },
      },
      created,
    });
  }
  const config = {
    'branch-eni-cooldown': '60',
    'enable-network-policy-controller': String(cni.networkPolicy?.controller === true),
    'enable-windows-ipam': 'false',
    'enable-windows-prefix-delegation': 'false',
    'minimum-ip-target': '3',
    'warm-ip-target': '1',
    'warm-prefix-target': '0',
    ...cni.configMap,
  };
  await writer.write({
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system', labels },
      data: config,
    },
    created: installed,
    fieldManager: manager,
  });
  await writer.writeAll(cniRights(labels).map((item) => ({ object: item, fieldManager: manager })));
  for (const [name, subnet] of Object.entries(scenario.eniConfigs)) {
    const spec = { subnet: need(ids.subnets, subnet), securityGroups: [ids.clusterSecurityGroup] };
    await writer.write({
      object: { apiVersion: 'crd.k8s.amazonaws.com/v1alpha1', kind: 'ENIConfig', metadata: { name }, spec },
      created: installed,
      fieldManager: 'terraform',
    });
  }
  return { daemonSetUid: uid, revision: '7f9c6b5d88', generation: live.metadata.generation ?? 2 };
}

/** ClusterRole of aws-node and its binding. */
function cniRights(labels: Record<string, string>): KubeObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const rule = (group: string, resources: string[], verbs: string[]) => ({ apiGroups: [group], resources, verbs });
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'aws-node', labels },
      rules: [
        rule('crd.k8s.amazonaws.com', ['eniconfigs'], ['list', 'watch', 'get']),
        rule('', ['namespaces'], ['list', 'watch', 'get']),
        rule('', ['pods'], ['list', 'watch', 'get']),
        rule('', ['nodes'], ['list', 'watch', 'get']),
        { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'list'] },
        rule('networking.k8s.aws', ['policyendpoints'], ['get', 'list', 'watch']),
        rule('networking.k8s.aws', ['policyendpoints/status'], ['get']),
        rule('vpcresources.k8s.aws', ['cninodes'], ['get', 'list', 'watch', 'patch']),
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'aws-node', labels },
      subjects: [{ kind: 'ServiceAccount', name: 'aws-node', namespace: 'kube-system' }],
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'aws-node' },
    },
  ];
}
