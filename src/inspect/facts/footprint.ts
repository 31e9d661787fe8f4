import { defineFact, notTold, type Unknown } from './define-fact.ts';
import { nodeCapacity } from './node-capacity.ts';

/** Addresses one node takes. */
export interface Need {
  /** In the node's own subnet, by its primary interface: 1. */
  readonly primary: number;
  /** In the subnet its pods live in, which without custom networking or discovery is the node's own: ENIs, trunk and branch ENIs included. */
  readonly podSubnetAddresses: number;
  /** Of those, whole /28 blocks; 0 outside prefix mode. */
  readonly podSubnetBlocks: number;
}

/** What one more node like this one takes, with its present number of pods. */
export interface Footprint extends Need {
  /** What it takes when it joins, before any pod. */
  readonly start: Need;
}

/** Footprint by node name, for nodes of known capacity. */
export const footprint = defineFact({
  id: 'footprint',
  needs: { capacity: nodeCapacity },
  derive: (): Unknown | ReadonlyMap<string, Footprint> => notTold('not derived'),
});
