import { type Behaviour, type CniVersion, has, parseCniVersion } from '../../../calc/maxpods/index.ts';

/** Whether aws-node of this version, as its image says it, behaves so; true where it is unknown, since most clusters run late releases. */
export function behaves(version: string | undefined, behaviour: Behaviour): boolean {
  const parsed = version === undefined ? undefined : read(version);
  return parsed === undefined || has(parsed, behaviour);
}

/** Asked for every node of a cluster, and always for the same text. */
let last: { readonly text: string; readonly parsed: CniVersion | undefined } | undefined;

function read(text: string): CniVersion | undefined {
  if (last?.text !== text) last = { text, parsed: parseCniVersion(text) };
  return last.parsed;
}
