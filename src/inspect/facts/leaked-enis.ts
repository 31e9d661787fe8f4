/** ENIs that the CNI made and nobody holds any more. */
import { parseGoBool } from '../../calc/ipamd/index.ts';
import type { NetworkInterface, Subnet } from '../snapshot/ec2.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { clusterName } from './cluster-name.ts';
import { defineFact, section } from './define-fact.ts';
import { eniOwners } from './eni-owners.ts';
import { runningInstances } from './running-instances.ts';
import { type SubnetUse, withoutEnis } from './subnet-use.ts';

/**
 * Why nobody cleans it up: its instance is gone, and aws-node is told not to clean up, or runs nowhere; it carries no cluster tag, so that the control plane's cleaner skips it; it is
 * another cluster's, by its own tag or its instance's; it names a cluster while this one's name is not known; its instance still
 * runs; or which instances run could not be read.
 */
export type LeakReason =
  | 'dead-instance'
  | 'no-cluster-tag'
  | 'foreign-cluster'
  | 'unknown-cluster'
  | 'cleanup-off'
  | 'no-nodes'
  | 'live-instance'
  | 'unknown-instance';

export interface Leak {
  readonly eni: NetworkInterface;
  readonly reason: LeakReason;
  readonly addresses: number;
  /** Undefined where nothing tells when it was made. */
  readonly ageSeconds?: number;
  /** The last instance it was made for, where its tag or owner tells. */
  readonly instanceId?: string;
}

const CLUSTER_TAG = 'cluster.k8s.amazonaws.com/name';
const INSTANCE_TAG = 'node.k8s.amazonaws.com/instance_id';

/**
 * Unattached ENIs of aws-node (`awsutils.go:getLeakedENIs`), however young. One of unknown age counts only when the instance it
 * was made for is gone.
 */
export const leakedEnis = defineFact({
  id: 'leakedEnis',
  needs: { owners: eniOwners },
  helps: { running: runningInstances, cluster: clusterName, cni: section('cni') },
  derive: ({ owners, running, cluster, cni }, { now, gapsOf }): readonly Leak[] => {
    // an instance that is not listed is gone only where all were
    const listed = gapsOf('running').length === 0 ? running : undefined;
    const cleaner = cleanerOf(cni);
    return [...owners.values()].flatMap((owner) => {
      const { eni } = owner;
      if (!owner.leaked || eni.origin.kind !== 'cni-secondary' || eni.status !== 'available') return [];
      const ageSeconds = owner.since === undefined ? undefined : (now - Date.parse(owner.since)) / 1000;
      const instance = eni.tags[INSTANCE_TAG] ?? owner.instanceId;
      const gone = listed !== undefined && instance !== undefined && !listed.has(instance);
      if (ageSeconds === undefined && !gone) return [];
      const whenGone = gone ? cleaner : undefined;
      const reason = reasonOf(eni.tags[CLUSTER_TAG], owner.cluster, cluster, whenGone, listed !== undefined);
      return [
        {
          eni,
          reason,
          addresses: addressesOn(eni),
          ...(ageSeconds === undefined ? {} : { ageSeconds }),
          ...(instance === undefined ? {} : { instanceId: instance }),
        },
      ];
    });
  },
});

/** What becomes of a leak of this cluster whose instance is gone: aws-node's hourly sweep is off, nobody runs it, or it will come. */
function cleanerOf(cni: Cni | undefined): 'cleanup-off' | 'no-nodes' | 'dead-instance' {
  if (!cni) return 'dead-instance';
  if (!cni.installed || cni.desired === 0) return 'no-nodes';
  const off = cni.containers.find((c) => c.name === 'aws-node')?.env.DISABLE_LEAKED_ENI_CLEANUP;
  return parseGoBool(off ?? '') === true ? 'cleanup-off' : 'dead-instance';
}

/** Whose it is goes before why it stays: an ENI that names a cluster may be anybody's where this one's name is not known. */
function reasonOf(
  tag: string | undefined,
  served: string | undefined,
  own: string | undefined,
  gone: 'cleanup-off' | 'no-nodes' | 'dead-instance' | undefined,
  instancesRead: boolean,
): LeakReason {
  const named = tag ?? served;
  if (named !== undefined && own === undefined) return 'unknown-cluster';
  if (named !== undefined && named !== own) return 'foreign-cluster';
  // the instance it was made for may name another cluster
  if (tag === undefined) return instancesRead ? 'no-cluster-tag' : 'unknown-instance';
  if (gone) return gone;
  return instancesRead ? 'live-instance' : 'unknown-instance';
}

/** Whether this cluster may delete it: another's ENIs are for its owners to judge. */
export function isOwnLeak({ reason }: Pick<Leak, 'reason'>): boolean {
  return reason !== 'foreign-cluster' && reason !== 'unknown-cluster';
}

/** Those old enough to be sure: a young one may be on its way to its node. */
export function olderThan(minutes: number, leaks: readonly Leak[] | undefined): readonly Leak[] {
  return (leaks ?? []).filter((l) => (l.ageSeconds ?? Number.POSITIVE_INFINITY) >= minutes * 60);
}

/** Addresses a subnet loses to an ENI: each of its own, and sixteen for a prefix. */
export function addressesOn(eni: NetworkInterface): number {
  return (eni.primaryIp === undefined ? 0 : 1) + eni.secondaryIps.length + eni.prefixes.length * 16;
}

/** /28 blocks of a subnet that become free for prefixes with these ENIs gone; 0 where ENIs were not read. */
export function blocksFreedBy(
  uses: ReadonlyMap<string, SubnetUse> | undefined,
  subnet: Subnet,
  gone: ReadonlySet<string>,
): number {
  const use = uses?.get(subnet.subnetId);
  if (!use) return 0;
  const enis = new Set(use.shares.map((s) => s.eni).filter((e) => gone.has(e.eniId)));
  const freeIn = ({ blocks }: SubnetUse): number => {
    const { free, prefixReserved } = blocks().counts;
    return free + prefixReserved;
  };
  return freeIn(withoutEnis(use, enis)) - freeIn(use);
}
