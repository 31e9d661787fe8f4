/** The subnets that matter to the cluster, as the report shows them. */

import type { SubnetReport } from '../contract/report.ts';
import type { Run } from '../facts/define-fact.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';

/** Null where subnets could not be read. */
export function subnetReports(run: Run): SubnetReport[] | null {
  const accounts = run.valueOf(subnetAccounting);
  if (!accounts) return null;
  return accounts.map(({ subnetId, name, availabilityZone, cidr, sources, addresses, blocks, owners }) => ({
    subnetId,
    name,
    availabilityZone,
    cidr,
    sources,
    addresses,
    blocks,
    owners,
  }));
}
