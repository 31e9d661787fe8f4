import type { Frees } from '../../contract/finding.ts';

/** All of it in one subnet. */
export function freesIn(subnetId: string, addresses: number): Frees {
  return { addresses, subnets: [{ subnetId, addresses }] };
}
