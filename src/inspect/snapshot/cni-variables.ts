/**
 * Every name that is kept of aws-node's environment, arguments and ConfigMap. What is not listed here is never stored:
 * an environment may hold credentials.
 */

/** amazon-vpc-cni-k8s: README.md and the sources that read the environment. */
export const CNI_VARIABLES: ReadonlySet<string> = new Set([
  'ADDITIONAL_ENI_TAGS',
  'ANNOTATE_POD_IP',
  'AWS_EC2_ENDPOINT',
  'AWS_EXTERNAL_SERVICE_CIDRS',
  'AWS_MANAGE_ENIS_NON_SCHEDULABLE',
  'AWS_VPC_CNI_NODE_PORT_SUPPORT',
  'AWS_VPC_ENI_MTU',
  'AWS_VPC_K8S_CNI_BACKING_STORE',
  'AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER',
  'AWS_VPC_K8S_CNI_CONNMARK',
  'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG',
  'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS',
  'AWS_VPC_K8S_CNI_EXTERNALSNAT',
  'AWS_VPC_K8S_CNI_LOGLEVEL',
  'AWS_VPC_K8S_CNI_LOG_FILE',
  'AWS_VPC_K8S_CNI_RANDOMIZESNAT',
  'AWS_VPC_K8S_CNI_VETHPREFIX',
  'AWS_VPC_K8S_PLUGIN_LOG_FILE',
  'AWS_VPC_K8S_PLUGIN_LOG_LEVEL',
  'CLUSTER_ENDPOINT',
  'CLUSTER_NAME',
  'DISABLE_INTROSPECTION',
  'DISABLE_LEAKED_ENI_CLEANUP',
  'DISABLE_METRICS',
  'DISABLE_NETWORK_RESOURCE_PROVISIONING',
  'DISABLE_POD_V6',
  'DISABLE_TCP_EARLY_DEMUX',
  'ENABLE_BANDWIDTH_PLUGIN',
  'ENABLE_IMDS_ONLY_MODE',
  'ENABLE_IPv4',
  'ENABLE_IPv6',
  'ENABLE_MULTI_NIC',
  'ENABLE_NFTABLES',
  'ENABLE_POD_ENI',
  'ENABLE_PREFIX_DELEGATION',
  'ENABLE_SUBNET_DISCOVERY',
  'ENABLE_V4_EGRESS',
  'ENABLE_V6_EGRESS',
  'ENI_CONFIG_ANNOTATION_DEF',
  'ENI_CONFIG_LABEL_DEF',
  'HOST_CNI_BIN_PATH',
  'HOST_CNI_CONFDIR_PATH',
  'INTROSPECTION_BIND_ADDRESS',
  'IP_COOLDOWN_PERIOD',
  'MANAGE_UNTAGGED_ENI',
  'MAX_ENI',
  'MINIMUM_IP_TARGET',
  'NETWORK_POLICY_ENFORCING_MODE',
  'POD_MTU',
  'POD_SECURITY_GROUP_ENFORCING_MODE',
  'RESERVED_ENIS',
  'VPC_CNI_VERSION',
  'WARM_ENI_TARGET',
  'WARM_IP_TARGET',
  'WARM_PREFIX_TARGET',
]);

/** Flags of the network policy agent (aws-network-policy-agent: README.md), without their dashes. */
export const AGENT_FLAGS: ReadonlySet<string> = new Set([
  'conntrack-cache-cleanup-period',
  'conntrack-cache-table-size',
  'enable-cloudwatch-logs',
  'enable-ipv6',
  'enable-network-policy',
  'enable-policy-event-logs',
  'health-probe-bind-addr',
  'log-file',
  'log-level',
  'metrics-bind-addr',
]);

/** Keys of the ConfigMap `kube-system/amazon-vpc-cni` (amazon-vpc-resource-controller-k8s: pkg/config/type.go; the chart's configmap.yaml). */
export const CONFIG_MAP_KEYS: ReadonlySet<string> = new Set([
  'branch-eni-cooldown',
  'enable-network-policy-controller',
  'enable-windows-ipam',
  'enable-windows-prefix-delegation',
  'minimum-ip-target',
  'warm-ip-target',
  'warm-prefix-target',
  'windows-minimum-ip-target',
  'windows-warm-ip-target',
  'windows-warm-prefix-target',
]);

export function keepKnown(
  values: Readonly<Record<string, string>>,
  known: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => known.has(name)));
}
