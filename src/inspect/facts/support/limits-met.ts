/** Where a node's own limits are met: told by one rule to the check that reports it and to the cause of a waiting pod. */
import { HOST_PODS, KUBELET_DEFAULT, vcpuCeiling } from '../../../calc/maxpods/index.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import type { NodeDemand } from '../demand.ts';
import type { Networking } from '../networking.ts';
import type { NodeCapacity } from '../node-capacity.ts';
import type { NodeEnis } from '../node-enis.ts';

/** Pods kubelet admits that would find no address; branch pods bring their own. Every Linux node runs two host-network pods. */
export function excessPods(c: NodeCapacity, d: NodeDemand): number {
  if (c.maxPods === undefined) return 0;
  return c.maxPods - Math.max(d.hostNetwork, HOST_PODS) - c.podIps - Math.min(c.branchEnis, d.branch);
}

/**
 * Pods that all get an address: what ipamd can give, the branch pods that run there today, and two on the host network, under
 * the ceiling of 110 or 250. One rule for "too many" and "too few": a branch ENI counts for the pods that have one.
 */
export function fittingPods(c: NodeCapacity, d: NodeDemand): number {
  const ceiling = vcpuCeiling(c.limits.vcpus) ?? KUBELET_DEFAULT;
  return Math.min(c.podIps + Math.min(c.branchEnis, d.branch) + HOST_PODS, ceiling);
}

/** A node that should have a trunk ENI, on a type that can carry one, and has none. */
export function lacksTrunk(c: NodeCapacity, enis: NodeEnis): boolean {
  return c.trunk > 0 && c.limits.trunkingCompatible !== false && !enis.trunk && (c.node.podEni ?? 0) === 0;
}

/** Every slot the node may have holds an address or a prefix, of whichever mode, and every address in use has its pod. */
export function slotsTaken(c: NodeCapacity, enis: NodeEnis): boolean {
  return enis.warm !== undefined && enis.warm <= 0 && slotsFilled(c, enis);
}

/** Share of a node's addresses that may rest at once for the churn of its pods to explain it. */
const RESTING = 1 / 3;

/**
 * Every slot is filled and the few addresses without a pod rest from the last one (`data_store.go`: 30 s): where pods get none all
 * the same, they come and go faster than that.
 */
export function churns(c: NodeCapacity, enis: NodeEnis): boolean {
  const { warm = 0, held, otherModeCidrs } = enis;
  return warm > 0 && warm <= held * RESTING && otherModeCidrs === 0 && slotsFilled(c, enis);
}

function slotsFilled(c: NodeCapacity, enis: NodeEnis): boolean {
  if (c.mode === 'ipv6') return false;
  const serving = enis.data.filter((e) => !enis.excluded.includes(e) && !(c.custom && e === enis.primary));
  const filled = serving.reduce((n, e) => n + e.secondaryIps.length + e.prefixes.length, 0);
  return filled > 0 && filled >= c.dataEnis * c.slotsPerEni;
}

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** By the taint, which is what ipamd looks at. */
export function isCordoned(node: Pick<Node, 'taints'>): boolean {
  return node.taints.some((t) => t.key === UNSCHEDULABLE && t.effect === 'NoSchedule');
}

/** On a cordoned node ipamd neither adds nor frees anything, unless it is told to (`ipamd.go:isENIAttachmentAllowed`). */
export function cannotGrow(c: NodeCapacity, enis: NodeEnis, net: Pick<Networking, 'settings'>): boolean {
  return isCordoned(c.node) && !net.settings.manageEnisOnCordonedNodes && c.mode !== 'ipv6' && enis.warm === 0;
}
