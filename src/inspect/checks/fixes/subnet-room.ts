/** Room beside a subnet that is short: for pods where they take addresses in it, for nodes where one more cannot be launched. */
import type { Fix } from '../../contract/finding.ts';
import type { Helps } from '../../facts/define-fact.ts';
import { nodeRoomFixes, nodeRoomInputs } from './node-room.ts';
import { podRoomFixes, podRoomInputs, type RoomWish } from './pod-room.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const subnetRoomInputs = { ...podRoomInputs, ...nodeRoomInputs };
type SubnetRoomInputs = Helps<typeof subnetRoomInputs>;

export interface SubnetRoomWish extends RoomWish {
  /** Addresses free in the subnet. */
  readonly free: number;
  /** Pods of running nodes take addresses there; undefined where that is not known. */
  readonly draws: boolean | undefined;
}

/**
 * A subnet for pods helps nodes that run, and those that still find an address of their own. Where the subnet has not what one
 * more node takes, its group needs another one to launch in.
 */
export function subnetRoomFixes(from: SubnetRoomInputs, wish: SubnetRoomWish): Fix[] {
  const forPods = wish.draws !== false || wish.free > 0 ? podRoomFixes(from, wish) : [];
  const forNodes = wish.free < wish.addresses ? nodeRoomFixes(from, wish.subnet) : [];
  return [...forPods, ...forNodes];
}
