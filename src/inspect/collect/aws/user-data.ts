/** Finds `maxPods` in an instance's user data. The user data itself is never kept: it may hold secrets. */
import { gunzipSync } from 'node:zlib';

/** In the order in which kubelet lets them win: its own flag, the configuration file, the boot script's. */
const SPELLINGS: readonly RegExp[] = [
  // AL2 bootstrap.sh --kubelet-extra-args '--max-pods=58'; nodeadm `flags`; Windows -KubeletExtraArgs
  /--max-pods[= ]+"?(\d+)/,
  // nodeadm NodeConfig (YAML) and kubelet's JSON configuration
  /["']?maxPods["']?\s*:\s*"?(\d+)/,
  // Bottlerocket [settings.kubernetes]
  /^\s*max-pods\s*=\s*"?(\d+)/m,
];

/** @param base64 as DescribeLaunchTemplateVersions gives it; may be compressed. */
export function maxPodsOfUserData(base64: string | undefined): number | undefined {
  if (!base64) return undefined;
  const text = decode(Buffer.from(base64, 'base64'));
  for (const spelling of SPELLINGS) {
    const found = spelling.exec(text)?.[1];
    if (found) return Number(found);
  }
  return undefined;
}

function decode(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: 1 << 20 }).toString('utf8');
  } catch {
    return '';
  }
}
