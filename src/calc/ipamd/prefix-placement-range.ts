import { closedForm } from './closed-form.ts';
import { ADDRESSES_PER_PREFIX } from './constants.ts';
import { type PoolPolicy, prefixesFor } from './decisions.ts';
import type { Arrival } from './fresh-node-growth.ts';
import type { Range } from './holdings.ts';

/**
 * How many prefixes a fresh node can end with under WARM_PREFIX_TARGET when pods land on random prefixes: the batch asked
 * for depends on how many prefixes are still free (`ipamd.go:getPrefixesNeeded`), and that on where pods went. Follows every
 * number of prefixes the node can reach together with the least and most of them that can be in use, so the range holds for
 * any placement; where min equals max placement does not matter.
 */
export function prefixPlacementRange(policy: PoolPolicy, maxDataEnis: number, pods: number, arrival: Arrival): Range {
  const first = closedForm(policy, maxDataEnis, 0).slots;
  let states: States = new Map([[first, { min: 0, max: 0 }]]);
  if (arrival === 'burst') {
    states = settle(policy, maxDataEnis, place(states, pods, pods), pods, pods);
  } else {
    let pod = 0;
    while (pod < pods) {
      const next = Math.min(pods, Math.max(pod + 1, nextGrowth(policy, states)));
      states = settle(policy, maxDataEnis, place(states, next, next - pod), next, next);
      pod = next;
    }
  }
  const reached = [...states.keys()];
  return { min: Math.min(...reached), max: Math.max(...reached) };
}

/** Prefixes held, and how many of them may be in use. */
type States = Map<number, Range>;

/** The pod whose arrival makes the first of the states low; pods before it change nothing but what is in use. */
function nextGrowth(policy: PoolPolicy, states: States): number {
  let next = Number.POSITIVE_INFINITY;
  for (const held of states.keys()) next = Math.min(next, (held - policy.warmPrefixTarget) * ADDRESSES_PER_PREFIX + 1);
  return next;
}

/** So many pods ask, `added` of them new since the last placement; those that find an address take one anywhere. */
function place(states: States, asking: number, added: number): States {
  const placed: States = new Map();
  for (const [held, used] of states) placed.set(held, usedAfter(held, used, asking, added));
  return placed;
}

function usedAfter(held: number, used: Range, asking: number, added: number): Range {
  const served = Math.min(asking, held * ADDRESSES_PER_PREFIX);
  const min = Math.max(used.min, prefixesFor(served));
  return { min, max: Math.max(min, Math.min(held, used.max + added, served)) };
}

/** Grows every state until none is low; in a burst the pods still waiting take what each step brings. */
function settle(policy: PoolPolicy, maxDataEnis: number, states: States, asking: number, waiting: number): States {
  const done: States = new Map();
  const open: States = new Map(states);
  for (const [held, used] of open) {
    open.delete(held);
    const served = Math.min(asking, held * ADDRESSES_PER_PREFIX);
    if (!mustGrow(policy, maxDataEnis, held, served)) {
      merge(done, held, used);
      continue;
    }
    const inEni = held % policy.slots;
    const room = policy.slots - inEni;
    const least = Math.min(room, Math.max(1, policy.warmPrefixTarget - held + used.min));
    const most = Math.min(room, Math.max(1, policy.warmPrefixTarget - held + used.max));
    for (let added = least; added <= most; added++) {
      const next = held + added;
      const newlyServed = Math.min(waiting, next * ADDRESSES_PER_PREFIX) - served;
      merge(open, next, usedAfter(next, used, asking, Math.max(newlyServed, 0)));
    }
  }
  return done;
}

function mustGrow(policy: PoolPolicy, maxDataEnis: number, held: number, served: number): boolean {
  const total = held * ADDRESSES_PER_PREFIX;
  if (total >= policy.maxPods || held >= maxDataEnis * policy.slots) return false;
  return total - served < policy.warmPrefixTarget * ADDRESSES_PER_PREFIX;
}

function merge(states: States, held: number, used: Range): void {
  const known = states.get(held);
  states.set(
    held,
    known === undefined ? used : { min: Math.min(known.min, used.min), max: Math.max(known.max, used.max) },
  );
}
