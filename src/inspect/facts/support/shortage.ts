/** Whether the subnets of a node have room for what it takes. */
import type { SubnetNeed } from '../subnet-need.ts';

export interface Room {
  readonly free: (subnetId: string) => number | undefined;
  /** Free /28 blocks, those in prefix reservations included. */
  readonly blocks: (subnetId: string) => number | undefined;
  readonly need: (subnetId: string) => SubnetNeed | undefined;
}

interface RoomInputs {
  readonly accounts:
    | readonly { readonly subnetId: string; readonly addresses: { readonly free: number } }[]
    | undefined;
  readonly blocks:
    | ReadonlyMap<string, { readonly counts: { readonly free: number; readonly prefixReserved: number } }>
    | undefined;
  readonly need: ReadonlyMap<string, SubnetNeed> | undefined;
}

export function roomOf({ accounts, blocks, need }: RoomInputs): Room {
  const free = new Map(accounts?.map((a) => [a.subnetId, a.addresses.free]));
  return {
    free: (id) => free.get(id),
    blocks: (id) => {
      const counts = blocks?.get(id)?.counts;
      return counts && counts.free + counts.prefixReserved;
    },
    need: (id) => need?.get(id),
  };
}

/** Whether a subnet has too few addresses for one more node; an unread one has enough. */
export function isShort(free: number | undefined, need: SubnetNeed | undefined): boolean {
  return free !== undefined && free < (need?.addresses ?? 1);
}

/** Every subnet of the node is out of addresses, or out of blocks while addresses are left. */
export function shortage(
  subnets: readonly string[],
  prefixes: boolean,
  room: Room,
): 'no-free-address' | 'no-free-block' | undefined {
  if (subnets.length === 0) return undefined;
  const states = subnets.map((id) =>
    isShort(room.free(id), room.need(id)) ? 'addresses' : prefixes && room.blocks(id) === 0 ? 'blocks' : 'room',
  );
  if (states.includes('room')) return undefined;
  return states.includes('blocks') ? 'no-free-block' : 'no-free-address';
}
