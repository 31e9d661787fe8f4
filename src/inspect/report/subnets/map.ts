/** The /28 map of a subnet as data, and what its fragmentation costs. */
import { ADDRESSES_PER_BLOCK, type BlockState, type Blocks } from '../../../calc/blocks.ts';
import { formatCidr } from '../../../calc/cidr.ts';
import type { SubnetItem, SubnetMap } from '../../contract/subnets.ts';
import type { EniOwner } from '../../facts/eni-owners.ts';
import type { SubnetUse } from '../../facts/subnet-use.ts';
import type { HeldBlocks } from '../../projection/drains/held-blocks.ts';

const LETTERS: Readonly<Record<BlockState, string>> = {
  free: '.',
  fragmented: '%',
  full: '#',
  awsReserved: 'R',
  prefix: 'P',
  prefixReserved: 'p',
  explicitReserved: 'x',
};

export function mapOf(states: readonly BlockState[], held: HeldBlocks): SubnetMap {
  const holders: { name: string; cluster: string | null }[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (owner: EniOwner): number => {
    const name = holderName(owner);
    const known = indexes.get(name);
    if (known !== undefined) return known;
    indexes.set(name, holders.length);
    holders.push({ name, cluster: owner.cluster ?? null });
    return holders.length - 1;
  };
  return {
    states: states.map((s) => LETTERS[s]).join(''),
    letters: Object.fromEntries(Object.entries(LETTERS).map(([state, letter]) => [letter, state])),
    held: held.flatMap((tenants, block) => {
      if (tenants.length === 0) return [];
      const addresses = tenants.reduce((n, t) => n + (t.prefix ? ADDRESSES_PER_BLOCK : t.addresses), 0);
      return [{ block, addresses, holders: [...new Set(tenants.map((t) => indexOf(t.owner)))] }];
    }),
    holders,
  };
}

/** A node by its name, everything else by what it is. */
export function holderName({ node, instanceId, class: of, name, detail }: EniOwner): string {
  if (node !== undefined) return node;
  if (instanceId !== undefined) return instanceId;
  const words = of.replaceAll('-', ' ');
  return [name.toLowerCase().startsWith(words) || SERVICES.has(of) ? '' : words, name, detail ?? '']
    .filter((part) => part !== '')
    .join(' ');
}
const SERVICES: ReadonlySet<string> = new Set(['aws-managed', 'other-service', 'rds', 'elasticache']);

/** `whole` are the blocks as counted, which are fewer free than the map shows where not all interfaces are visible. */
export function fragmentationOf(
  use: SubnetUse,
  { counts, states, used }: Blocks,
  free: number,
  reservedUnallocated: number | null,
): NonNullable<SubnetItem['fragmentation']> {
  const able = counts.free + counts.prefixReserved;
  const emptyKept = states.filter((s, i) => s === 'explicitReserved' && used[i] === 0).length;
  const candidates = able + counts.fragmented + counts.full;
  const run = longestRun(states);
  // unused reserved space that EC2 counts as available
  const keptAsFree = Math.max((use.unusedReserved ?? 0) - (reservedUnallocated ?? 0), 0);
  return {
    emptyBlocks: able + emptyKept,
    usableBlocks: able,
    score: candidates === 0 ? null : Math.ceil(((counts.fragmented + counts.full) / candidates) * 100),
    largestRun: run && {
      ...run,
      cidr: formatCidr({ first: use.cidr.first + run.block * ADDRESSES_PER_BLOCK, length: 28 }),
    },
    strandedAddresses: Math.max(free - keptAsFree - ADDRESSES_PER_BLOCK * counts.free, 0),
  };
}

function longestRun(states: readonly BlockState[]): { readonly block: number; readonly blocks: number } | null {
  let best = { block: 0, blocks: 0 };
  let length = 0;
  for (const [i, state] of states.entries()) {
    length = state === 'free' || state === 'prefixReserved' ? length + 1 : 0;
    if (length > best.blocks) best = { block: i + 1 - length, blocks: length };
  }
  return best.blocks === 0 ? null : best;
}
