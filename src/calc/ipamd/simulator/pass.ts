import {
  ENI_MIN_AGE_SECONDS,
  PASS_SECONDS,
  READOPTION_GUARD_SECONDS,
  RECONCILE_INTERVAL_SECONDS,
  SHORTAGE_PAUSE_SECONDS,
  SHRINK_INTERVAL_SECONDS,
} from '../constants.ts';
import {
  type EniForRelease,
  isDeletable,
  mayRemoveEni,
  overOf,
  type PoolStats,
  type ReleaseTotals,
  tooHigh,
  tooLow,
} from '../decisions.ts';
import { type GrowthOutcome, growthStep } from '../growth.ts';
import { branchStep } from './branch.ts';
import { assignAddresses, createEni, deleteEni, giveBackSlots } from './ec2.ts';
import type { Eni, SimNode } from './node.ts';
import { addEni, addSlots, assignPod, endCooldowns, forgetEmptied, poolStats } from './pool.ts';
import { askForTrunk, attachTrunk, recogniseTrunk } from './trunk.ts';

/**
 * One pass of the pool loop, five seconds: pool update halfway, reconcile at the end, then the kubelet offers waiting pods
 * again (`ipamd.go:StartNodeIPPoolManager`, `updateIPPoolIfRequired`).
 */
export function pass(node: SimNode): void {
  advance(node, PASS_SECONDS / 2);
  if (node.ready && !node.options.settings.provisioningDisabled) updatePool(node);
  advance(node, PASS_SECONDS / 2);
  if (node.ready) reconcile(node);
  offerToWaiting(node);
}

/** Lets time go by: the trunk and branch ENIs arrive or go, cooldowns end. */
export function advance(node: SimNode, seconds: number): void {
  node.now += seconds;
  attachTrunk(node);
  branchStep(node);
  endCooldowns(node);
  if (node.emptied.length > 0) forgetEmptied(node);
}

/** Pods without an address try again, as long as there is one. */
export function offerToWaiting(node: SimNode): void {
  if (!node.ready) return;
  while (node.waiting > 0 && assignPod(node)) {
    node.waiting -= 1;
    node.changes += 1;
  }
}

/** One growth step, unless the node is cordoned or paused (`ipamd.go:increaseDatastorePool`). */
export function grow(node: SimNode, stats: PoolStats): GrowthOutcome {
  const { policy, capacity } = node;
  const { settings } = node.options;
  const nothing: GrowthOutcome = { added: false, shortage: false };
  if (!managesEnis(node) || node.now - node.lastShortage <= SHORTAGE_PAUSE_SECONDS) return nothing;
  const candidates = node.enis
    .walk()
    .filter((eni) => isGrowable(eni, settings.customNetworking) && eni.slots.size < policy.slots)
    .map((eni) => ({ eni, usedSlots: eni.slots.size }));
  const outcome = growthStep(
    {
      policy,
      stats,
      candidates,
      subnetDiscovery: settings.subnetDiscovery,
      hasRoom: () => node.enis.size < capacity.eniCeiling - capacity.unmanagedENIs - reservedForTrunk(node),
    },
    {
      assign: (candidate, count) => assignAddresses(node, candidate.eni, count),
      create: (count) => createEni(node, count),
    },
  );
  if (outcome.added) node.lastPoolChange = node.now;
  if (outcome.shortage) {
    node.lastShortage = node.now;
    node.events?.push({ at: node.now, kind: 'pause' });
  }
  return outcome;
}

function updatePool(node: SimNode): void {
  const { policy } = node;
  askForTrunk(node);
  const stats = poolStats(node);
  if (tooLow(policy, stats)) grow(node, stats);
  else if (tooHigh(policy, stats) && node.now - node.lastShrink > SHRINK_INTERVAL_SECONDS) shrink(node, stats);
  if (mayRemoveEni(policy, stats, () => node.enis.some(isEmptySecondary))) releaseOneEni(node);
}

