import { AWS_RESERVED } from '../../calc/blocks.ts';
import { parseCidr, sizeOf } from '../../calc/cidr.ts';
import type { SubnetReport } from '../contract/report.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { clusterName } from './cluster-name.ts';
import { defineFact, section } from './define-fact.ts';
import { type EniOwner, eniOwners } from './eni-owners.ts';
import { type BlockStates, subnetBlocks } from './subnet-blocks.ts';
import { type SubnetRole, subnetRoles } from './subnet-roles.ts';
import { type SubnetUse, subnetUse } from './subnet-use.ts';
import { ownerShares } from './support/owner-shares.ts';
import { subnetNumbers } from './support/subnet-numbers.ts';

/** Where the addresses of one subnet are. `total = reserved + seen + reservedUnallocated + free + invisible`. */
export interface SubnetAccounting extends SubnetReport {
  readonly subnet: Subnet;
  readonly sources: readonly SubnetRole[];
  /** What the account had to assume, in plain words; empty where its numbers add up by themselves. */
  readonly notes: readonly string[];
}

/** Accounts of every subnet that was read and has an IPv4 range, by zone and id. */
export const allSubnetAccounts = defineFact({
  id: 'allSubnetAccounts',
  needs: { subnets: section('subnets') },
  helps: {
    roles: subnetRoles,
    uses: subnetUse,
    owners: eniOwners,
    blocks: subnetBlocks,
    cluster: clusterName,
  },
  derive: ({ subnets, roles, uses, owners, blocks, cluster }): readonly SubnetAccounting[] =>
    subnets
      .flatMap((s) => {
        const use = uses?.get(s.subnetId);
        const head = { subnet: s, ...headOf(s), sources: roles?.get(s.subnetId) ?? [] };
        if (use && owners) return [{ ...head, ...whole(use, owners, blocks?.get(s.subnetId), cluster) }];
        const unseen = withoutEnis(s);
        return unseen ? [{ ...head, ...unseen }] : [];
      })
      .sort((a, b) => compare(a.availabilityZone, b.availabilityZone) || compare(a.subnetId, b.subnetId)),
});

/** Those of the subnets with a role, and of others of the VPC that hold ENIs of the cluster. */
export const subnetAccounting = defineFact({
  id: 'subnetAccounting',
  needs: { accounts: allSubnetAccounts, roles: subnetRoles },
  helps: { owners: eniOwners, cluster: clusterName },
  derive: ({ accounts, roles, owners, cluster }): readonly SubnetAccounting[] => {
    const occupied = owners ? subnetsOfCluster(owners, cluster) : new Set<string>();
    return accounts.filter((a) => roles.has(a.subnetId) || occupied.has(a.subnetId));
  },
});

type Body = Pick<SubnetAccounting, 'addresses' | 'blocks' | 'owners' | 'notes'>;

function headOf(subnet: Subnet): Pick<SubnetReport, 'subnetId' | 'name' | 'availabilityZone' | 'cidr'> {
  const { subnetId, availabilityZone, cidr } = subnet;
  return { subnetId, name: subnet.tags.Name || null, availabilityZone, cidr };
}

function whole(
  use: SubnetUse,
  owners: ReadonlyMap<string, EniOwner>,
  states: BlockStates | undefined,
  cluster: string | undefined,
): Body {
  const { addresses, notes } = subnetNumbers(use);
  const blocks = states ? { ...states.counts, upperBound: states.upperBound } : null;
  return { addresses, blocks, owners: ownerShares(use, owners, cluster), notes };
}

/** Only the count of free addresses is known; a subnet without an IPv4 range has no account. */
function withoutEnis(subnet: Subnet): Body | undefined {
  const cidr = parseCidr(subnet.cidr);
  if (!cidr) return undefined;
  return {
    addresses: {
      total: sizeOf(cidr),
      reserved: AWS_RESERVED,
      seen: null,
      reservedUnallocated: null,
      free: subnet.availableIps,
      invisible: null,
    },
    blocks: null,
    owners: null,
    notes: ['the ENIs were not read'],
  };
}

function subnetsOfCluster(owners: ReadonlyMap<string, EniOwner>, cluster: string | undefined): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const owner of owners.values())
    if (owner.node !== undefined || (cluster !== undefined && owner.cluster === cluster)) ids.add(owner.eni.subnetId);
  return ids;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
