/**
 * What the subnets have left, in single addresses and in whole /28, and who takes from them. It starts from the account of a
 * subnet (what EC2 counts as free, less what the interfaces show to be gone, less what reservations keep from automatic
 * assignment), never from EC2's raw count.
 */
import { ADDRESSES_PER_BLOCK, AWS_RESERVED } from '../../calc/blocks.ts';
import { parseCidr, sizeOf } from '../../calc/cidr.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { subnetBlocks } from '../facts/subnet-blocks.ts';
import { type SubnetUse, subnetUse, withoutEnis } from '../facts/subnet-use.ts';
import { boundedBlocks } from '../facts/support/bounded-blocks.ts';
import { subnetNumbers } from '../facts/support/subnet-numbers.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { PodSubnet } from './placement.ts';
import { enisOfNodes } from './tenants.ts';

/**
 * Where EC2 puts a single address is not documented. `best`: into a /28 that is broken already, as long as there is one.
 * `worst`: each one breaks a whole /28, as long as there is one. Every placement lies between the two.
 */
export type End = 'best' | 'worst';

/** An account may be overdrawn: a negative count says by how much a subnet is too small. */
export interface Account {
  readonly subnet: Subnet;
  /** Addresses EC2 could ever hand out here, and /28 blocks a prefix could ever take; null where blocks are unknown. */
  readonly usable: number;
  readonly usableBlocks: number | null;
  /** Others hold addresses here that are not visible: fewer blocks may be free than counted. */
  readonly upperBound: boolean;
  /** Free single addresses outside whole free blocks; all free addresses where blocks are unknown. */
  singles: number;
  /** Whole free /28 outside reservations; null where ENIs could not be read. */
  blocks: number | null;
  /** Whole free /28 inside prefix reservations: prefixes take them first, single addresses never. */
  reserved: number;
}

export type Ledger = ReadonlyMap<string, Account>;

/** As it is now. Blocks are null where ENIs could not be read. */
export function ledgerNow(run: Run, assumed: readonly PodSubnet[] = []): Ledger | undefined {
  const own = opening.get(run) ?? openingOf(run);
  if (!own) return undefined;
  opening.set(run, own);
  return new Map([...own, ...assumed.map((s): [string, Account] => [s.subnetId, untouched(s)])]);
}

/** Several worlds start from one snapshot; nobody takes from these accounts, only from copies. */
const opening = new WeakMap<Run, Ledger>();
const withoutAny = new WeakMap<Run, Ledger>();
const withoutSome = new WeakMap<Run, WeakMap<ReadonlySet<string>, Ledger>>();

function openingOf(run: Run): Ledger | undefined {
  const subnets = run.valueOf(section('subnets'));
  if (!subnets) return undefined;
  const uses = run.valueOf(subnetUse);
  const states = run.valueOf(subnetBlocks);
  const own = subnets.map((subnet): [string, Account] => {
    const use = uses?.get(subnet.subnetId);
    const upperBound = states?.get(subnet.subnetId)?.upperBound ?? false;
    return [subnet.subnetId, use ? opened(use, invisibleIn(use), upperBound) : unseen(subnet)];
  });
  return new Map(own);
}

/** A subnet that does not exist yet: all of it is free but AWS's own, which spoil the first and the last block. */
function untouched({ subnetId, zone, cidr }: PodSubnet): Account {
  const parsed = parseCidr(cidr);
  const total = parsed ? sizeOf(parsed) : 0;
  const blocks = Math.max(Math.floor(total / ADDRESSES_PER_BLOCK) - 2, 0);
  const subnet: Subnet = {
    subnetId,
    vpcId: '',
    availabilityZone: zone,
    cidr,
    availableIps: Math.max(total - AWS_RESERVED, 0),
    state: 'available',
    mapPublicIp: false,
    assignIpv6: false,
    ipv6Native: false,
    dns64: false,
    ipv6Cidrs: [],
    tags: {},
  };
  return {
    subnet,
    usable: subnet.availableIps,
    usableBlocks: blocks,
    upperBound: false,
    singles: subnet.availableIps - ADDRESSES_PER_BLOCK * blocks,
    blocks,
    reserved: 0,
  };
}

/**
 * As it would be without the ENIs of nodes that aws-node serves: of all, or of those named. Undefined where ENIs could not be
 * read.
 */
export function ledgerWithoutNodes(run: Run, now: Ledger, names?: ReadonlySet<string>): Ledger | undefined {
  const byNames = withoutSome.get(run) ?? new WeakMap<ReadonlySet<string>, Ledger>();
  withoutSome.set(run, byNames);
  const known = (names ? byNames.get(names) : withoutAny.get(run)) ?? without(run, now, names);
  if (!known) return undefined;
  if (names) byNames.set(names, known);
  else withoutAny.set(run, known);
  // Subnets that are assumed differ from world to world.
  return new Map([...now].map(([id, account]) => [id, known.get(id) ?? account]));
}

