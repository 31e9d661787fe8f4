/**
 * Releases of the CNI that are known to be bad, and which parts go together: what no API tells. Kept by hand from release notes
 * and issues; a cluster later than `CHECKED` may know better.
 */
import { atLeastRelease, type CniVersion } from './cni-version.ts';

/** Day on which the rows were last held against their sources (YYYY-MM-DD). */
export const RELEASES_CHECKED = '2026-11-26';

export type ReleaseCondition =
  | 'eniconfig-without-groups'
  | 'policy-agent'
  | 'policy-agent-on'
  | 'old-kubernetes'
  | 'custom-and-sgp'
  | 'hyperpod'
  | 'calico-ebpf'
  | 'always';

export interface BadRelease {
  /** From this release on, up to the one that mends it; undefined while none does. */
  readonly from: CniVersion;
  readonly fixedIn?: CniVersion;
  /** The last release without the fault, where none mends it. */
  readonly lastGood?: CniVersion;
  readonly when: ReleaseCondition;
  readonly effect: string;
  readonly severity: 'error' | 'warning';
  /** What is seen where it comes out: the policy agent exits, or pods wait for an address though nothing else is in their way. */
  readonly symptom?: 'agent-exits' | 'pods-wait';
  readonly source: string;
}

const v = (major: number, minor: number, patch: number): CniVersion => ({ major, minor, patch });

export const BAD_RELEASES: readonly BadRelease[] = [
  {
    from: v(1, 13, 0),
    fixedIn: v(1, 13, 2),
    when: 'eniconfig-without-groups',
    effect: 'creates no ENI for an ENIConfig without security groups',
    severity: 'error',
    symptom: 'pods-wait',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/issues/2426',
  },
  {
    from: v(1, 14, 0),
    fixedIn: v(1, 14, 1),
    when: 'policy-agent',
    effect: 'starts its policy agent on port 8080 of the node, which often is taken',
    severity: 'warning',
    symptom: 'agent-exits',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/issues/2539',
  },
  {
    from: v(1, 16, 0),
    fixedIn: v(1, 16, 2),
    when: 'old-kubernetes',
    effect: 'does not work on Kubernetes 1.23 and older',
    severity: 'error',
    source: 'amazon-vpc-cni-k8s CHANGELOG.md v1.16.2',
  },
  {
    from: v(1, 16, 3),
    fixedIn: v(1, 16, 4),
    when: 'always',
    effect: 'may add and release addresses for ever without a pod getting one',
    severity: 'warning',
    symptom: 'pods-wait',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/issues/2810',
  },
  {
    from: v(1, 7, 0),
    fixedIn: v(1, 19, 5),
    when: 'custom-and-sgp',
    effect: 'may fail to start its pool with custom networking and security groups for pods together',
    severity: 'warning',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/issues/3277',
  },
  {
    from: v(1, 21, 0),
    fixedIn: v(1, 21, 1),
    when: 'policy-agent-on',
    effect: 'brings a policy agent whose role lacks the rule for clusterpolicyendpoints',
    severity: 'error',
    source: 'https://github.com/aws/aws-network-policy-agent/issues/570',
  },
  {
    from: v(1, 21, 1),
    fixedIn: v(1, 21, 2),
    when: 'policy-agent-on',
    effect:
      'brings a policy agent that drops the traffic of unselected pods where the API server was slow when it started',
    severity: 'warning',
    source: 'https://github.com/aws/aws-network-policy-agent/issues/570',
  },
  {
    // the first release that does so is not established
    from: v(1, 22, 2),
    fixedIn: v(1, 22, 4),
    when: 'hyperpod',
    effect: 'cannot attach ENIs on nodes of SageMaker HyperPod',
    severity: 'error',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/issues/3874',
  },
  {
    from: v(1, 23, 0),
    lastGood: v(1, 22, 4),
    when: 'calico-ebpf',
    effect: 'clears the packet marks of Calico in eBPF mode, which then drops the traffic of pods',
    severity: 'warning',
    source: 'https://github.com/aws/amazon-vpc-cni-k8s/issues/3872',
  },
];

/** Rows of the releases between the one that brought a fault and the one that mends it. */
export function badReleases(version: string): BadRelease[] {
  return BAD_RELEASES.filter(
    (row) =>
      atLeastRelease(version, row.from) === true &&
      (row.fixedIn ? atLeastRelease(version, row.fixedIn) === false : true),
  );
}

/** From this release of aws-node on, its policy agent must be this one or later: ipamd moved to a unix socket (CHANGELOG.md v1.23.0). */
export const SOCKET_RELEASE: { readonly cni: CniVersion; readonly agent: CniVersion } = {
  cni: v(1, 23, 0),
  agent: v(1, 4, 1),
};

/** Since this release the plugin calls the agent over a Unix socket too: v1.20.2 ships agent v1.2.6, v1.20.1 agent v1.2.4 (#3442). */
export const AGENT_SOCKET_RELEASE: { readonly cni: CniVersion; readonly agent: CniVersion } = {
  cni: { major: 1, minor: 20, patch: 2 },
  agent: { major: 1, minor: 2, patch: 5 },
};

/** Oldest release the EKS user guide recommends for each Kubernetes version. Later versions take what DescribeAddonVersions says. */
export const OLDEST_RECOMMENDED: Readonly<Record<string, CniVersion>> = {
  '1.28': v(1, 13, 4),
  '1.29': v(1, 14, 1),
  '1.30': v(1, 16, 0),
  '1.31': v(1, 16, 4),
  '1.32': v(1, 17, 1),
  '1.33': v(1, 17, 1),
};

/** Minor releases between two; 0 where the first is not the older. */
export function behind(older: CniVersion, newer: CniVersion): number {
  return older.major === newer.major ? Math.max(newer.minor - older.minor, 0) : 0;
}
