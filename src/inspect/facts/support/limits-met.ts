/** Where a node's own limits are met: told by one rule to the check that reports it and to the cause of a waiting pod. */
import { HOST_PODS } from '../../../calc/maxpods/index.ts';
import type { NodeDemand } from '../demand.ts';
import type { NodeCapacity } from '../node-capacity.ts';
import type { NodeEnis } from '../node-enis.ts';

/** Pods kubelet admits that would find no address; branch pods bring their own. Every Linux node runs two host-network pods. */
export function excessPods(c: NodeCapacity, d: NodeDemand): number {
  if (c.maxPods === undefined) return 0;
  return c.maxPods - Math.max(d.hostNetwork, HOST_PODS) - c.podIps - Math.min(c.branchEnis, d.branch);
}

/** A node that should have a trunk ENI, on a type that can carry one, and has none. */
export function lacksTrunk(c: NodeCapacity, enis: NodeEnis): boolean {
  return c.trunk > 0 && c.limits.trunkingCompatible !== false && !enis.trunk && (c.node.podEni ?? 0) === 0;
}
