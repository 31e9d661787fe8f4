import { badReleases } from '../../calc/maxpods/index.ts';
import { attachmentRefused } from './attachment-refused.ts';
import { awsNodeDown } from './aws-node-down.ts';
import { defineFact } from './define-fact.ts';
import { demand, type NodeDemand } from './demand.ts';
import { type EniConfigChoice, eniConfigResolution } from './eni-config-resolution.ts';
import { type Networking, networking } from './networking.ts';
import { type NodeCapacity, nodeCapacity } from './node-capacity.ts';
import { type NodeEnis, nodeEnis } from './node-enis.ts';
import { NODE_TROUBLES, nodeTroubles } from './node-troubles.ts';
import { podSubnets } from './pod-subnets.ts';
import { starvedNodes } from './starved-nodes.ts';
import { type StuckPod, stuckPods } from './stuck-pods.ts';
import { subnetAccounting } from './subnet-accounting.ts';
import { subnetBlocks } from './subnet-blocks.ts';
import { subnetNeed } from './subnet-need.ts';
import { leavesPodsWaiting } from './support/aws-node-state.ts';
import { cannotGrow, churns, excessPods, lacksTrunk, slotsTaken } from './support/limits-met.ts';
import { poolCeiling } from './support/pool-ceiling.ts';
import { roomOf, shortage } from './support/shortage.ts';

/** Why a pod has no address. Each is accounted for by a check, which says so. */
export const STUCK_CAUSES = [
  ...NODE_TROUBLES,
  'aws-node-down',
  'annotation-refused',
  'branch-enis-off',
  'no-trunk',
  'groups-refused',
  'branch-cooldown',
  'node-full',
  'frozen-pool',
  'attachment-refused',
  'other-mode',
  'no-slot',
  'churn',
  'no-eligible-subnet',
  'no-free-block',
  'no-free-address',
  'cordoned',
  'bad-release',
] as const;
export type StuckCause = (typeof STUCK_CAUSES)[number];

/** Texts of events that say more than "no address": a missing address is not what these pods wait for. */
const OTHER_TROUBLE = new Set(['network-policy-setup-failed', 'wrong-client-version']);

/**
 * Cause by pod (`namespace/name`), one at most, so that no pod is told twice; a pod whose cause is not known has no entry.
 * What stops the whole node comes first, then what stops this pod, then the node's own limit, then its subnets.
 */
export const stuckCauses = defineFact({
  id: 'stuckCauses',
  needs: { stuck: stuckPods },
  helps: {
    troubles: nodeTroubles,
    refused: attachmentRefused,
    down: awsNodeDown,
    networking,
    choices: eniConfigResolution,
    capacity: nodeCapacity,
    demand,
    enis: nodeEnis,
    pods: podSubnets,
    accounts: subnetAccounting,
    blocks: subnetBlocks,
    need: subnetNeed,
    starved: starvedNodes,
  },
  derive: (v, { gapsOf }): ReadonlyMap<string, StuckCause> => {
    const whole = (['enis', 'accounts', 'pods'] as const).every((name) => gapsOf(name).length === 0);
    const room = roomOf(v);
    const causeOf = (pod: StuckPod): StuckCause | undefined => {
      const trouble = v.troubles?.get(pod.node);
      if (trouble) return trouble;
      if (pod.events.includes('branch-annotation-failed')) return 'annotation-refused';
      if (pod.events.some((kind) => OTHER_TROUBLE.has(kind))) return undefined;
      const starved = v.starved?.get(pod.node);
      if (starved) return starved;
      const down = v.down?.get(pod.node);
      if (down && leavesPodsWaiting(down)) return 'aws-node-down';
      const capacity = v.capacity?.get(pod.node);
      const enis = v.enis?.get(pod.node);
      const subnets = v.pods?.byNode.get(pod.node) ?? [];
      if (pod.wantsBranch) {
        if (v.networking && !v.networking.settings.podEni) return 'branch-enis-off';
        if (pod.events.includes('security-group-refused')) return 'groups-refused';
        if (!enis) return undefined;
        const { trunk } = enis;
        if (!trunk) return capacity && lacksTrunk(capacity, enis) ? 'no-trunk' : undefined;
        if (capacity && coolsDown(capacity, v.demand?.get(pod.node), enis)) return 'branch-cooldown';
        return room.free(trunk.subnetId) === 0 ? 'no-free-address' : undefined;
      }
      if (capacity && atLimit(capacity, v.demand?.get(pod.node), enis)) return 'node-full';
      if (v.networking && stopsAtMinimum(v.networking, v.demand?.get(pod.node), enis)) return 'frozen-pool';
      if (v.refused?.has(pod.node)) return 'attachment-refused';
      if (capacity && enis && slotsTaken(capacity, enis)) return enis.otherModeCidrs > 0 ? 'other-mode' : 'no-slot';
      const refusedIp = pod.events.includes('assign-ip-failed') && v.networking?.env.ANNOTATE_POD_IP !== 'true';
      if (capacity && enis && refusedIp && churns(capacity, enis)) return 'churn';
      const discovers = v.networking && !v.networking.settings.customNetworking;
      if (discovers && v.pods?.byNode.has(pod.node) && subnets.length === 0) return 'no-eligible-subnet';
      const short = shortage(subnets, capacity?.mode === 'prefix', room);
      if (short) return short;
      // what may be short elsewhere would come first
      const roomSeen = whole && subnets.length > 0 && subnets.every((id) => room.free(id) !== undefined);
      const stays = capacity && enis && v.networking && cannotGrow(capacity, enis, v.networking);
      if (roomSeen && stays) return 'cordoned';
      return roomSeen && v.networking && stalls(v.networking, v.choices?.get(pod.node)) ? 'bad-release' : undefined;
    };
    return new Map(
      v.stuck.flatMap((pod) => {
        const cause = causeOf(pod);
        return cause ? [[pod.pod, cause] as const] : [];
      }),
    );
  },
});

/** The node holds all it can and its pods want more; without a look at its ENIs, its pods alone decide. */
function atLimit(capacity: NodeCapacity, pods: NodeDemand | undefined, enis: NodeEnis | undefined): boolean {
  if (!pods || pods.addressed <= capacity.podIps || excessPods(capacity, pods) <= 0) return false;
  return !enis || enis.held >= capacity.podIps;
}

/** A release known to leave pods waiting beside free addresses, as far as its condition can be seen on this node. */
function stalls({ cniVersion }: Networking, choice: EniConfigChoice | undefined): boolean {
  return badReleases(cniVersion ?? '').some(
    (row) =>
      row.symptom === 'pods-wait' &&
      (row.when === 'always' ||
        (row.when === 'eniconfig-without-groups' && choice?.eniConfig?.securityGroupIds.length === 0)),
  );
}

/**
 * The trunk carries as many branch ENIs as it can, those of ended pods in cool-down among them, though its pods alone would fit
 * (vpc-resource-controller: trunk.go canCreateMore).
 */
function coolsDown({ branchEnis }: NodeCapacity, pods: NodeDemand | undefined, enis: NodeEnis): boolean {
  return branchEnis > 0 && enis.branch.length >= branchEnis && pods !== undefined && pods.branch <= branchEnis;
}

/** A pool that never grows past MINIMUM_IP_TARGET has come to it, and its pods want more. */
function stopsAtMinimum(net: Networking, pods: NodeDemand | undefined, enis: NodeEnis | undefined): boolean {
  const ceiling = poolCeiling(net);
  return ceiling !== undefined && pods !== undefined && pods.addressed > ceiling && (!enis || enis.held >= ceiling);
}
