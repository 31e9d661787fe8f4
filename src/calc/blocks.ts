/**
 * The /28 blocks of a subnet: which of them could become a prefix. EC2 has no call for this; it follows from every address
 * and prefix of every ENI, the reservations, and the five addresses AWS keeps (VPC guide, subnet sizing).
 */
import { type Cidr, contains, lastOf, overlaps, sizeOf } from './cidr.ts';

/**
 * `free`: a prefix fits now. `fragmented`, `full`: single addresses hold part of it, or all of it. `awsReserved`: the first
 * and the last block, which hold addresses AWS keeps. `prefix`: delegated to an ENI. `prefixReserved`: free, and kept for
 * prefixes by a reservation. `explicitReserved`: kept from automatic assignment.
 */
export type BlockState =
  | 'free'
  | 'fragmented'
  | 'full'
  | 'awsReserved'
  | 'prefix'
  | 'prefixReserved'
  | 'explicitReserved';

export const BLOCK_STATES: readonly BlockState[] = [
  'free',
  'fragmented',
  'full',
  'awsReserved',
  'prefix',
  'prefixReserved',
  'explicitReserved',
];

export const ADDRESSES_PER_BLOCK = 16;

/** AWS keeps the first four addresses of every subnet and the last one. */
export const AWS_RESERVED_FIRST = 4;
export const AWS_RESERVED = 5;

export interface Reservation {
  readonly cidr: Cidr;
  readonly type: 'prefix' | 'explicit';
}

export interface SubnetOccupancy {
  /** IPv4 range of the subnet, /16 to /28. */
  readonly cidr: Cidr;
  /** Addresses on ENIs, prefixes not included; what lies outside the subnet is ignored. */
  readonly addresses: Iterable<number>;
  /** First address of each /28 on an ENI. */
  readonly prefixes: Iterable<number>;
  readonly reservations: readonly Reservation[];
}

export interface BlockCounts extends Readonly<Record<BlockState, number>> {
  /** All /28 of the subnet: the sum of the seven states. */
  readonly total: number;
  /** Blocks a prefix could ever occupy: neither AWS's own nor kept by an explicit reservation. */
  readonly usable: number;
}

export interface Blocks {
  readonly counts: BlockCounts;
  /** One state for each block, in address order. */
  readonly states: readonly BlockState[];
  /** Single addresses on ENIs in each block, in address order. */
  readonly used: Uint8Array;
}

/** States of all blocks of a subnet. A prefix counts as one wherever it lies, AWS's and reserved blocks included. */
export function blocksOf(use: SubnetOccupancy): Blocks {
  const total = Math.max(1, Math.floor(sizeOf(use.cidr) / ADDRESSES_PER_BLOCK));
  const used = countAddresses(use, total);
  const delegated = markPrefixes(use, total);
  const kept = use.reservations.filter((r) => overlaps(r.cidr, use.cidr));
  // most blocks of a large subnet are untouched, and a VPC may have hundreds of subnets
  const states = new Array<BlockState>(total).fill('free');
  for (let i = 0; i < total; i++)
    if (kept.length > 0 || i === 0 || i === total - 1 || used[i] !== 0 || delegated[i] !== 0)
      states[i] = stateOf(i, total, use.cidr, used[i]!, delegated[i] === 1, kept);
  return { counts: countStates(states), states, used };
}

function countAddresses({ cidr, addresses }: SubnetOccupancy, total: number): Uint8Array {
  const used = new Uint8Array(total);
  const last = lastOf(cidr);
  for (const address of addresses) {
    if (address < cidr.first || address > last) continue;
    used[Math.floor((address - cidr.first) / ADDRESSES_PER_BLOCK)]!++;
  }
  return used;
}

function markPrefixes({ cidr, prefixes }: SubnetOccupancy, total: number): Uint8Array {
  const delegated = new Uint8Array(total);
  const last = lastOf(cidr);
  for (const first of prefixes)
    if (first >= cidr.first && first <= last) delegated[Math.floor((first - cidr.first) / ADDRESSES_PER_BLOCK)] = 1;
  return delegated;
}

function stateOf(
  index: number,
  total: number,
  subnet: Cidr,
  used: number,
  delegated: boolean,
  reservations: readonly Reservation[],
): BlockState {
  if (delegated) return 'prefix';
  if (index === 0 || index === total - 1) return 'awsReserved';
  const block = { first: subnet.first + index * ADDRESSES_PER_BLOCK, length: 28 };
  if (reservations.some((r) => r.type === 'explicit' && overlaps(r.cidr, block))) return 'explicitReserved';
  if (used >= ADDRESSES_PER_BLOCK) return 'full';
  if (used > 0) return 'fragmented';
  return reservations.some((r) => r.type === 'prefix' && contains(r.cidr, block)) ? 'prefixReserved' : 'free';
}

function countStates(states: readonly BlockState[]): BlockCounts {
  const counts = Object.fromEntries(BLOCK_STATES.map((s) => [s, 0])) as Record<BlockState, number>;
  let free = 0;
  for (const state of states)
    if (state === 'free') free++;
    else counts[state]++;
  return {
    ...counts,
    free,
    total: states.length,
    usable: states.length - counts.awsReserved - counts.explicitReserved,
  };
}
