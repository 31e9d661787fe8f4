/** Nodes that fit for sure, taken together: what thousands of them take is a sum. */
import { ADDRESSES_PER_BLOCK } from '../../calc/blocks.ts';
import { type Pattern, usesCustomNetworking } from '../../calc/patterns.ts';
import { type Account, type End, type EniNeed, freeAddresses, type Ledger, take } from './ledger.ts';
import type { NodeNeed } from './placement.ts';
import type { Template } from './templates.ts';

/**
 * Takes for as many rounds, one node a subnet, as fit for sure, at most so many, and returns their number: what is left is then
 * tried node by node. None where ENIs may go to several subnets or nodes differ, since it matters then which comes first.
 */
export function takeWholeRounds(
  queue: readonly Template[],
  needs: readonly (readonly NodeNeed[])[],
  most: number,
  ledger: Ledger,
  end: End,
  pattern: Pattern,
): number {
  if (queue.some((t, i) => t.sites.pods.length !== 1 || needs[i]!.some((n) => n !== needs[i]![0]))) return 0;
  const perRound = new Map<string, { singles: number; blocks: number }>();
  const add = (id: string, { singles, blocks }: EniNeed) => {
    const sum = perRound.get(id) ?? { singles: 0, blocks: 0 };
    perRound.set(id, { singles: sum.singles + singles, blocks: sum.blocks + blocks });
  };
  for (const [i, { sites }] of queue.entries()) {
    const { primary, further, beside } = needs[i]![0]!;
    add(sites.node, primary);
    for (const eni of further) add(sites.pods[0]!, eni);
    add(usesCustomNetworking(pattern) ? sites.pods[0]! : sites.node, { singles: beside, blocks: 0 });
  }
  let rounds = most;
  for (const [id, need] of perRound) {
    const account = ledger.get(id);
    rounds = account ? Math.min(rounds, roundsIn(account, need, end)) : 0;
  }
  if (rounds <= 0) return 0;
  for (const [id, { singles, blocks }] of perRound)
    take(ledger.get(id)!, { singles: singles * rounds, blocks: blocks * rounds }, end);
  return rounds;
}

/** As if every single address broke up a block, or at best every sixteenth. */
function roundsIn(account: Account, { singles, blocks }: EniNeed, end: End): number {
  const byAddresses = Math.floor(
    Math.max(freeAddresses(account), 0) / Math.max(singles + ADDRESSES_PER_BLOCK * blocks, 1),
  );
  if (blocks === 0 || account.blocks === null) return byAddresses;
  const spoilt = end === 'worst' ? singles : singles / ADDRESSES_PER_BLOCK;
  return Math.max(Math.min(byAddresses, Math.floor((account.blocks - 1) / (blocks + spoilt))), 0);
}
