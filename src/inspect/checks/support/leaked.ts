/** ENIs that the CNI made and nobody holds any more, old enough to be sure. */
import { blocksOf } from '../../../calc/blocks.ts';
import type { Run } from '../../facts/define-fact.ts';
import type { EniOwner } from '../../facts/eni-owners.ts';
import { type SubnetUse, subnetUse, withoutEnis } from '../../facts/subnet-use.ts';
import type { Policy } from '../../policy.ts';
import type { NetworkInterface, Subnet } from '../../snapshot/ec2.ts';

/**
 * Why nobody cleans it up: its instance is gone; it carries no cluster tag, so that the control plane's cleaner skips it; its
 * tag names another cluster; or its instance still runs.
 */
export type LeakReason = 'dead-instance' | 'no-cluster-tag' | 'foreign-cluster' | 'live-instance';

export interface Leak {
  readonly eni: NetworkInterface;
  readonly reason: LeakReason;
  readonly addresses: number;
  /** Undefined where nothing tells when it was made. */
  readonly ageSeconds?: number;
}

const CLUSTER_TAG = 'cluster.k8s.amazonaws.com/name';
const INSTANCE_TAG = 'node.k8s.amazonaws.com/instance_id';

/**
 * Unattached ENIs of aws-node (`awsutils.go:getLeakedENIs`) older than the policy's age. An ENI of unknown age counts only
 * when the instance it was made for is gone.
 */
export function leaksOf(
  owners: ReadonlyMap<string, EniOwner>,
  running: ReadonlySet<string> | undefined,
  clusterName: string | undefined,
  policy: Policy,
  now: number,
): Leak[] {
  return [...owners.values()].flatMap((owner) => {
    const { eni } = owner;
    if (!owner.leaked || eni.origin.kind !== 'cni-secondary' || eni.status !== 'available') return [];
    const ageSeconds = owner.since === undefined ? undefined : (now - Date.parse(owner.since)) / 1000;
    const instance = eni.tags[INSTANCE_TAG] ?? owner.instanceId;
    const gone = running !== undefined && instance !== undefined && !running.has(instance);
    if (ageSeconds === undefined ? !gone : ageSeconds < policy.thresholds.leakedEniMinutes * 60) return [];
    const tag = eni.tags[CLUSTER_TAG];
    const foreign = tag !== undefined && clusterName !== undefined && tag !== clusterName;
    const reason = foreign
      ? 'foreign-cluster'
      : tag === undefined
        ? 'no-cluster-tag'
        : gone
          ? 'dead-instance'
          : 'live-instance';
    return [{ eni, reason, addresses: addressesOn(eni), ...(ageSeconds === undefined ? {} : { ageSeconds }) }];
  });
}

/** Addresses a subnet loses to an ENI: each of its own, and sixteen for a prefix. */
export function addressesOn(eni: NetworkInterface): number {
  return (eni.primaryIp === undefined ? 0 : 1) + eni.secondaryIps.length + eni.prefixes.length * 16;
}

/** /28 blocks of a subnet that become free for prefixes with these ENIs gone; 0 where ENIs were not read. */
export function blocksFreedBy(run: Run, subnet: Subnet, gone: ReadonlySet<string>): number {
  const use = run.valueOf(subnetUse)?.get(subnet.subnetId);
  if (!use) return 0;
  const enis = new Set(use.shares.map((s) => s.eni).filter((e) => gone.has(e.eniId)));
  const freeIn = ({ cidr, addresses, prefixes, reservations }: SubnetUse): number => {
    const { free, prefixReserved } = blocksOf({ cidr, addresses, prefixes, reservations: reservations ?? [] }).counts;
    return free + prefixReserved;
  };
  return freeIn(withoutEnis(use, enis)) - freeIn(use);
}
