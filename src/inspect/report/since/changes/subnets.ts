/** Free addresses and blocks of the subnets, and whoever took or gave back. */

import type { OwnerShare } from '../../../contract/report.ts';
import { count } from '../../../contract/words.ts';
import { type SubnetAccounting, subnetAccounting } from '../../../facts/subnet-accounting.ts';
import { type ChangeDraft, matched, type Pair } from '../draft.ts';

const ADDRESSES_PER_PREFIX = 16;
const TOPICS = ['SUB', 'PFX', 'LEK', 'HLT'];

export function subnetChanges(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('subnets', subnetAccounting);
  if (!lists) return [];
  return matched(...lists, (a) => a.subnetId).flatMap(({ key, was, is }) => {
    if (!was || !is) return [cameOrWent(key, was, is)];
    return [...freeChange(was, is), ...ownerChanges(was, is)];
  });
}

function cameOrWent(
  subnetId: string,
  was: SubnetAccounting | undefined,
  is: SubnetAccounting | undefined,
): ChangeDraft {
  const text = (a: SubnetAccounting) => `${a.cidr}, ${count(a.addresses.free)} addresses free`;
  return {
    kind: 'subnet',
    subject: subnetId,
    before: was ? text(was) : null,
    after: is ? text(is) : null,
    statement: is ? `${subnetId} is new: ${text(is)}` : `${subnetId} is no longer used or shown; it was ${text(was!)}`,
    topics: [...TOPICS, 'CUS'],
    touches: { subnets: [subnetId], zones: [(is ?? was)!.availabilityZone] },
    weight: 1,
  };
}

function freeChange(was: SubnetAccounting, is: SubnetAccounting): ChangeDraft[] {
  const text = (a: SubnetAccounting) =>
    `${count(a.addresses.free)} addresses${a.blocks ? ` and ${count(a.blocks.free + a.blocks.prefixReserved)} /28` : ''} free`;
  const [before, after] = [text(was), text(is)];
  if (before === after) return [];
  const lost = was.addresses.free - is.addresses.free;
  return [
    {
      kind: 'subnet',
      subject: is.subnetId,
      before,
      after,
      statement: `${is.subnetId} (${is.availabilityZone}): ${before} → ${after}`,
      topics: TOPICS,
      touches: { subnets: [is.subnetId] },
      weight: Math.min(1, Math.max(0.1, lost / Math.max(1, was.addresses.free))),
    },
  ];
}

function ownerChanges(was: SubnetAccounting, is: SubnetAccounting): ChangeDraft[] {
  if (!was.owners || !is.owners) return [];
  const changed = matched(was.owners, is.owners, (o) => `${o.class} ${o.name}`).flatMap(
    ({ key, was: then, is: now }) => {
      const delta = held(now) - held(then);
      return delta === 0 ? [] : [{ key, then, now, delta }];
    },
  );
  const taken = changed.reduce((sum, { delta }) => sum + Math.max(0, delta), 0);
  return changed.map(({ key, then, now, delta }) => ({
    kind: 'owner',
    subject: `${key} in ${is.subnetId}`,
    before: `${count(held(then))} addresses`,
    after: `${count(held(now))} addresses`,
    statement: `${key} in ${is.subnetId}: ${count(held(then))} → ${count(held(now))} addresses`,
    topics: TOPICS,
    touches: { subnets: [is.subnetId] },
    weight: delta > 0 ? delta / taken : 0.05,
  }));
}

/** Each prefix counts as 16. */
function held(share: OwnerShare | undefined): number {
  return share ? share.addresses + ADDRESSES_PER_PREFIX * share.prefixes : 0;
}