/** Gives back surplus CIDRs, ENI by ENI (`ipamd.go:tryUnassignCidrsFromAll`). Cordoned nodes do so too. */
function shrink(node: SimNode, stats: PoolStats): void {
  let over = overOf(node.policy, stats);
  for (const eni of node.enis.walkCopy()) {
    if (over <= 0) break;
    over -= giveBackSlots(node, eni, over);
  }
  node.lastShrink = node.now;
  node.lastPoolChange = node.now;
}

function releaseOneEni(node: SimNode): void {
  if (!managesEnis(node)) return;
  // Most passes have no empty ENI: decide that before anything is summed up.
  if (!node.enis.some(isEmptySecondary)) return;
  const totals = totalsOf(node);
  const chosen = node.enis.find(
    (eni) => isEmptySecondary(eni) && isDeletable(node.policy, forRelease(node, eni), totals),
  );
  if (chosen !== undefined) deleteEni(node, chosen);
}

function totalsOf(node: SimNode): ReleaseTotals {
  let freeCidrs = 0;
  for (const eni of node.enis) if (!eni.excluded) freeCidrs += eni.freeSlots;
  return { ips: node.totalIPs, freeIPs: node.totalIPs - node.assignedIPs, freeCidrs };
}

function forRelease(node: SimNode, eni: Eni): EniForRelease {
  return {
    primary: eni.kind === 'primary',
    trunk: eni.kind === 'trunk',
    efa: eni.kind === 'efa',
    excluded: eni.excluded,
    ips: eni.ips,
    pods: eni.pods,
    freeCidrs: eni.freeSlots,
    old: node.now - eni.knownSince >= ENI_MIN_AGE_SECONDS,
    cooling: eni.cooling > 0,
  };
}

function isEmptySecondary(eni: Eni): boolean {
  return eni.kind === 'secondary' && eni.pods === 0;
}

function isGrowable(eni: Eni, customNetworking: boolean): boolean {
  if (eni.kind === 'trunk' || eni.excluded) return false;
  return !(customNetworking && eni.kind === 'primary');
}

/** A cordoned node neither gains nor loses ENIs unless told to (`ipamd.go:isENIAttachmentAllowed`). */
function managesEnis(node: SimNode): boolean {
  return !node.cordoned || node.options.settings.manageEnisOnCordonedNodes;
}

function reservedForTrunk(node: SimNode): number {
  const { settings, limits } = node.options;
  const onCard = (node.options.card ?? 0) === 0;
  const kept = limits.trunkingCompatible || limits.trunkSlotKept === true;
  return onCard && settings.podEni && kept && !node.trunkKnown ? 1 : 0;
}

/** Compares the store with what is attached (`ipamd.go:nodeIPPoolReconcile`): the trunk and unknown things become known. */
function reconcile(node: SimNode): void {
  const needsTrunk = node.options.settings.podEni && !node.trunkKnown;
  if (!needsTrunk && node.now - node.lastPoolChange <= RECONCILE_INTERVAL_SECONDS) return;
  recogniseTrunk(node);
  adoptUnknown(node);
  node.lastPoolChange = node.now;
}

function adoptUnknown(node: SimNode): void {
  const ready = node.unknown.filter((each) => each.whole || node.now - each.since > READOPTION_GUARD_SECONDS);
  const adopted = new Map<number, Eni>();
  for (const each of ready) {
    node.unknown.splice(node.unknown.indexOf(each), 1);
    const eni = each.whole
      ? (adopted.get(each.eni.id) ?? addEni(node, 'secondary', each.eni.subnet, each.eni.excluded))
      : each.eni;
    if (each.whole) adopted.set(each.eni.id, eni);
    addSlots(node, eni, each.count, each.size);
    node.changes += 1;
    node.events?.push({ at: node.now, kind: 'adopted', eni: eni.id, count: each.count });
  }
}
