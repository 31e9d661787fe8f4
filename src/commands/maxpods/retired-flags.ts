/** The words of `max-pods-calculator.sh`, which left with Amazon Linux 2: still understood, and named as old. */
import type { MaxPodsFlags } from '../../cli/maxpods.ts';

/** Old word, new word. `--cni-version` is the same in both. */
const RENAMED = {
  instanceType: { old: '--instance-type', now: 'the type alone, or --instance' },
  cniPrefixDelegationEnabled: { old: '--cni-prefix-delegation-enabled', now: '--prefix' },
  cniCustomNetworkingEnabled: { old: '--cni-custom-networking-enabled', now: '--custom-networking' },
  cniMaxEni: { old: '--cni-max-eni', now: '--max-eni' },
  showMaxAllowed: { old: '--show-max-allowed', now: '--uncapped' },
} satisfies Partial<Record<keyof MaxPodsFlags, unknown>>;

/** A line for each old word that was used. */
export function retiredWords(flags: MaxPodsFlags): readonly string[] {
  return (Object.keys(RENAMED) as (keyof typeof RENAMED)[])
    .filter((flag) => flags[flag] !== undefined)
    .map((flag) => `${RENAMED[flag].old} is the retired calculator's word; here it is ${RENAMED[flag].now}`);
}

/** The flags in the words of today; where both were given, today's count. */
export function translated(flags: MaxPodsFlags): MaxPodsFlags {
  const { instanceType, cniPrefixDelegationEnabled, cniCustomNetworkingEnabled, cniMaxEni, showMaxAllowed } = flags;
  return {
    ...flags,
    ...(instanceType ? { instance: [...instanceType, ...(flags.instance ?? [])] } : {}),
    ...(cniPrefixDelegationEnabled ? { prefix: true } : {}),
    ...(cniCustomNetworkingEnabled ? { customNetworking: true } : {}),
    ...(cniMaxEni === undefined ? {} : { maxEni: flags.maxEni ?? cniMaxEni }),
    ...(showMaxAllowed ? { uncapped: true } : {}),
  };
}
