import type { Answer } from '../growth.ts';
import { creationOrder, giveBack, take } from '../subnets.ts';
import type { Eni, Failure, SimNode } from './node.ts';
import { addEni, addSlots, dropEni, dropSlot } from './pool.ts';

/** The calls ipamd makes, against subnets that run dry and failures the caller asked for. All or nothing, without delay. */
export type Ec2Call = Failure['call'];

export function assignAddresses(node: SimNode, eni: Eni, count: number): Answer {
  const { prefixes } = node.policy;
  const answer =
    failing(node, 'AssignPrivateIpAddresses') ?? (take(eni.subnet, count, prefixes, 0) ? 'ok' : shortageCode(node));
  record(node, 'AssignPrivateIpAddresses', eni.id, count, answer);
  if (answer !== 'ok') return answer;
  addSlots(node, eni, count, prefixes ? 16 : 1);
  node.calls.allocIPs += 1;
  return answer;
}

/** Tries the eligible subnets in turn; the last one's error is the answer (`awsutils.go:createENI`). */
export function createEni(node: SimNode, count: number): Answer {
  const { prefixes } = node.policy;
  const forced = failing(node, 'CreateNetworkInterface');
  let answer: Answer = forced ?? 'NoEligibleSubnet';
  if (forced === undefined) {
    for (const subnet of creationOrder(node.accounts)) {
      answer = take(subnet, count, prefixes, 1) ? 'ok' : shortageCode(node);
      if (answer !== 'ok') continue;
      const eni = addEni(node, 'secondary', subnet, false);
      addSlots(node, eni, count, prefixes ? 16 : 1);
      break;
    }
  }
  record(node, 'CreateNetworkInterface', answer === 'ok' ? node.nextEniId - 1 : 0, count, answer);
  if (answer === 'ok') node.calls.allocENI += 1;
  return answer;
}

/** Gives back up to `count` slots without pods, of one size or of any. Returns how many left the store. */
export function giveBackSlots(node: SimNode, eni: Eni, count: number, size?: 1 | 16): number {
  const freed = eni.slots.walk().filter((slot) => slot.assigned === 0 && (size === undefined || slot.size === size));
  const chosen = freed.slice(0, count);
  if (chosen.length === 0) return 0;
  const answer = failing(node, 'UnassignPrivateIpAddresses') ?? 'ok';
  for (const each of [16, 1] as const) {
    const ofSize = chosen.filter((slot) => slot.size === each);
    if (ofSize.length === 0) continue;
    for (const slot of ofSize) dropSlot(node, slot);
    record(node, 'UnassignPrivateIpAddresses', eni.id, ofSize.length, answer);
    if (answer === 'ok') {
      giveBack(eni.subnet, ofSize.length, each === 16, 0);
      node.calls.deallocCidrs += 1;
    } else {
      // The store has let go of them, EC2 has not: a later reconcile finds them again.
      node.unknown.push({ eni, count: ofSize.length, size: each, since: node.now, whole: false });
    }
  }
  return chosen.length;
}

/** Detaches and deletes an ENI; everything on it returns to its subnet (`awsutils.go:freeENI`). */
export function deleteEni(node: SimNode, eni: Eni): void {
  const slots = [...eni.slots];
  const prefixes = slots.filter((slot) => slot.size === 16).length;
  const singles = slots.length - prefixes;
  dropEni(node, eni);
  const answer = failing(node, 'DeleteNetworkInterface') ?? 'ok';
  record(node, 'DeleteNetworkInterface', eni.id, slots.length, answer);
  if (answer === 'ok') {
    const { forgotten } = eni;
    giveBack(eni.subnet, prefixes + forgotten.prefixes, true, singles + forgotten.singles + 1);
    node.calls.freeENI += 1;
    return;
  }
  if (prefixes > 0) node.unknown.push({ eni, count: prefixes, size: 16, since: node.now, whole: true });
  if (singles > 0 || prefixes === 0) node.unknown.push({ eni, count: singles, size: 1, since: node.now, whole: true });
}

export function shortageCode(node: SimNode): string {
  return node.policy.prefixes ? 'InsufficientCidrBlocks' : 'InsufficientFreeAddressesInSubnet';
}

function failing(node: SimNode, call: Ec2Call): string | undefined {
  return node.options.failures?.find((each) => each.call === call && node.now >= each.from && node.now < each.until)
    ?.error;
}

function record(node: SimNode, call: Ec2Call, eni: number, count: number, result: string): void {
  if (result === 'ok') node.changes += 1;
  else node.calls.failed += 1;
  node.events?.push({ at: node.now, kind: 'call', call, eni, count, result });
}