function without(run: Run, now: Ledger, names: ReadonlySet<string> | undefined): Ledger | undefined {
  const mine = enisOfNodes(run, names);
  const uses = run.valueOf(subnetUse);
  if (!mine || !uses) return undefined;
  return new Map(
    [...now].map(([id, account]): [string, Account] => {
      const use = uses.get(id);
      if (!use) return [id, { ...account }];
      const others = withoutEnis(use, mine);
      if (others === use) return [id, { ...account }];
      // What other accounts hold stays where it is, whoever leaves.
      return [
        id,
        opened(others, invisibleIn(use), account.upperBound, freeAddresses(account) + use.seen - others.seen),
      ];
    }),
  );
}

/** Undefined where what was read does not tell. */
function invisibleIn(use: SubnetUse): number | undefined {
  return subnetNumbers(use).addresses.invisible ?? undefined;
}

/** `otherwise`: free addresses where nothing tells how many are invisible. */
function opened(use: SubnetUse, invisible: number | undefined, upperBound: boolean, otherwise?: number): Account {
  const total = sizeOf(use.cidr);
  const known = total - Math.min(AWS_RESERVED, total - use.seen) - use.seen - (use.unusedReserved ?? 0);
  const fallback = Math.min(otherwise ?? use.subnet.availableIps, known);
  const free = Math.max(invisible === undefined ? fallback : known - invisible, 0);
  const counts = boundedBlocks(use, free).counts;
  return {
    subnet: use.subnet,
    usable: total - AWS_RESERVED,
    usableBlocks: counts.usable,
    upperBound,
    singles: free - ADDRESSES_PER_BLOCK * counts.free,
    blocks: counts.free,
    reserved: counts.prefixReserved,
  };
}

function unseen(subnet: Subnet): Account {
  const cidr = parseCidr(subnet.cidr);
  return {
    subnet,
    usable: cidr ? sizeOf(cidr) - AWS_RESERVED : subnet.availableIps,
    usableBlocks: null,
    upperBound: true,
    singles: subnet.availableIps,
    blocks: null,
    reserved: 0,
  };
}

export function copyOf(ledger: Ledger): Ledger {
  return new Map([...ledger].map(([id, account]) => [id, { ...account }]));
}

/** Free addresses that EC2 hands out by itself, one by one. */
export function freeAddresses({ singles, blocks }: Account): number {
  return singles + ADDRESSES_PER_BLOCK * (blocks ?? 0);
}

/** Free /28 that a prefix can take; null where ENIs could not be read. */
export function freeBlocks({ blocks, reserved }: Account): number | null {
  return blocks === null ? null : blocks + reserved;
}

/** What one ENI takes: its own address and its slots. */
export interface EniNeed {
  readonly singles: number;
  readonly blocks: number;
}

/** All of it or nothing. At the worst end its single addresses break blocks before the prefixes come. */
export function fits(account: Account, { singles, blocks }: EniNeed, end: End): boolean {
  const beyond = Math.max(blocks - account.reserved, 0);
  if (freeAddresses(account) < singles + ADDRESSES_PER_BLOCK * beyond) return false;
  if (beyond === 0 || account.blocks === null) return true;
  return account.blocks - (end === 'worst' ? Math.min(singles, account.blocks) : 0) >= beyond;
}

/** Takes it, overdrawing where it must. Prefixes use up their reservation first (VPC guide, subnet CIDR reservations). */
export function take(account: Account, { singles, blocks }: EniNeed, end: End): void {
  const reserved = Math.min(blocks, account.reserved);
  account.reserved -= reserved;
  if (account.blocks === null) {
    account.singles -= singles + ADDRESSES_PER_BLOCK * (blocks - reserved);
    return;
  }
  const before = account.blocks;
  account.blocks -= blocks - reserved;
  const broken =
    end === 'worst'
      ? Math.min(Math.max(before, 0), singles)
      : Math.min(Math.max(account.blocks, 0), blocksToBreak(account, singles));
  account.blocks -= broken;
  account.singles += ADDRESSES_PER_BLOCK * broken - singles;
}

function blocksToBreak(account: Account, singles: number): number {
  return Math.max(Math.ceil((singles - Math.max(account.singles, 0)) / ADDRESSES_PER_BLOCK), 0);
}

/** Gives back what an ENI held. Single addresses make no block whole: their neighbours are not known to go. */
export function give(account: Account, { singles, blocks }: EniNeed): void {
  account.singles += singles;
  if (account.blocks === null) account.singles += ADDRESSES_PER_BLOCK * blocks;
  else account.blocks += blocks;
}

/** Whether more was taken than there is. */
export function overdrawn(account: Account, prefixMode: boolean): boolean {
  return freeAddresses(account) < 0 || (prefixMode && (freeBlocks(account) ?? 0) < 0);
}

/** Share of the subnet in use; above 1 where it is too small. In prefix mode the scarcer of addresses and blocks counts. */
export function shareUsed(account: Account, prefixMode: boolean): number {
  const free = freeAddresses(account) + (prefixMode ? ADDRESSES_PER_BLOCK * account.reserved : 0);
  const addresses = account.usable > 0 ? (account.usable - free) / account.usable : 1;
  const { usableBlocks } = account;
  const blocks = freeBlocks(account);
  if (!prefixMode || usableBlocks === null || blocks === null || usableBlocks === 0) return addresses;
  return Math.max(addresses, (usableBlocks - blocks) / usableBlocks);
}
