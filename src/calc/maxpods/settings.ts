import type { Mode, Pattern } from '../patterns.ts';
import { patternOf } from '../patterns.ts';
import { CATALOG_RELEASE, type CniVersion } from './cni-version.ts';

/** What the user or the cluster says about a node. Everything absent is the CNI's default. */
export interface MaxPodsOptions {
  /** `ENABLE_PREFIX_DELEGATION`; on Windows `enable-windows-prefix-delegation`. */
  readonly prefix?: boolean;
  /** `AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG`. */
  readonly customNetworking?: boolean;
  /** `ENABLE_POD_ENI`: security groups for pods. */
  readonly sgp?: boolean;
  readonly ipv6?: boolean;
  readonly windows?: boolean;
  /** `ENABLE_MULTI_NIC`. */
  readonly multiNic?: boolean;
  /** `MAX_ENI`; the CNI ignores values below 1. */
  readonly maxEni?: number;
  /** ENIs on the default card that ipamd leaves alone: tagged `no_manage`, EFA-only, foreign. 0 or more. */
  readonly unmanagedEnis?: number;
  /** The primary ENI's subnet is tagged `kubernetes.io/role/cni=0`. */
  readonly excludePrimaryEni?: boolean;
  /** Karpenter's `RESERVED_ENIS`, 0 or more. */
  readonly reservedEnis?: number;
  /** kubelet's `podsPerCore`; 0 switches it off. */
  readonly podsPerCore?: number;
  /** Leaves the ceiling by vCPUs out: what the addresses allow, which AWS does not recommend. */
  readonly uncapped?: boolean;
  /** Without it the release the catalog follows. */
  readonly cniVersion?: CniVersion;
}

export interface Settings extends Required<Omit<MaxPodsOptions, 'maxEni' | 'reservedEnis'>> {
  readonly maxEni: number | undefined;
  readonly reservedEnis: number | undefined;
  readonly pattern: Pattern;
  readonly requestedMode: Mode;
}

/**
 * Fills in the defaults.
 * @throws RangeError where a count is not a whole number, or negative where the CNI cannot be told so.
 */
export function settingsOf(options: MaxPodsOptions): Settings {
  whole('maxEni', options.maxEni, Number.NEGATIVE_INFINITY);
  whole('unmanagedEnis', options.unmanagedEnis, 0);
  whole('reservedEnis', options.reservedEnis, 0);
  whole('podsPerCore', options.podsPerCore, 0);
  // Windows pods know neither branch ENIs nor ENIConfigs: the controller serves them from the primary ENI alone.
  const linux = !options.windows;
  return {
    prefix: options.prefix ?? false,
    customNetworking: options.customNetworking ?? false,
    sgp: options.sgp ?? false,
    ipv6: options.ipv6 ?? false,
    windows: options.windows ?? false,
    multiNic: options.multiNic ?? false,
    maxEni: options.maxEni,
    unmanagedEnis: options.unmanagedEnis ?? 0,
    excludePrimaryEni: options.excludePrimaryEni ?? false,
    reservedEnis: options.reservedEnis,
    podsPerCore: options.podsPerCore ?? 0,
    uncapped: options.uncapped ?? false,
    cniVersion: options.cniVersion ?? CATALOG_RELEASE,
    pattern: patternOf({
      customNetworking: linux && (options.customNetworking ?? false),
      securityGroupsForPods: linux && (options.sgp ?? false),
    }),
    requestedMode: options.ipv6 ? 'ipv6' : options.prefix ? 'prefix' : 'secondary',
  };
}

function whole(name: string, value: number | undefined, min: number): void {
  if (value === undefined) return;
  if (!Number.isSafeInteger(value) || value < min)
    throw new RangeError(`${name} must be a whole number${min === 0 ? ' of at least 0' : ''}: ${value}`);
}
