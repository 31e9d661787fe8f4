import type { InstanceType } from '../../../calc/catalog/instance-type.ts';
import { nodeLimits } from '../../../calc/ipamd/index.ts';
import type { Mode } from '../../../calc/patterns.ts';
import type { Networking } from '../networking.ts';
import { isRelease } from './cni-release.ts';

/**
 * The mode in force on an instance type: without Nitro or bare metal, ipamd fills slots with single addresses whatever is
 * configured (`ipamd.go:isConfigValid`). A type of unknown limits counts as able.
 */
export function modeOn(net: Pick<Networking, 'mode' | 'cniVersion'>, limits: InstanceType | undefined): Mode {
  return net.mode === 'prefix' && limits && !prefixesWork(limits, net.cniVersion) ? 'secondary' : net.mode;
}

/** Prefixes came with v1.9, on bare metal with v1.11. */
export function prefixesWork(limits: InstanceType, cniVersion: string | undefined): boolean {
  return nodeLimits(limits).prefixCapable && isRelease(cniVersion, 1, limits.bareMetal ? 11 : 9);
}
