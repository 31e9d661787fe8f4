/** What the subnets have left, in addresses and in whole /28, and who takes from them. */
import { blocksOf } from '../../calc/blocks.ts';
import { parseCidr, parseIpv4 } from '../../calc/cidr.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { subnetBlocks } from '../facts/subnet-blocks.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { NetworkInterface, Subnet } from '../snapshot/ec2.ts';

const PER_BLOCK = 16;

/** An account may be overdrawn: a share above 1 says by how much a subnet is too small. */
export interface Account {
  readonly subnet: Subnet;
  /** Addresses EC2 could ever hand out here, and /28 blocks a prefix could ever take; null where blocks are unknown. */
  readonly usable: number;
  readonly usableBlocks: number | null;
  free: number;
  freeBlocks: number | null;
}

export type Ledger = ReadonlyMap<string, Account>;

/** As it is now. Blocks are null where ENIs could not be read. */
export function ledgerNow(run: Run): Ledger | undefined {
  const subnets = run.valueOf(section('subnets'));
  if (!subnets) return undefined;
  const blocks = run.valueOf(subnetBlocks);
  return new Map(
    subnets.map((subnet): [string, Account] => {
      const counts = blocks?.get(subnet.subnetId)?.counts;
      return [
        subnet.subnetId,
        {
          subnet,
          usable: usableAddresses(subnet),
          usableBlocks: counts?.usable ?? null,
          free: subnet.availableIps,
          freeBlocks: counts ? counts.free + counts.prefixReserved : null,
        },
      ];
    }),
  );
}

/** As it would be without the ENIs of the nodes that aws-node serves; undefined where ENIs could not be read. */
export function ledgerWithoutNodes(run: Run, now: Ledger): Ledger | undefined {
  const own = run.valueOf(nodeEnis);
  const enis = run.valueOf(section('networkInterfaces'));
  if (!own || !enis) return undefined;
  const mine = new Set<string>();
  for (const n of own.values())
    for (const eni of [...n.data, ...n.branch, ...n.otherCards, ...(n.trunk ? [n.trunk] : [])]) mine.add(eni.eniId);
  const bySubnet = groupBy(enis, (e) => e.subnetId);
  const reservations = run.valueOf(section('cidrReservations'))?.reservations ?? [];
  return new Map(
    [...now].map(([id, account]): [string, Account] => {
      const all = bySubnet.get(id) ?? [];
      const freed = all.filter((e) => mine.has(e.eniId)).reduce((n, e) => n + addressesOf(e), 0);
      const others = all.filter((e) => !mine.has(e.eniId));
      const counts = othersBlocks(account.subnet, others, reservations);
      return [
        id,
        {
          ...account,
          free: account.free + freed,
          freeBlocks: counts ? counts.free + counts.prefixReserved : null,
          usableBlocks: counts?.usable ?? null,
        },
      ];
    }),
  );
}

function othersBlocks(
  subnet: Subnet,
  others: readonly NetworkInterface[],
  reservations: readonly { readonly subnetId: string; readonly cidr: string; readonly type: 'prefix' | 'explicit' }[],
): { readonly free: number; readonly prefixReserved: number; readonly usable: number } | undefined {
  const cidr = parseCidr(subnet.cidr);
  if (!cidr) return undefined;
  return blocksOf({
    cidr,
    addresses: others.flatMap((e) => [e.primaryIp ?? '', ...e.secondaryIps].flatMap((a) => parseIpv4(a) ?? [])),
    prefixes: others.flatMap((e) => e.prefixes.flatMap((p) => parseCidr(p)?.first ?? [])),
    reservations: reservations
      .filter((r) => r.subnetId === subnet.subnetId)
      .flatMap((r) => {
        const range = parseCidr(r.cidr);
        return range ? [{ cidr: range, type: r.type }] : [];
      }),
  }).counts;
}

function addressesOf(eni: NetworkInterface): number {
  return (eni.primaryIp ? 1 : 0) + eni.secondaryIps.length + PER_BLOCK * eni.prefixes.length;
}

function usableAddresses(subnet: Subnet): number {
  const cidr = parseCidr(subnet.cidr);
  return cidr ? 2 ** (32 - cidr.length) - 5 : subnet.availableIps;
}

export function copyOf(ledger: Ledger): Ledger {
  return new Map([...ledger].map(([id, account]) => [id, { ...account }]));
}

/** What one ENI takes: its own address and its slots. */
export interface EniNeed {
  readonly singles: number;
  readonly blocks: number;
}

/** Whether an ENI could be created; unknown blocks refuse nothing here, callers ask `blocksKnown` first. */
export function fits(account: Account, { singles, blocks }: EniNeed): boolean {
  if (account.free < singles + blocks * PER_BLOCK) return false;
  return blocks === 0 || account.freeBlocks === null || account.freeBlocks >= blocks;
}

/** Takes it, overdrawing where it must. Single addresses go to blocks that are in part used already, as long as there are any. */
export function take(account: Account, { singles, blocks }: EniNeed): void {
  account.free -= singles + blocks * PER_BLOCK;
  if (account.freeBlocks === null) return;
  const room = Math.floor(account.free / PER_BLOCK);
  account.freeBlocks = Math.min(account.freeBlocks - blocks, room);
}

/** Share of the subnet in use; above 1 where it is too small. In prefix mode the scarcer of addresses and blocks counts. */
export function shareUsed(account: Account, prefixMode: boolean): number {
  const addresses = account.usable > 0 ? (account.usable - account.free) / account.usable : 1;
  const { usableBlocks, freeBlocks } = account;
  if (!prefixMode || usableBlocks === null || freeBlocks === null || usableBlocks === 0) return addresses;
  return Math.max(addresses, (usableBlocks - freeBlocks) / usableBlocks);
}
