import { CNI_RELEASE } from '../catalog/sources.generated.ts';

/** A release of the VPC CNI. */
export interface CniVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads `1.20.4`, `v1.20.4`, `1.20` and add-on or image versions such as `v1.20.4-eksbuild.1`; undefined for anything else. */
export function parseCniVersion(text: string): CniVersion | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+][0-9A-Za-z.-]+)?$/.exec(text.trim());
  if (!match) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

export function formatCniVersion(version: CniVersion): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** First release with each behaviour that this program asks for (release notes of amazon-vpc-cni-k8s): the one table of versions. */
export const SINCE = {
  podEni: { major: 1, minor: 7, patch: 0 },
  podEniSupported: { major: 1, minor: 7, patch: 7 },
  /** Peers reach pods on secondary ENIs though SNAT does not leave them out. */
  peersReachPods: { major: 1, minor: 8, patch: 0 },
  prefix: { major: 1, minor: 9, patch: 0 },
  ipv6: { major: 1, minor: 10, patch: 0 },
  /** `POD_SECURITY_GROUP_ENFORCING_MODE`; before it every pod with groups of its own was in strict mode. */
  enforcingMode: { major: 1, minor: 11, patch: 0 },
  prefixOnBareMetal: { major: 1, minor: 11, patch: 0 },
  /** With custom networking aws-node ends where it cannot attach a first ENI; before, the node was Ready and pods hung. */
  endsWithoutPodEni: { major: 1, minor: 13, patch: 0 },
  /** Features of a node stand in its CNINode, no longer in labels. */
  cniNode: { major: 1, minor: 15, patch: 0 },
  podEniWithIpv6: { major: 1, minor: 16, patch: 0 },
  /** POD_MTU, an MTU of pods beside that of ENIs. */
  podMtu: { major: 1, minor: 16, patch: 4 },
  /** Further ENIs in tagged subnets (`ENABLE_SUBNET_DISCOVERY`). */
  subnetDiscovery: { major: 1, minor: 18, patch: 0 },
  multiNic: { major: 1, minor: 20, patch: 0 },
  /** No trunk slot is kept on types known not to trunk. */
  trunkListRead: { major: 1, minor: 20, patch: 4 },
  excludedPrimary: { major: 1, minor: 22, patch: 0 },
  /** aws-node looks at its subnet when it starts, and does without no more. */
  subnetsReadAtStart: { major: 1, minor: 22, patch: 0 },
  /** Values of the tags on subnets count, not their presence alone: `kubernetes.io/role/cni=0` excludes, a cluster's tag reserves. */
  subnetTagValues: { major: 1, minor: 22, patch: 0 },
} as const satisfies Record<string, CniVersion>;

export type Behaviour = keyof typeof SINCE;

/** First release that reads each variable of aws-node; those not listed are older than any release still met (README.md). */
export const VARIABLE_SINCE: Readonly<Record<string, CniVersion>> = {
  MINIMUM_IP_TARGET: { major: 1, minor: 6, patch: 0 },
  ENABLE_POD_ENI: { major: 1, minor: 7, patch: 0 },
  ENABLE_PREFIX_DELEGATION: { major: 1, minor: 9, patch: 0 },
  WARM_PREFIX_TARGET: { major: 1, minor: 9, patch: 0 },
  DISABLE_NETWORK_RESOURCE_PROVISIONING: { major: 1, minor: 9, patch: 1 },
  MANAGE_UNTAGGED_ENI: { major: 1, minor: 9, patch: 1 },
  ANNOTATE_POD_IP: { major: 1, minor: 9, patch: 3 },
  ENABLE_IPv6: { major: 1, minor: 10, patch: 0 },
  POD_SECURITY_GROUP_ENFORCING_MODE: { major: 1, minor: 11, patch: 0 },
  AWS_MANAGE_ENIS_NON_SCHEDULABLE: { major: 1, minor: 12, patch: 6 },
  AWS_EXTERNAL_SERVICE_CIDRS: { major: 1, minor: 12, patch: 6 },
  DISABLE_LEAKED_ENI_CLEANUP: { major: 1, minor: 13, patch: 0 },
  AWS_EC2_ENDPOINT: { major: 1, minor: 13, patch: 0 },
  ENABLE_V6_EGRESS: { major: 1, minor: 13, patch: 0 },
  IP_COOLDOWN_PERIOD: { major: 1, minor: 15, patch: 0 },
  POD_MTU: { major: 1, minor: 16, patch: 4 },
  NETWORK_POLICY_ENFORCING_MODE: { major: 1, minor: 17, patch: 1 },
  ENABLE_SUBNET_DISCOVERY: { major: 1, minor: 18, patch: 0 },
  ENABLE_IMDS_ONLY_MODE: { major: 1, minor: 19, patch: 6 },
  ENABLE_MULTI_NIC: { major: 1, minor: 20, patch: 0 },
};

export function has(version: CniVersion, behaviour: Behaviour): boolean {
  return compare(version, SINCE[behaviour]) >= 0;
}

/** The release whose compiled-in limits the catalog follows. */
export const CATALOG_RELEASE: CniVersion = parseCniVersion(CNI_RELEASE)!;

/** Whether this release may carry other limits than the catalog's. */
export function afterCatalog(version: CniVersion): boolean {
  return compare(version, CATALOG_RELEASE) > 0;
}

/** Whether a version as an image tag writes it is this release or a later one; undefined for what is no version. */
export function atLeastRelease(text: string, release: CniVersion): boolean | undefined {
  const version = parseCniVersion(text);
  return version && compare(version, release) >= 0;
}

function compare(a: CniVersion, b: CniVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}
