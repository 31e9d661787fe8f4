import { tooLow } from '../decisions.ts';
import { charge, type SubnetAccount } from '../subnets.ts';
import { giveBackSlots } from './ec2.ts';
import type { InitialEni, SimNode } from './node.ts';
import { grow, offerToWaiting } from './pass.ts';
import { addEni, addSlot, bindPod, poolStats } from './pool.ts';
import { askForTrunk } from './trunk.ts';

/**
 * Start-up (`ipamd.go:nodeInit`): learns the attached ENIs, tidies excluded ENIs and the other mode's leftovers, asks for
 * the trunk and takes one growth step. A failed start leaves `ready` false and says why.
 */
export function boot(node: SimNode): void {
  const { settings } = node.options;
  for (const initial of withPrimary(node, node.options.initial ?? [])) setUpEni(node, initial);
  if (!settings.provisioningDisabled) {
    for (const eni of node.enis.walkCopy())
      if (eni.excluded) giveBackSlots(node, eni, eni.slots.size, node.policy.prefixes ? 16 : 1);
    for (const eni of node.enis.walkCopy()) giveBackSlots(node, eni, eni.slots.size, node.policy.prefixes ? 1 : 16);
  }
  askForTrunk(node);
  node.ready = true;
  if (!settings.provisioningDisabled) preScale(node);
  if (node.failure !== undefined) {
    node.ready = false;
    node.events?.push({ at: node.now, kind: 'startFailed', reason: node.failure });
    return;
  }
  offerToWaiting(node);
}

/** `ipamd.go:handlePreScaling`. */
function preScale(node: SimNode): void {
  const stats = poolStats(node);
  if (!tooLow(node.policy, stats)) return;
  const outcome = grow(node, stats);
  if (outcome.error !== undefined) node.failure = `EC2 refused the first addresses: ${outcome.error}`;
  else if (node.options.settings.customNetworking && node.totalIPs === 0)
    node.failure = 'custom networking: no pod address could be obtained at start-up';
}

/** Cards above 0 have no primary; on card 0 there is always one. */
function withPrimary(node: SimNode, initial: readonly InitialEni[]): readonly InitialEni[] {
  const hasPrimary = (node.options.card ?? 0) > 0 || initial.some((eni) => eni.kind === 'primary');
  return hasPrimary ? initial : [{ kind: 'primary', slots: [] }, ...initial];
}

function setUpEni(node: SimNode, initial: InitialEni): void {
  const eni = addEni(node, initial.kind, subnetOf(node, initial), isExcluded(node, initial));
  if (initial.kind === 'trunk') {
    node.trunkAttached = true;
    node.trunkKnown = true;
  }
  const prefixSlots = initial.slots.filter((slot) => slot.prefix ?? node.policy.prefixes).length;
  charge(eni.subnet, prefixSlots, true, 1 + initial.slots.length - prefixSlots);
  for (const { pods, prefix } of initial.slots) {
    const slot = addSlot(node, eni, (prefix ?? node.policy.prefixes) ? 16 : 1);
    for (let pod = 0; pod < Math.min(pods, slot.size); pod++) bindPod(node, slot);
  }
}

function isExcluded(node: SimNode, initial: InitialEni): boolean {
  if (!node.options.settings.subnetDiscovery) return false;
  if (initial.kind === 'primary')
    return node.options.occupied?.primarySubnetExcluded === true || initial.excluded === true;
  return initial.excluded === true;
}

function subnetOf(node: SimNode, initial: InitialEni): SubnetAccount {
  const { accounts } = node;
  const named = accounts.all.find((account) => account.name === initial.subnet);
  if (named !== undefined) return named;
  if (initial.kind === 'primary') return accounts.node;
  if (initial.kind === 'trunk') return accounts.trunk;
  return accounts.customNetworking ? accounts.trunk : accounts.node;
}
