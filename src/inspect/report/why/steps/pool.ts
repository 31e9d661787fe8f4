/** The warm pool as it is set, and what delays the reuse of an address. */

import { SHORTAGE_PAUSE_SECONDS, usesIpTargets } from '../../../../calc/ipamd/index.ts';
import type { Link } from '../../../contract/why.ts';
import { things } from '../../../contract/words.ts';
import type { NodePlace } from '../place.ts';
import { link } from '../scene.ts';

export function poolLink({ net, enis }: NodePlace): Link {
  if (!net) return link('warm-pool', 'unknown', 'the warm targets are not known');
  const { settings } = net;
  const targets = usesIpTargets(settings)
    ? `WARM_IP_TARGET=${settings.warmIpTarget} MINIMUM_IP_TARGET=${settings.minimumIpTarget}`
    : settings.prefixDelegation
      ? `WARM_PREFIX_TARGET=${settings.warmPrefixTarget}`
      : `WARM_ENI_TARGET=${settings.warmEniTarget}`;
  const evidence = {
    targets,
    warm: enis?.warm ?? null,
    cooldownSeconds: settings.ipCooldownSeconds,
    shortagePauseSeconds: SHORTAGE_PAUSE_SECONDS,
  };
  if (net.mode === 'ipv6')
    return link('warm-pool', 'ok', 'with IPv6 nothing is kept warm: warm targets mean nothing', evidence);
  if (settings.provisioningDisabled)
    return link('warm-pool', 'ok', 'ipamd is told to take no addresses: it only hands out what EC2 shows', evidence);
  const pause = `after a refusal ipamd waits ${SHORTAGE_PAUSE_SECONDS} s, and an address rests ${settings.ipCooldownSeconds} s after its pod`;
  if (!enis || enis.warm === undefined) return link('warm-pool', 'ok', `${targets}; ${pause}`, evidence);
  const idle =
    enis.warm > 0 ? `${things(enis.warm, 'idle address', 'idle addresses')} there, or resting` : 'nothing idle there';
  return link('warm-pool', 'ok', `${targets}: ${idle}; ${pause}`, evidence);
}
