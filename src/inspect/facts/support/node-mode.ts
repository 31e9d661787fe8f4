import type { InstanceType } from '../../../calc/catalog/instance-type.ts';
import { nodeLimits } from '../../../calc/ipamd/index.ts';
import type { Mode } from '../../../calc/patterns.ts';
import type { Networking } from '../networking.ts';
import { behaves } from './cni-release.ts';

/**
 * The mode in force on an instance type: without Nitro or bare metal, ipamd fills slots with single addresses whatever is
 * configured (`ipamd.go:isConfigValid`). A type of unknown limits counts as able.
 */
export function modeOn(net: Pick<Networking, 'mode' | 'cniVersion'>, limits: InstanceType | undefined): Mode {
  return net.mode === 'prefix' && limits && !prefixesWorkOn(limits, net.cniVersion) ? 'secondary' : net.mode;
}

/** Bare metal came later than Nitro (`prefixOnBareMetal`). */
export function prefixesWorkOn(limits: InstanceType, cniVersion: string | undefined): boolean {
  return nodeLimits(limits).prefixCapable && behaves(cniVersion, limits.bareMetal ? 'prefixOnBareMetal' : 'prefix');
}
