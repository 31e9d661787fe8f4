import type { Blocks } from '../../calc/blocks.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

/** The /28 blocks of one subnet. */
export interface BlockStates extends Blocks {
  readonly subnetId: string;
  /** True where ENIs may be invisible or reservations were not read: fewer blocks may be free than counted. */
  readonly upperBound: boolean;
  readonly upperBoundReasons: readonly string[];
}

/** Blocks by subnet id, for every subnet with an IPv4 range of the VPC. */
export const subnetBlocks = defineFact({
  id: 'subnetBlocks',
  needs: { subnets: section('subnets'), enis: section('networkInterfaces') },
  derive: (): Unknown | ReadonlyMap<string, BlockStates> => notTold('not derived'),
});
