import { POD_COOLDOWN_SECONDS } from './constants.ts';
import { parseGoBool, parseGoInt } from './go-values.ts';
import { SHIPPED } from './variables.ts';

/** A DaemonSet's environment: variable name to its text; undefined means that the variable is absent. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * What an absent variable means: `binary` is the program's own default, `manifest` what the shipped DaemonSet, Helm chart
 * and add-on set. They differ, as `SHIPPED` shows beside the program's own.
 */
export type Defaults = 'binary' | 'manifest';

/** The settings of ipamd that change how many ENIs, addresses and prefixes a node holds, after parsing. */
export interface IpamdSettings {
  /** ENABLE_IPv4. Exactly one family must be on. */
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** ENABLE_PREFIX_DELEGATION as configured; types without Nitro fall back to single addresses, see `usesPrefixes`. */
  readonly prefixDelegation: boolean;
  readonly customNetworking: boolean;
  /** ENABLE_POD_ENI: security groups for pods. */
  readonly podEni: boolean;
  /** POD_SECURITY_GROUP_ENFORCING_MODE as written; changes routing only. */
  readonly enforcingMode: string;
  readonly subnetDiscovery: boolean;
  /** Whole free ENIs to keep; 0 or more. */
  readonly warmEniTarget: number;
  /** Free addresses to keep; 0 means unset. */
  readonly warmIpTarget: number;
  /** Least total of addresses; 0 means unset. */
  readonly minimumIpTarget: number;
  /** Free prefixes to keep; 0 or more. */
  readonly warmPrefixTarget: number;
  /** Cap on the number of ENIs; 0 means none. Never raises the limit of the instance type. */
  readonly maxEni: number;
  readonly manageEnisOnCordonedNodes: boolean;
  /** Seconds before the address of a deleted pod is handed out again. */
  readonly ipCooldownSeconds: number;
  /** False: every non-primary ENI without this node's tag is left alone. */
  readonly manageUntaggedEnis: boolean;
  /** True: ipamd neither assigns nor releases anything (DISABLE_NETWORK_RESOURCE_PROVISIONING or ENABLE_IMDS_ONLY_MODE). */
  readonly provisioningDisabled: boolean;
  readonly imdsOnly: boolean;
  readonly multiNic: boolean;
  readonly leakedEniCleanup: boolean;
  /** CLUSTER_NAME; empty switches cluster tags of subnets off. */
  readonly clusterName: string;
}

/** Of what the shipped manifest sets, the variables for which it makes a difference, or is what users look for. */
const { ENABLE_IPv4, WARM_ENI_TARGET, WARM_PREFIX_TARGET } = SHIPPED;
const MANIFEST_DEFAULTS: Env = { ENABLE_IPv4, WARM_ENI_TARGET, WARM_PREFIX_TARGET };

/** The program's own default of every boolean that changes counts. */
export const BOOLEAN_DEFAULTS = {
  ENABLE_IPv4: false,
  ENABLE_IPv6: false,
  ENABLE_PREFIX_DELEGATION: false,
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: false,
  ENABLE_POD_ENI: false,
  ENABLE_SUBNET_DISCOVERY: true,
  AWS_MANAGE_ENIS_NON_SCHEDULABLE: false,
  MANAGE_UNTAGGED_ENI: true,
  DISABLE_NETWORK_RESOURCE_PROVISIONING: false,
  ENABLE_IMDS_ONLY_MODE: false,
  ENABLE_MULTI_NIC: false,
  DISABLE_LEAKED_ENI_CLEANUP: false,
} as const;

/** The program's own default of the targets; a negative or unreadable value means the same. */
export const TARGET_DEFAULTS = {
  WARM_ENI_TARGET: 1,
  WARM_IP_TARGET: 0,
  MINIMUM_IP_TARGET: 0,
  WARM_PREFIX_TARGET: 0,
} as const;

