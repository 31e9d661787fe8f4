/** Settings as they are typed: `NAME=VALUE`, one by one or in a list. */

import { CNI_VARIABLES } from '../../calc/ipamd/variables.ts';
import type { Candidate } from '../../inspect/report/simulation/build.ts';
import { UsageError } from '../exit-code.ts';
import { nearest } from '../nearest.ts';

type Env = Readonly<Record<string, string>>;

/** @throws UsageError for what is no `NAME=VALUE` */
export function parseEnv(flag: string, pairs: readonly string[]): Env {
  const env: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new UsageError(`${flag} ${JSON.stringify(pair)} must be NAME=VALUE, like WARM_IP_TARGET=2`);
    env[name] = pair.slice(at + 1).trim();
  }
  return env;
}

/** One side of a comparison: settings over those given for all sides. */
export function parseCompared(text: string, base: Env): Candidate {
  const pairs = text.split(/[,\s]+/).filter((pair) => pair !== '');
  if (pairs.length === 0)
    throw new UsageError('--compare needs settings, like "WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12"');
  const own = parseEnv('--compare', pairs);
  return candidateOf(labelOf(own), { ...base, ...own });
}

export function candidateOf(label: string, given: Env): Candidate {
  return { label, given, unknown: unknownIn(given) };
}

export function labelOf(env: Env): string {
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** Names aws-node does not read, with what they may have meant. Go distinguishes case: `ENABLE_IPV4` is not `ENABLE_IPv4`. */
function unknownIn(env: Env): Candidate['unknown'] {
  const byLower = new Map([...CNI_VARIABLES].map((name) => [name.toLowerCase(), name]));
  return Object.keys(env)
    .filter((name) => !CNI_VARIABLES.has(name))
    .map((variable) => ({
      variable,
      didYouMean: nearest(variable, [...byLower.keys()], 2).map((lower) => byLower.get(lower)!),
    }));
}
