import { ADDRESSES_PER_BLOCK, type Blocks } from '../../../calc/blocks.ts';
import type { SubnetUse } from '../subnet-use.ts';

/**
 * Blocks of a subnet in which no more are free than free addresses fill. What visible interfaces leave whole beyond that is
 * held in part or whole by someone who is not visible, and counts as fragmented; `states` still show what is visible.
 * `free`: addresses EC2 hands out by itself, those inside reservations not among them.
 */
export function boundedBlocks(use: SubnetUse, free: number): Blocks {
  const seen = use.blocks();
  const { counts } = seen;
  const whole = Math.min(counts.free, Math.floor(Math.max(free, 0) / ADDRESSES_PER_BLOCK));
  const hidden = counts.free - whole;
  if (hidden === 0) return seen;
  return { ...seen, counts: { ...counts, free: whole, fragmented: counts.fragmented + hidden } };
}
