/**
 * Every name that is kept of aws-node's arguments and ConfigMap; those of its environment are `CNI_VARIABLES`. What is not
 * listed is never stored: an environment may hold credentials.
 */

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
