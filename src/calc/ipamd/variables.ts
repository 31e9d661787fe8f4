/** The variables of aws-node: which there are, and what an installation that nobody touched has in them. */

/**
 * Every variable that aws-node reads (amazon-vpc-cni-k8s: README.md and the sources that read the environment), with the text
 * the shipped manifest gives it (config/master/aws-k8s-cni.yaml); null where it leaves the program's own default.
 */
const CATALOG: Readonly<Record<string, string | null>> = {
  ADDITIONAL_ENI_TAGS: '{}',
  ANNOTATE_POD_IP: 'false',
  AWS_EC2_ENDPOINT: null,
  AWS_EXTERNAL_SERVICE_CIDRS: null,
  AWS_MANAGE_ENIS_NON_SCHEDULABLE: null,
  AWS_VPC_CNI_NODE_PORT_SUPPORT: 'true',
  AWS_VPC_ENI_MTU: '9001',
  AWS_VPC_K8S_CNI_BACKING_STORE: null,
  AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER: null,
  AWS_VPC_K8S_CNI_CONNMARK: null,
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false',
  AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: null,
  AWS_VPC_K8S_CNI_EXTERNALSNAT: 'false',
  AWS_VPC_K8S_CNI_LOGLEVEL: 'DEBUG',
  AWS_VPC_K8S_CNI_LOG_FILE: '/host/var/log/aws-routed-eni/ipamd.log',
  AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'prng',
  AWS_VPC_K8S_CNI_VETHPREFIX: 'eni',
  AWS_VPC_K8S_PLUGIN_LOG_FILE: '/var/log/aws-routed-eni/plugin.log',
  AWS_VPC_K8S_PLUGIN_LOG_LEVEL: 'DEBUG',
  CLUSTER_ENDPOINT: null,
  CLUSTER_NAME: null,
  DISABLE_INTROSPECTION: 'false',
  DISABLE_LEAKED_ENI_CLEANUP: null,
  DISABLE_METRICS: 'false',
  DISABLE_NETWORK_RESOURCE_PROVISIONING: 'false',
  DISABLE_POD_V6: null,
  DISABLE_TCP_EARLY_DEMUX: null,
  ENABLE_BANDWIDTH_PLUGIN: null,
  ENABLE_IMDS_ONLY_MODE: 'false',
  ENABLE_IPv4: 'true',
  ENABLE_IPv6: 'false',
  ENABLE_MULTI_NIC: 'false',
  ENABLE_NFTABLES: null,
  ENABLE_POD_ENI: 'false',
  ENABLE_PREFIX_DELEGATION: 'false',
  ENABLE_SUBNET_DISCOVERY: 'true',
  ENABLE_V4_EGRESS: null,
  ENABLE_V6_EGRESS: null,
  ENI_CONFIG_ANNOTATION_DEF: null,
  ENI_CONFIG_LABEL_DEF: null,
  HOST_CNI_BIN_PATH: null,
  HOST_CNI_CONFDIR_PATH: null,
  INTROSPECTION_BIND_ADDRESS: null,
  IP_COOLDOWN_PERIOD: null,
  MANAGE_UNTAGGED_ENI: null,
  MAX_ENI: null,
  MINIMUM_IP_TARGET: null,
  NETWORK_POLICY_ENFORCING_MODE: 'standard',
  POD_MTU: null,
  POD_SECURITY_GROUP_ENFORCING_MODE: null,
  RESERVED_ENIS: null,
  VPC_CNI_VERSION: null,
  WARM_ENI_TARGET: '1',
  WARM_IP_TARGET: null,
  WARM_PREFIX_TARGET: '1',
};

/** Names of all of them. */
export const CNI_VARIABLES: ReadonlySet<string> = new Set(Object.keys(CATALOG));

/** What the shipped manifest, Helm chart and add-on set; any other value was set by someone. */
export const SHIPPED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(CATALOG).filter((entry): entry is [string, string] => entry[1] !== null),
);

/** Variables the add-on and the chart fill in for each cluster and release; some are none of aws-node's own. */
export const FILLED_IN: ReadonlySet<string> = new Set([
  'CLUSTER_ENDPOINT',
  'CLUSTER_NAME',
  'MY_NODE_NAME',
  'MY_POD_NAME',
  'VPC_CNI_VERSION',
  'VPC_ID',
]);

/**
 * The variable of the CNI that a name nearly spells: it differs in case alone, or in one or two letters of a name of ten at
 * least. Undefined for a name that is one, for those of the shipped manifest and EKS's webhooks, and for any other.
 */
export function variableMeant(name: string): string | undefined {
  if (CNI_VARIABLES.has(name) || FOREIGN.has(name)) return undefined;
  const upper = name.toUpperCase();
  const known = [...CNI_VARIABLES];
  const near = (most: number) => known.find((k) => k.length >= 10 && isWithin(upper, k.toUpperCase(), most));
  return known.find((k) => k.toUpperCase() === upper) ?? near(1) ?? near(2);
}

/** Variables of the shipped manifest and of EKS's webhooks, which are no settings of ours. */
const FOREIGN: ReadonlySet<string> = new Set(['MY_NODE_NAME', 'MY_POD_NAME', 'VPC_ID', 'AWS_REGION', 'AWS_ROLE_ARN']);

/** Whether two texts are at most `most` insertions, deletions or exchanges apart. */
export function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length]! <= most;
}
