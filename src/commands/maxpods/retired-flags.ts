/** The words of `max-pods-calculator.sh`, which left with Amazon Linux 2: still understood, and named as old. */

export interface RetiredFlags {
  readonly instanceType?: readonly string[];
  readonly cniPrefixDelegationEnabled?: boolean;
  readonly cniCustomNetworkingEnabled?: boolean;
  readonly cniMaxEni?: number;
  readonly showMaxAllowed?: boolean;
}

/** Old word, new word. `--cni-version` is the same in both. */
const RENAMED: Readonly<Record<keyof RetiredFlags, { readonly old: string; readonly now: string }>> = {
  instanceType: { old: '--instance-type', now: 'the type alone, or --instance' },
  cniPrefixDelegationEnabled: { old: '--cni-prefix-delegation-enabled', now: '--prefix' },
  cniCustomNetworkingEnabled: { old: '--cni-custom-networking-enabled', now: '--custom-networking' },
  cniMaxEni: { old: '--cni-max-eni', now: '--max-eni' },
  showMaxAllowed: { old: '--show-max-allowed', now: '--uncapped' },
};

/** A line for each old word that was used. */
export function retiredWords(flags: RetiredFlags): readonly string[] {
  return (Object.keys(RENAMED) as (keyof RetiredFlags)[])
    .filter((flag) => flags[flag] !== undefined)
    .map((flag) => `${RENAMED[flag].old} is the retired calculator's word; here it is ${RENAMED[flag].now}`);
}

interface Current {
  readonly instance?: readonly string[];
  readonly prefix?: boolean;
  readonly customNetworking?: boolean;
  readonly maxEni?: number;
  readonly uncapped?: boolean;
}

/** The flags in the words of today; where both were given, today's count. */
export function translated<F extends RetiredFlags & Current>(flags: F): F {
  const { instanceType, cniPrefixDelegationEnabled, cniCustomNetworkingEnabled, cniMaxEni, showMaxAllowed } = flags;
  return {
    ...flags,
    ...(instanceType ? { instance: [...instanceType, ...(flags.instance ?? [])] } : {}),
    ...(cniPrefixDelegationEnabled ? { prefix: flags.prefix ?? true } : {}),
    ...(cniCustomNetworkingEnabled ? { customNetworking: flags.customNetworking ?? true } : {}),
    ...(cniMaxEni === undefined ? {} : { maxEni: flags.maxEni ?? cniMaxEni }),
    ...(showMaxAllowed ? { uncapped: flags.uncapped ?? true } : {}),
  };
}