export type BooleanVariable = keyof typeof BOOLEAN_DEFAULTS;
export type TargetVariable = keyof typeof TARGET_DEFAULTS;

/** The environment ipamd sees: the given one over the manifest's values, or as it is. */
export function effectiveEnv(env: Env, options: { readonly defaults: Defaults }): Env {
  if (options.defaults === 'binary') return env;
  const merged: Record<string, string | undefined> = { ...MANIFEST_DEFAULTS };
  for (const [name, value] of Object.entries(env)) if (value !== undefined) merged[name] = value;
  return merged;
}

/**
 * Parses a DaemonSet's environment exactly as ipamd does: Go spellings only, negative and unreadable values mean the
 * program's default (`ipamd.go:getWarmENITarget` and its neighbours, `utils.go:GetBoolAsStringEnvVar`). Never throws:
 * `settingProblems` tells what was ignored, `configValidity` what is refused.
 */
export function parseSettings(env: Env, options: { readonly defaults: Defaults }): IpamdSettings {
  const seen = effectiveEnv(env, options);
  const flag = (name: BooleanVariable): boolean => readBoolean(seen, name);
  const target = (name: TargetVariable): number => readTarget(seen, name);
  const imdsOnly = flag('ENABLE_IMDS_ONLY_MODE');
  const ipv6 = flag('ENABLE_IPv6');
  const provisioningDisabled = imdsOnly || flag('DISABLE_NETWORK_RESOURCE_PROVISIONING');
  return {
    ipv4: flag('ENABLE_IPv4'),
    ipv6,
    prefixDelegation: flag('ENABLE_PREFIX_DELEGATION'),
    customNetworking: flag('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG'),
    podEni: flag('ENABLE_POD_ENI'),
    enforcingMode: seen.POD_SECURITY_GROUP_ENFORCING_MODE ?? 'strict',
    subnetDiscovery: flag('ENABLE_SUBNET_DISCOVERY'),
    warmEniTarget: target('WARM_ENI_TARGET'),
    warmIpTarget: target('WARM_IP_TARGET'),
    minimumIpTarget: target('MINIMUM_IP_TARGET'),
    warmPrefixTarget: target('WARM_PREFIX_TARGET'),
    maxEni: Math.max(parseGoInt(seen.MAX_ENI ?? '') ?? 0, 0),
    manageEnisOnCordonedNodes: flag('AWS_MANAGE_ENIS_NON_SCHEDULABLE'),
    ipCooldownSeconds: readCooldown(seen),
    manageUntaggedEnis: flag('MANAGE_UNTAGGED_ENI'),
    provisioningDisabled,
    imdsOnly,
    multiNic: flag('ENABLE_MULTI_NIC'),
    leakedEniCleanup: !(ipv6 || provisioningDisabled || flag('DISABLE_LEAKED_ENI_CLEANUP')),
    clusterName: seen.CLUSTER_NAME ?? '',
  };
}

/** True when IP targets are in force: they switch WARM_ENI_TARGET and WARM_PREFIX_TARGET off for growth (`ipamd.go:warmIPTargetsDefined`). */
export function usesIpTargets(settings: IpamdSettings): boolean {
  return settings.warmIpTarget !== 0 || settings.minimumIpTarget !== 0;
}

function readBoolean(env: Env, name: BooleanVariable): boolean {
  const text = env[name];
  return (text === undefined ? undefined : parseGoBool(text)) ?? BOOLEAN_DEFAULTS[name];
}

function readTarget(env: Env, name: TargetVariable): number {
  const value = parseGoInt(env[name] ?? '');
  return value === undefined || value < 0 ? TARGET_DEFAULTS[name] : value;
}

/** A bad value stops the container before ipamd reads it; the default stands in so that the rest can still be told. */
function readCooldown(env: Env): number {
  const value = parseGoInt(env.IP_COOLDOWN_PERIOD ?? '');
  return value === undefined || value < 0 ? POD_COOLDOWN_SECONDS : value;
}
