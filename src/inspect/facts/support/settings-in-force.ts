import {
  type BOOLEAN_DEFAULTS,
  type IpamdSettings,
  type SettingProblem,
  settingProblems,
  usesIpTargets,
} from '../../../calc/ipamd/index.ts';
import type { SettingInForce } from '../../contract/report.ts';
import type { Addon } from '../../snapshot/aws.ts';

type Env = Readonly<Record<string, string>>;

/** Shown whether set or not: they decide the pattern, the mode and the size of the pool. */
const ALWAYS_SHOWN = [
  'ENABLE_IPv4',
  'ENABLE_IPv6',
  'ENABLE_PREFIX_DELEGATION',
  'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG',
  'ENABLE_POD_ENI',
  'ENABLE_SUBNET_DISCOVERY',
  'WARM_ENI_TARGET',
  'WARM_IP_TARGET',
  'MINIMUM_IP_TARGET',
  'WARM_PREFIX_TARGET',
  'MAX_ENI',
] as const;

/** The settings of aws-node with what each one comes to, the ones that decide the addresses first, the others by name. */
export function settingsInForce(
  env: Env,
  settings: IpamdSettings,
  addon: Addon | undefined,
  unresolved: readonly string[],
  fromConfigMap: Env = {},
): readonly SettingInForce[] {
  const managed = addonEnv(addon);
  const problems = new Map<string, SettingProblem>();
  for (const problem of settingProblems(env, { defaults: 'binary' }))
    if (!problems.has(problem.variable)) problems.set(problem.variable, problem);
  const rest = [...Object.keys(env), ...unresolved].filter((n) => !(ALWAYS_SHOWN as readonly string[]).includes(n));
  const names = [...ALWAYS_SHOWN, ...new Set(rest.sort())];
  return names.map((name) => {
    if (unresolved.includes(name)) return fromUnreadObject(name);
    const note = differs(name, env, managed) ?? problems.get(name)?.effect;
    return {
      name,
      value: env[name] ?? null,
      effective: effective(name, env[name], settings),
      origin: originOf(name, env, managed, fromConfigMap),
      ...(note === undefined ? {} : { note }),
    };
  });
}

function originOf(name: string, env: Env, managed: Env, fromConfigMap: Env): SettingInForce['origin'] {
  if (env[name] === undefined) return 'default';
  if (fromConfigMap[name] !== undefined) return 'config-map';
  return env[name] === managed[name] ? 'addon-configuration' : 'daemonset';
}

/** `env` of the add-on's configuration document; values are texts there as well. */
export function addonEnv(addon: Addon | undefined): Env {
  return textsOf(addon?.configuration?.env);
}

/** `init.env` of the same, for the init container. */
export function addonInitEnv(addon: Addon | undefined): Env {
  const init = addon?.configuration?.init;
  return textsOf(typeof init === 'object' && init !== null ? (init as Record<string, unknown>).env : undefined);
}

function textsOf(env: unknown): Env {
  if (typeof env !== 'object' || env === null) return {};
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
}

function fromUnreadObject(name: string): SettingInForce {
  return {
    name,
    value: null,
    effective: 'unknown',
    origin: 'daemonset',
    note: 'taken from an object that was not read',
  };
}

function differs(name: string, env: Env, managed: Env): string | undefined {
  const wanted = managed[name];
  if (wanted === undefined || wanted === env[name]) return undefined;
  return `the add-on's configuration says ${wanted}`;
}

function effective(name: string, text: string | undefined, settings: IpamdSettings): string {
  const numbers: Readonly<Record<string, string>> = {
    WARM_ENI_TARGET: warm(settings.warmEniTarget, !settings.prefixDelegation && !usesIpTargets(settings), settings),
    WARM_IP_TARGET: settings.warmIpTarget === 0 ? 'unset' : warm(settings.warmIpTarget, true, settings),
    MINIMUM_IP_TARGET: settings.minimumIpTarget === 0 ? 'unset' : warm(settings.minimumIpTarget, true, settings),
    WARM_PREFIX_TARGET: warm(
      settings.warmPrefixTarget,
      settings.prefixDelegation && !usesIpTargets(settings),
      settings,
    ),
    MAX_ENI: settings.maxEni < 1 ? 'unset' : String(settings.maxEni),
    IP_COOLDOWN_PERIOD: String(settings.ipCooldownSeconds),
  };
  return numbers[name] ?? booleans(settings)[name] ?? text ?? 'unset';
}

/** A target that another setting overrules keeps its number and says so. */
function warm(target: number, inForce: boolean, settings: IpamdSettings): string {
  return inForce && !settings.ipv6 ? String(target) : `${target}, not in force`;
}

function booleans(settings: IpamdSettings): Readonly<Record<string, string>> {
  const values: Readonly<Record<keyof typeof BOOLEAN_DEFAULTS, boolean>> = {
    ENABLE_IPv4: settings.ipv4,
    ENABLE_IPv6: settings.ipv6,
    ENABLE_PREFIX_DELEGATION: settings.prefixDelegation,
    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: settings.customNetworking,
    ENABLE_POD_ENI: settings.podEni,
    ENABLE_SUBNET_DISCOVERY: settings.subnetDiscovery,
    AWS_MANAGE_ENIS_NON_SCHEDULABLE: settings.manageEnisOnCordonedNodes,
    MANAGE_UNTAGGED_ENI: settings.manageUntaggedEnis,
    DISABLE_NETWORK_RESOURCE_PROVISIONING: settings.provisioningDisabled,
    ENABLE_IMDS_ONLY_MODE: settings.imdsOnly,
    ENABLE_MULTI_NIC: settings.multiNic,
    DISABLE_LEAKED_ENI_CLEANUP: !settings.leakedEniCleanup,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
