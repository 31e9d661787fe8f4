/** What a group of settings comes to on a node. */
import {
  configValidity,
  type IpamdSettings,
  nodeCapacity,
  type SettingProblem,
  settingProblems,
  usesIpTargets,
  usesPrefixes,
} from '../../../calc/ipamd/index.ts';
import { patternOf } from '../../../calc/patterns.ts';
import type { SimulatedSettings } from '../../contract/simulation.ts';
import { defaultsOn, envOn, type SimulationSetup, settingsOn } from './simulation-setup.ts';

export type UnknownVariables = SimulatedSettings['unknown'];

export function simulatedSettings(
  setup: SimulationSetup,
  given: Readonly<Record<string, string>>,
  unknown: UnknownVariables,
): SimulatedSettings {
  const settings = settingsOn(setup, given);
  const capacity = nodeCapacity(settings, setup.limits, setup.occupied);
  const validity = configValidity(settings, { nitroOrBareMetal: setup.limits.prefixCapable });
  const problems = problemsOf(setup, given, validity);
  return {
    env: given,
    defaults: setup.defaults,
    pattern: patternOf({ customNetworking: settings.customNetworking, securityGroupsForPods: settings.podEni }),
    mode: settings.ipv6 ? 'ipv6' : capacity.prefixes ? 'prefix' : 'secondary',
    targets: targetsOf(settings, usesPrefixes(settings, setup.limits)),
    maxDataENIs: capacity.maxDataENIs,
    slotsPerENI: capacity.slotsPerENI,
    maxPodIPs: capacity.maxPodIPs,
    starts: problems.every((problem) => !problem.fatal),
    problems,
    unknown,
  };
}

/** What the settings alone show, and what only this instance type refuses. */
function problemsOf(
  setup: SimulationSetup,
  given: Readonly<Record<string, string>>,
  validity: { readonly reasons: readonly string[]; readonly fallback?: string },
): readonly SettingProblem[] {
  const env = envOn(setup, given);
  const problems = settingProblems(env, { defaults: defaultsOn(setup) });
  const value = env.ENABLE_PREFIX_DELEGATION ?? '';
  const onType = (effect: string, fatal: boolean) => ({ variable: 'ENABLE_PREFIX_DELEGATION', value, effect, fatal });
  const refused = problems.some((problem) => problem.fatal) ? [] : validity.reasons.map((r) => onType(r, true));
  const fallback = validity.fallback === undefined ? [] : [onType(validity.fallback, false)];
  return [...refused, ...problems, ...fallback];
}

/** The targets that make the pool grow (`ipamd.go:isDatastorePoolTooLow`). */
function targetsOf(settings: IpamdSettings, prefixes: boolean): SimulatedSettings['targets'] {
  if (settings.ipv6 || settings.provisioningDisabled) return [];
  if (usesIpTargets(settings))
    return [
      { variable: 'WARM_IP_TARGET', value: settings.warmIpTarget },
      { variable: 'MINIMUM_IP_TARGET', value: settings.minimumIpTarget },
    ];
  if (prefixes) return [{ variable: 'WARM_PREFIX_TARGET', value: settings.warmPrefixTarget }];
  return [{ variable: 'WARM_ENI_TARGET', value: settings.warmEniTarget }];
}
