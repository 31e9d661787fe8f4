import type { Cni } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { demand, type NodeDemand } from './demand.ts';
import { networking } from './networking.ts';
import { type NodeCapacity, nodeCapacity } from './node-capacity.ts';
import { type NodeEnis, nodeEnis } from './node-enis.ts';
import { type NodeTrouble, nodeTroubles } from './node-troubles.ts';
import { podSubnets } from './pod-subnets.ts';
import { type StuckPod, stuckPods } from './stuck-pods.ts';
import { subnetAccounting } from './subnet-accounting.ts';
import { subnetBlocks } from './subnet-blocks.ts';
import { type SubnetNeed, subnetNeed } from './subnet-need.ts';

/** The check whose finding accounts for a pod without an address. */
export type StuckCause = NodeTrouble | 'HLT002' | 'SGP001' | 'SGP003' | 'MAX001' | 'PFX001' | 'SUB001';

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
    cni: section('cni'),
    networking,
    capacity: nodeCapacity,
    demand,
    enis: nodeEnis,
    pods: podSubnets,
    accounts: subnetAccounting,
    blocks: subnetBlocks,
    need: subnetNeed,
  },
  derive: (v): ReadonlyMap<string, StuckCause> => {
    const accounts = new Map(v.accounts?.map((a) => [a.subnetId, a.addresses.free]));
    const room: Room = {
      free: (id) => accounts.get(id),
      blocks: (id) => {
        const counts = v.blocks?.get(id)?.counts;
        return counts && counts.free + counts.prefixReserved;
      },
      need: (id) => v.need?.get(id),
    };
    const causeOf = (pod: StuckPod): StuckCause | undefined => {
      const trouble = v.troubles?.get(pod.node);
      if (trouble) return trouble;
      if (pod.events.some((kind) => OTHER_TROUBLE.has(kind))) return undefined;
      if (v.cni && awsNodeDown(v.cni, pod.node)) return 'HLT002';
      const subnets = v.pods?.byNode.get(pod.node) ?? [];
      if (pod.wantsBranch) {
        if (v.networking && !v.networking.settings.podEni) return 'SGP001';
        if (!v.enis) return undefined;
        const trunk = v.enis.get(pod.node)?.trunk;
        if (!trunk) return 'SGP003';
        return room.free(trunk.subnetId) === 0 ? 'SUB001' : undefined;
      }
      const capacity = v.capacity?.get(pod.node);
      if (capacity && atLimit(capacity, v.demand?.get(pod.node), v.enis?.get(pod.node))) return 'MAX001';
      return shortage(subnets, capacity?.mode === 'prefix', room);
    };
    return new Map(
      v.stuck.flatMap((pod) => {
        const cause = causeOf(pod);
        return cause ? [[pod.pod, cause] as const] : [];
      }),
    );
  },
});

interface Room {
  readonly free: (subnetId: string) => number | undefined;
  readonly blocks: (subnetId: string) => number | undefined;
  readonly need: (subnetId: string) => SubnetNeed | undefined;
}

/** Whether a subnet has too few addresses for one more node; an unread one has enough. */
export function isShort(free: number | undefined, need: SubnetNeed | undefined): boolean {
  return free !== undefined && free < (need?.addresses ?? 1);
}

/** Every subnet of the node is out of addresses, or out of blocks while addresses are left. */
function shortage(subnets: readonly string[], prefixes: boolean, room: Room): 'SUB001' | 'PFX001' | undefined {
  if (subnets.length === 0) return undefined;
  const states = subnets.map((id) =>
    isShort(room.free(id), room.need(id)) ? 'addresses' : prefixes && room.blocks(id) === 0 ? 'blocks' : 'room',
  );
  if (states.includes('room')) return undefined;
  return states.includes('blocks') ? 'PFX001' : 'SUB001';
}

/** The node holds all it can and its pods want more; without a look at its ENIs, its pods alone decide. */
function atLimit(capacity: NodeCapacity, pods: NodeDemand | undefined, enis: NodeEnis | undefined): boolean {
  if (!pods || pods.addressed <= capacity.podIps) return false;
  return !enis || enis.held >= capacity.podIps;
}

function awsNodeDown(cni: Cni, node: string): boolean {
  const pods = cni.pods.filter((p) => p.node === node);
  return pods.length > 0 && pods.every((p) => !p.ready);
}
