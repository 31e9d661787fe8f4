import type { PoolStats } from '../decisions.ts';
import type { SubnetAccount } from '../subnets.ts';
import { GoMap } from './go-map.ts';
import { counts, type Eni, type EniKind, type SimNode, type Slot } from './node.ts';

/** The daemon's data store: ENIs, slots and which pod sits where (`data_store.go`). */

export function poolStats(node: SimNode): PoolStats {
  return {
    totalIPs: node.totalIPs,
    assignedIPs: node.assignedIPs,
    totalPrefixes: node.totalPrefixes,
    freePrefixes: node.freePrefixes,
  };
}

export function addEni(node: SimNode, kind: EniKind, subnet: SubnetAccount, excluded: boolean): Eni {
  const eni: Eni = {
    id: node.nextEniId,
    kind,
    subnet,
    knownSince: node.now,
    excluded,
    slots: new GoMap<Slot>(node.random),
    pods: 0,
    ips: 0,
    usable: 0,
    cooling: 0,
    freeSlots: 0,
    forgotten: { singles: 0, prefixes: 0 },
  };
  node.nextEniId += 1;
  node.enis.add(eni);
  return eni;
}

export function addSlots(node: SimNode, eni: Eni, count: number, size: 1 | 16): void {
  for (let added = 0; added < count; added++) addSlot(node, eni, size);
}

export function addSlot(node: SimNode, eni: Eni, size: 1 | 16): Slot {
  const slot: Slot = { eni, size, assigned: 0, cooling: 0, alive: true };
  eni.slots.add(slot);
  eni.freeSlots += 1;
  if (size === 16) {
    node.totalPrefixes += 1;
    node.freePrefixes += 1;
  }
  if (counts(node, slot)) {
    eni.ips += size;
    eni.usable += size;
    node.totalIPs += size;
  }
  return slot;
}

/** Takes a slot without pods out of the store. Its addresses in cooldown go with it. */
export function dropSlot(node: SimNode, slot: Slot): void {
  const { eni } = slot;
  slot.alive = false;
  eni.slots.delete(slot);
  eni.freeSlots -= 1;
  eni.cooling -= slot.cooling;
  if (slot.size === 16) {
    node.totalPrefixes -= 1;
    node.freePrefixes -= 1;
  }
  if (!counts(node, slot)) return;
  eni.ips -= slot.size;
  eni.usable -= slot.size - slot.cooling;
  node.totalIPs -= slot.size;
}

/** Takes an ENI without pods out of the store, slots included. */
export function dropEni(node: SimNode, eni: Eni): void {
  for (const slot of [...eni.slots]) dropSlot(node, slot);
  node.enis.delete(eni);
}

/** Binds one pod to the first free address of a random walk; false when there is none (`AssignPodIPv4Address`). */
export function assignPod(node: SimNode): boolean {
  const eni = node.enis.find(hasUsable);
  if (eni === undefined) return false;
  const wanted = node.policy.prefixes ? 16 : 1;
  const slot = eni.slots.find((each) => each.size === wanted && each.assigned + each.cooling < wanted);
  if (slot === undefined) return false;
  bindPod(node, slot);
  return true;
}

export function bindPod(node: SimNode, slot: Slot): void {
  const { eni } = slot;
  if (slot.assigned === 0) {
    eni.freeSlots -= 1;
    if (slot.size === 16) node.freePrefixes -= 1;
  }
  slot.assigned += 1;
  eni.pods += 1;
  node.pods.push(slot);
  if (!counts(node, slot)) return;
  eni.usable -= 1;
  node.assignedIPs += 1;
}

/** Frees the address of the pod at this place of `node.pods`; it cools before it is handed out again. Returns its slot. */
export function releasePod(node: SimNode, index: number): Slot | undefined {
  const { pods } = node;
  const slot = pods[index];
  const last = pods.pop();
  if (slot === undefined || last === undefined) return undefined;
  if (index < pods.length) pods[index] = last;
  const { eni } = slot;
  slot.assigned -= 1;
  eni.pods -= 1;
  if (slot.assigned === 0) {
    eni.freeSlots += 1;
    if (slot.size === 16) node.freePrefixes += 1;
  }
  slot.cooling += 1;
  eni.cooling += 1;
  node.coolingSlots.push(slot);
  node.coolingSince.push(node.now);
  if (counts(node, slot)) node.assignedIPs -= 1;
  return slot;
}

/**
 * Lets go of slots on excluded ENIs that have been empty for a while (`data_store.go:deallocateEmptyCIDR`). EC2 is not told:
 * they stay on the ENI.
 */
export function forgetEmptied(node: SimNode): void {
  while ((node.emptied[0]?.due ?? Number.POSITIVE_INFINITY) <= node.now) {
    const slot = node.emptied.shift()?.slot;
    if (slot === undefined || !slot.alive || slot.assigned > 0) continue;
    dropSlot(node, slot);
    if (slot.size === 16) slot.eni.forgotten.prefixes += 1;
    else slot.eni.forgotten.singles += 1;
    node.changes += 1;
  }
}

/** Ends the cooldowns that are over at the current time; they end in the order they began. */
export function endCooldowns(node: SimNode): void {
  const period = node.options.settings.ipCooldownSeconds;
  const { coolingSlots, coolingSince } = node;
  let head = node.coolingHead;
  while (head < coolingSlots.length) {
    const since = coolingSince[head];
    const slot = coolingSlots[head];
    if (since === undefined || slot === undefined || node.now - since <= period) break;
    head += 1;
    slot.cooling -= 1;
    if (!slot.alive) continue;
    slot.eni.cooling -= 1;
    if (counts(node, slot)) slot.eni.usable += 1;
  }
  if (head > 4096 && head * 2 > coolingSlots.length) {
    coolingSlots.splice(0, head);
    coolingSince.splice(0, head);
    head = 0;
  }
  node.coolingHead = head;
}

function hasUsable(eni: Eni): boolean {
  return eni.usable > 0;
}
