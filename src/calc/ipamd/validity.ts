import { parseGoBool, parseGoInt } from './go-values.ts';
import { type Defaults, type Env, effectiveEnv, type IpamdSettings } from './settings.ts';

/** Whether ipamd starts with these settings on this kind of instance, and how it then assigns addresses. */
export interface ConfigValidity {
  readonly valid: boolean;
  /** Why ipamd exits; empty when valid. */
  readonly reasons: readonly string[];
  /** Prefixes are in force: configured, and the instance supports them. */
  readonly prefixes: boolean;
  /** Set when prefixes are configured and the instance falls back to single addresses. */
  readonly fallback?: string;
}

export interface Refusal {
  readonly variable: string;
  readonly value: string;
  readonly effect: string;
}

const MTU = { max: 9001, minIPv4: 576, minIPv6: 1280 };

/**
 * The check ipamd makes when it starts (`ipamd.go:isConfigValid`). `nitroOrBareMetal` tells whether EC2 gives prefixes to
 * this instance type.
 */
export function configValidity(
  settings: IpamdSettings,
  instance: { readonly nitroOrBareMetal: boolean },
): ConfigValidity {
  const reasons: string[] = [];
  const unsupported = settings.prefixDelegation && !instance.nitroOrBareMetal;
  if (settings.ipv4 && settings.ipv6) reasons.push('ENABLE_IPv4 and ENABLE_IPv6 are both on: ipamd exits');
  if (!settings.ipv4 && !settings.ipv6) reasons.push('ENABLE_IPv4 and ENABLE_IPv6 are both off: ipamd exits');
  if (settings.ipv6 && !settings.prefixDelegation) reasons.push('IPv6 needs ENABLE_PREFIX_DELEGATION: ipamd exits');
  if (settings.ipv6 && settings.customNetworking) reasons.push('IPv6 refuses custom networking: ipamd exits');
  if (settings.ipv6 && unsupported)
    reasons.push('IPv6 needs prefixes, which this instance type does not offer: ipamd exits');
  const prefixes = settings.prefixDelegation && !unsupported;
  if (!unsupported || settings.ipv6) return { valid: reasons.length === 0, reasons, prefixes };
  return {
    valid: reasons.length === 0,
    reasons,
    prefixes,
    fallback: 'the instance type is neither Nitro nor bare metal: ipamd assigns single addresses instead of prefixes',
  };
}

/**
 * The checks the container makes before it starts ipamd (`main.go:validateEnvVars` of cmd/aws-vpc-cni): each refusal stops
 * it, the node stays NotReady. Targets are compared as text, as the program does.
 */
export function entryRefusals(env: Env, options: { readonly defaults: Defaults }): readonly Refusal[] {
  const seen = effectiveEnv(env, options);
  const refusals: Refusal[] = [];
  const refuse = (variable: string, effect: string): void => {
    refusals.push({ variable, value: seen[variable] ?? '', effect });
  };
  const isOn = (name: string): boolean => parseGoBool(seen[name] ?? '') ?? false;

  if (seen.AWS_VPC_K8S_PLUGIN_LOG_FILE === 'stdout')
    refuse('AWS_VPC_K8S_PLUGIN_LOG_FILE', 'stdout is refused: the container exits');
  const veth = seen.AWS_VPC_K8S_CNI_VETHPREFIX;
  if (veth !== undefined && (veth.length > 4 || ['eth', 'vlan', 'lo'].includes(veth)))
    refuse('AWS_VPC_K8S_CNI_VETHPREFIX', 'longer than four characters or reserved: the container exits');
  const mode = seen.POD_SECURITY_GROUP_ENFORCING_MODE;
  if (isOn('ENABLE_POD_ENI') && mode !== undefined && mode !== 'strict' && mode !== 'standard')
    refuse('POD_SECURITY_GROUP_ENFORCING_MODE', 'neither strict nor standard: the container exits');
  if (isBadCooldown(seen.IP_COOLDOWN_PERIOD))
    refuse('IP_COOLDOWN_PERIOD', 'not a whole number of 0 or more: the container exits');
  for (const name of ['AWS_VPC_ENI_MTU', 'POD_MTU'])
    if (isBadMtu(seen[name], isOn('ENABLE_IPv6')))
      refuse(name, 'not a whole number in the range of MTUs: the container exits');
  if (
    isOn('ENABLE_PREFIX_DELEGATION') &&
    ['WARM_IP_TARGET', 'WARM_PREFIX_TARGET', 'MINIMUM_IP_TARGET'].every((name) => (seen[name] ?? '0') <= '0')
  )
    refuse(
      'WARM_PREFIX_TARGET',
      'prefixes are on and none of WARM_PREFIX_TARGET, WARM_IP_TARGET, MINIMUM_IP_TARGET is above 0: the container exits',
    );
  return refusals;
}

function isBadCooldown(text: string | undefined): boolean {
  if (text === undefined) return false;
  const value = parseGoInt(text);
  return value === undefined || value < 0;
}

function isBadMtu(text: string | undefined, ipv6: boolean): boolean {
  if (text === undefined) return false;
  const value = parseGoInt(text);
  return value === undefined || value > MTU.max || value < (ipv6 ? MTU.minIPv6 : MTU.minIPv4);
}
