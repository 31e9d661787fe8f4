import { parseCniVersion } from '../../../calc/maxpods/index.ts';

/** Whether aws-node is of this release or a later one; true where its version is unknown, since most clusters run late ones. */
export function isRelease(version: string | undefined, major: number, minor: number, patch = 0): boolean {
  const v = version === undefined ? undefined : parseCniVersion(version);
  if (!v) return true;
  if (v.major !== major) return v.major > major;
  return v.minor === minor ? v.patch >= patch : v.minor > minor;
}
