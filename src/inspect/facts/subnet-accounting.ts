import type { SubnetReport } from '../report.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';

/** Where the addresses of one subnet are. `total = reserved + seen + reservedUnallocated + free + invisible`. */
export interface SubnetAccount extends SubnetReport {
  readonly subnet: Subnet;
  /** What the account had to assume, in plain words; empty where its numbers add up by themselves. */
  readonly notes: readonly string[];
}

/** Accounts of the subnets with a role, and of others of the VPC that hold ENIs of the cluster. */
export const subnetAccounting = defineFact({
  id: 'subnetAccounting',
  needs: { subnets: section('subnets') },
  derive: (): Unknown | readonly SubnetAccount[] => notTold('not derived'),
});
