/** Who sits in each /28 of a subnet: the interfaces seen there, block by block. */
import { ADDRESSES_PER_BLOCK } from '../../../calc/blocks.ts';
import { containsAddress, parseIpv4 } from '../../../calc/cidr.ts';
import { firstOf } from '../../facts/eni-addresses.ts';
import type { EniOwner } from '../../facts/eni-owners.ts';
import type { SubnetUse } from '../../facts/subnet-use.ts';
import type { NetworkInterface } from '../../snapshot/ec2.ts';

/** What one interface holds of a block. */
export interface Tenant {
  readonly owner: EniOwner;
  /** Single addresses. */
  readonly addresses: number;
  /** The whole block is delegated to it. */
  readonly prefix: boolean;
}

/** By the index of the block, in address order; blocks that nobody seen sits in are empty. */
export type HeldBlocks = readonly (readonly Tenant[])[];

export function heldBlocks(use: SubnetUse, owners: ReadonlyMap<string, EniOwner>, total: number): HeldBlocks {
  const blocks: Tenant[][] = Array.from({ length: total }, () => []);
  for (const { eni } of use.shares) {
    const owner = owners.get(eni.eniId);
    if (!owner) continue;
    for (const [block, addresses] of singlesByBlock(eni, use)) blocks[block]?.push({ owner, addresses, prefix: false });
    for (const text of eni.prefixes) {
      const first = firstOf(text);
      if (first === undefined || !containsAddress(use.cidr, first)) continue;
      blocks[blockAt(first, use)]?.push({ owner, addresses: 0, prefix: true });
    }
  }
  return blocks;
}

export function addressesOf(eni: NetworkInterface): readonly string[] {
  return eni.primaryIp === undefined ? eni.secondaryIps : [eni.primaryIp, ...eni.secondaryIps];
}

function singlesByBlock(eni: NetworkInterface, use: SubnetUse): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const text of new Set(addressesOf(eni))) {
    const address = parseIpv4(text);
    if (address === undefined || !containsAddress(use.cidr, address)) continue;
    const block = blockAt(address, use);
    counts.set(block, (counts.get(block) ?? 0) + 1);
  }
  return counts;
}

function blockAt(address: number, use: SubnetUse): number {
  return Math.floor((address - use.cidr.first) / ADDRESSES_PER_BLOCK);
}
