/** What nodes give back when their settings ask for less: only what no pod uses, whole prefixes and whole idle ENIs. */
import { usesIpTargets } from '../../calc/ipamd/index.ts';
import { type AddressUse, NO_USE } from '../facts/address-use.ts';
import type { NodeEnis } from '../facts/node-enis.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import type { End, EniNeed, Ledger } from './ledger.ts';
import { give } from './ledger.ts';
import type { NodeModel } from './pair.ts';
import type { ProjectionWorld } from './world.ts';

interface Idle {
  readonly subnetId: string;
  readonly slots: number;
}

/**
 * Gives `surplus` slots of a node back (`ipamd.go:tryUnassignCidrsFromAll`, `tryFreeENI`). ipamd walks its ENIs in random
 * order: at the worst end a subnet gets only what the others cannot make up.
 */
export function release(
  ledger: Ledger,
  world: ProjectionWorld,
  own: NodeModel,
  seen: NodeEnis,
  surplus: number,
  use: ReadonlyMap<string, AddressUse>,
  end: End,
): void {
  const { settings } = world.model;
  if (!usesIpTargets(settings) && !own.prefixes) {
    releaseEnis(ledger, own, seen, surplus, use);
    return;
  }
  const idle = seen.data.map((eni): Idle => ({ subnetId: eni.subnetId, slots: idleSlots(eni, own, use) }));
  const all = idle.reduce((n, i) => n + i.slots, 0);
  const released = Math.min(surplus, all);
  let left = released;
  for (const subnetId of new Set(idle.map((i) => i.subnetId))) {
    const here = idle.filter((i) => i.subnetId === subnetId).reduce((n, i) => n + i.slots, 0);
    const slots = end === 'worst' ? Math.max(released - (all - here), 0) : Math.min(here, left);
    left -= slots;
    back(ledger, subnetId, own.prefixes ? { singles: 0, blocks: slots } : { singles: slots, blocks: 0 });
  }
}

function idleSlots(eni: NetworkInterface, own: NodeModel, use: ReadonlyMap<string, AddressUse>): number {
  const { singles, usedPrefixes } = use.get(eni.eniId) ?? NO_USE;
  return own.prefixes ? eni.prefixes.length - usedPrefixes : eni.secondaryIps.length - singles;
}

/** Whole ENIs only: beyond the primary, those without a pod. */
function releaseEnis(
  ledger: Ledger,
  own: NodeModel,
  seen: NodeEnis,
  surplus: number,
  use: ReadonlyMap<string, AddressUse>,
): void {
  let left = Math.floor(surplus / Math.max(own.slotsPerEni, 1));
  for (const eni of seen.data) {
    const { singles, inPrefixes } = use.get(eni.eniId) ?? NO_USE;
    if (left <= 0 || eni === seen.primary || singles + inPrefixes > 0) continue;
    back(ledger, eni.subnetId, { singles: 1 + eni.secondaryIps.length, blocks: eni.prefixes.length });
    left--;
  }
}

function back(ledger: Ledger, subnetId: string, need: EniNeed): void {
  const account = ledger.get(subnetId);
  if (account) give(account, need);
}
