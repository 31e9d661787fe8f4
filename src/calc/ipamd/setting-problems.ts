import { POD_COOLDOWN_SECONDS } from './constants.ts';
import { parseGoBool, parseGoInt } from './go-values.ts';
import {
  BOOLEAN_DEFAULTS,
  type BooleanVariable,
  type Defaults,
  type Env,
  effectiveEnv,
  type IpamdSettings,
  parseSettings,
  TARGET_DEFAULTS,
  type TargetVariable,
  usesIpTargets,
} from './settings.ts';
import { entryRefusals } from './validity.ts';

/** One thing about a configuration that does not do what its reader expects. */
export interface SettingProblem {
  readonly variable: string;
  /** The text as configured; empty when the variable is absent. */
  readonly value: string;
  /** What the program does with it, in one line. */
  readonly effect: string;
  /** True when the program does not start. */
  readonly fatal: boolean;
}

/**
 * Everything about a DaemonSet's environment that ipamd ignores, replaces or refuses, whatever the instance type (see
 * `configValidity` for that). Fatal problems come first.
 */
export function settingProblems(env: Env, options: { readonly defaults: Defaults }): readonly SettingProblem[] {
  const seen = effectiveEnv(env, options);
  const settings = parseSettings(env, options);
  const refused = entryRefusals(env, options).map((refusal) => ({ ...refusal, fatal: true }));
  const all = [
    ...refused,
    ...familyProblems(seen, settings),
    ...booleanProblems(seen),
    ...targetProblems(seen),
    ...overruledTargets(seen, settings),
    ...surprisingTargets(seen, settings),
  ];
  return [...all.filter((problem) => problem.fatal), ...all.filter((problem) => !problem.fatal)];
}

/** Of these, what has no effect at all: values that cannot be read, so that the default counts, and targets that another setting overrules. */
export function ignoredSettings(env: Env): {
  readonly booleans: readonly SettingProblem[];
  readonly numbers: readonly SettingProblem[];
  readonly overruled: readonly SettingProblem[];
} {
  const seen = effectiveEnv(env, { defaults: 'binary' });
  return {
    booleans: booleanProblems(seen),
    numbers: targetProblems(seen),
    overruled: overruledTargets(seen, parseSettings(env, { defaults: 'binary' })),
  };
}

function familyProblems(env: Env, settings: IpamdSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const add = (variable: string, effect: string): void => {
    problems.push({ variable, value: env[variable] ?? '', effect, fatal: true });
  };
  if (settings.ipv4 && settings.ipv6)
    add('ENABLE_IPv6', 'IPv4 and IPv6 are both on: ipamd exits, it has no dual-stack mode');
  if (!settings.ipv4 && !settings.ipv6) {
    const why = env.ENABLE_IPv4 === undefined ? 'an absent variable means off' : 'one of them must be on';
    add('ENABLE_IPv4', `IPv4 and IPv6 are both off (${why}): ipamd exits`);
  }
  if (settings.ipv6 && !settings.prefixDelegation)
    add('ENABLE_PREFIX_DELEGATION', 'IPv6 works with prefixes only: ipamd exits');
  if (settings.ipv6 && settings.customNetworking)
    add('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG', 'IPv6 refuses custom networking: ipamd exits');
  return problems;
}

function booleanProblems(env: Env): SettingProblem[] {
  return (Object.keys(BOOLEAN_DEFAULTS) as BooleanVariable[]).flatMap((variable) => {
    const value = env[variable];
    if (value === undefined || parseGoBool(value) !== undefined) return [];
    const used = BOOLEAN_DEFAULTS[variable];
    return [{ variable, value, effect: `not a boolean Go reads, ipamd uses ${used}`, fatal: false }];
  });
}

function targetProblems(env: Env): SettingProblem[] {
  const targets = (Object.keys(TARGET_DEFAULTS) as TargetVariable[]).flatMap((variable) => {
    const meaning = TARGET_DEFAULTS[variable];
    const unset = variable === 'WARM_IP_TARGET' || variable === 'MINIMUM_IP_TARGET' ? ' = unset' : '';
    return numberProblem(
      env,
      variable,
      (value) => value < 0 && `negative, ipamd uses ${meaning}${unset}`,
      `ipamd uses ${meaning}${unset}`,
    );
  });
  const cap = numberProblem(
    env,
    'MAX_ENI',
    (value) => value < 1 && 'below 1, ipamd uses the limit of the instance type',
    'ipamd uses the limit of the instance type',
  );
  return [...targets, ...cap];
}

function numberProblem(
  env: Env,
  variable: string,
  judge: (value: number) => string | false,
  otherwise: string,
): SettingProblem[] {
  const text = env[variable];
  if (text === undefined) return [];
  const value = parseGoInt(text);
  const effect = value === undefined ? `not a whole number, ${otherwise}` : judge(value);
  return effect === false ? [] : [{ variable, value: text, effect, fatal: false }];
}

/** Targets that are read and then do nothing. */
function overruledTargets(env: Env, settings: IpamdSettings): SettingProblem[] {
  if (settings.ipv6) return [];
  if (usesIpTargets(settings)) {
    if (!settings.prefixDelegation && settings.warmEniTarget !== TARGET_DEFAULTS.WARM_ENI_TARGET)
      return noted(env, 'WARM_ENI_TARGET', 'ignored: IP targets are set');
    if (settings.prefixDelegation && settings.warmPrefixTarget > 1)
      return noted(env, 'WARM_PREFIX_TARGET', 'ignored for growth: IP targets are set; it still keeps ENIs attached');
    return [];
  }
  return settings.prefixDelegation && settings.warmEniTarget !== TARGET_DEFAULTS.WARM_ENI_TARGET
    ? noted(env, 'WARM_ENI_TARGET', 'ignored: prefixes are on')
    : [];
}

/** Settings that do something few expect. */
function surprisingTargets(env: Env, settings: IpamdSettings): SettingProblem[] {
  if (settings.ipv6) return [];
  const problems: SettingProblem[] = [];
  if (!usesIpTargets(settings) && !settings.prefixDelegation && settings.warmEniTarget === 0)
    problems.push(
      ...noted(
        env,
        'WARM_ENI_TARGET',
        'an ENI is attached only when every address is used; a full node attaches and releases one about once a minute',
      ),
    );
  if (settings.warmIpTarget === 0 && settings.minimumIpTarget > 0)
    problems.push(
      ...noted(
        env,
        'MINIMUM_IP_TARGET',
        `without WARM_IP_TARGET the pool never grows past ${settings.minimumIpTarget} addresses: further pods wait`,
      ),
    );
  if (settings.podEni && settings.ipCooldownSeconds < POD_COOLDOWN_SECONDS)
    problems.push(
      ...noted(
        env,
        'IP_COOLDOWN_PERIOD',
        `an address is reused after ${settings.ipCooldownSeconds} s; kube-proxy rules of the former pod may still point to it`,
      ),
    );
  return problems;
}

function noted(env: Env, variable: string, effect: string): SettingProblem[] {
  const value = env[variable];
  return value === undefined ? [] : [{ variable, value, effect, fatal: false }];
}
