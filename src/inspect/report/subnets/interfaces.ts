/** The inventory of a subnet's interfaces, and the clusters they serve. */
import { ADDRESSES_PER_BLOCK } from '../../../calc/blocks.ts';
import type { SubnetInterface, SubnetItem } from '../../contract/subnets.ts';
import type { EniOwner } from '../../facts/eni-owners.ts';
import type { SubnetUse } from '../../facts/subnet-use.ts';
import { addressesOf } from '../../projection/drains/held-blocks.ts';

export function interfacesOf(use: SubnetUse, owners: ReadonlyMap<string, EniOwner>): SubnetInterface[] {
  return use.shares.flatMap(({ eni }) => {
    const owner = owners.get(eni.eniId);
    return owner ? [inventoried(owner)] : [];
  });
}

function inventoried(owner: EniOwner): SubnetInterface {
  const { eni } = owner;
  return {
    eniId: eni.eniId,
    class: owner.class,
    name: owner.name,
    detail: owner.detail ?? null,
    confidence: owner.confidence,
    cluster: owner.cluster ?? null,
    instanceId: owner.instanceId ?? null,
    node: owner.node ?? null,
    status: eni.status,
    type: eni.type,
    description: eni.description ?? null,
    requesterId: eni.requesterId ?? null,
    addresses: addressesOf(eni),
    prefixes: eni.prefixes,
    idle: owner.idle ?? null,
    leaked: owner.leaked,
  };
}

/** Addresses by EKS cluster, the largest share first. */
export function clustersIn(
  use: SubnetUse,
  owners: ReadonlyMap<string, EniOwner>,
  ours: string | undefined,
): NonNullable<SubnetItem['clusters']> {
  const sums = new Map<string, number>();
  for (const { eni, primary, secondaries, prefixes } of use.shares) {
    const cluster = owners.get(eni.eniId)?.cluster;
    if (cluster === undefined) continue;
    sums.set(cluster, (sums.get(cluster) ?? 0) + primary + secondaries + ADDRESSES_PER_BLOCK * prefixes);
  }
  return [...sums]
    .map(([name, addresses]) => ({ name, ours: name === ours, addresses }))
    .sort((a, b) => b.addresses - a.addresses || (a.name < b.name ? -1 : 1));
}

/** Who the owner is, nothing tells. */
export const UNKNOWN_OWNERS: ReadonlySet<string> = new Set(['aws-service', 'unattached', 'other']);
