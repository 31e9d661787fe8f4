import { type Behaviour, has, parseCniVersion } from '../../../calc/maxpods/index.ts';

/** Whether aws-node of this version, as its image says it, behaves so; true where it is unknown, since most clusters run late releases. */
export function behaves(version: string | undefined, behaviour: Behaviour): boolean {
  const parsed = version === undefined ? undefined : parseCniVersion(version);
  return parsed === undefined || has(parsed, behaviour);
}
