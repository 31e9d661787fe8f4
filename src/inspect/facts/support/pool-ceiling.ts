import { ADDRESSES_PER_PREFIX } from '../../../calc/ipamd/index.ts';
import type { Networking } from '../networking.ts';

/**
 * Addresses at which a node's pool stops growing because MINIMUM_IP_TARGET is set and WARM_IP_TARGET counts as 0
 * (`ipamd.go:datastoreTargetState`), whole /28s in prefix mode. Undefined where it does not stop, or that cannot be told.
 */
export function poolCeiling(net: Networking): number | undefined {
  const { minimumIpTarget, warmIpTarget } = net.settings;
  if (net.mode === 'ipv6' || minimumIpTarget === 0 || warmIpTarget > 0) return undefined;
  if (net.unresolved.includes('WARM_IP_TARGET')) return undefined;
  return net.mode === 'prefix'
    ? Math.ceil(minimumIpTarget / ADDRESSES_PER_PREFIX) * ADDRESSES_PER_PREFIX
    : minimumIpTarget;
}
