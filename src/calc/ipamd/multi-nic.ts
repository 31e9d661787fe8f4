import { closedForm } from './closed-form.ts';
import { ADDRESSES_PER_PREFIX } from './constants.ts';
import { poolPolicy } from './decisions.ts';
import { exactRange, type Range } from './holdings.ts';
import { type NodeLimits, nodeCapacity } from './limits.ts';
import type { IpamdSettings } from './settings.ts';

/** What one network card above card 0 holds. */
export interface ExtraCard {
  readonly enis: number;
  /** Addresses or prefixes. */
  readonly slots: Range;
  readonly podIPsHeld: Range;
  readonly subnetIPs: Range;
  readonly exact: boolean;
  readonly reasons: readonly string[];
}

/**
 * A managed card above card 0 under ENABLE_MULTI_NIC: its own store with one warm and one minimum address, whatever the
 * targets say (`ipamd.go:datastoreTargetState`). Undefined while the feature is off: such ENIs are then ignored. `pods` take
 * an address of this card: those with the multi-NIC annotation, and others once card 0 is empty.
 */
export function extraCard(
  settings: IpamdSettings,
  limits: NodeLimits,
  card: { readonly pods: number; readonly maxPods: number },
): ExtraCard | undefined {
  if (!settings.multiNic || settings.ipv6) return undefined;
  const { eniCeiling, slotsPerENI, prefixes } = nodeCapacity(settings, limits);
  const policy = poolPolicy(settings, { prefixes, slotsPerENI, maxPods: card.maxPods, card: 1 });
  const { slots } = closedForm(policy, eniCeiling, card.pods);
  const enis = Math.ceil(slots / Math.max(slotsPerENI, 1));
  const perSlot = prefixes ? ADDRESSES_PER_PREFIX : 1;
  // A wholly free prefix looks like 15 addresses too many: it is given back and asked for again for ever.
  const swings = prefixes && slots > 0 && slots * perSlot === card.pods + ADDRESSES_PER_PREFIX;
  const held = swings ? { min: slots - 1, max: slots } : exactRange(slots);
  const ips = { min: held.min * perSlot, max: held.max * perSlot };
  return {
    enis,
    slots: held,
    podIPsHeld: ips,
    subnetIPs: { min: enis + ips.min, max: enis + ips.max },
    exact: !swings,
    reasons: swings
      ? ['prefixes on a network card above 0: a free one is released and asked for again about every 35 s']
      : [],
  };
}
