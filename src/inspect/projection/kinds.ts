import type { CapacityNode } from './nodes.ts';
import type { SitesOf } from './placement.ts';

/**
 * Each node as the first of those that nothing but its name tells from it, so that what is computed of a node is computed once
 * for all of them: thousands of nodes are of some dozen kinds. In the order of the nodes. What the scheduler looks at is not
 * compared.
 */
export function firstsOfKind(nodes: readonly CapacityNode[], sites: SitesOf): readonly CapacityNode[] {
  const firsts = new Map<string, CapacityNode>();
  return nodes.map((node) => {
    const { zone, subnetId, limits, unmanagedEnis, primaryExcluded, leftoverTrunk, otherCards, maxPods, demand } = node;
    const key = JSON.stringify([
      ...[zone, subnetId, limits.instanceType, maxPods, unmanagedEnis, primaryExcluded, leftoverTrunk],
      ...[otherCards.managed, otherCards.addresses, otherCards.prefixes],
      ...[demand.networked, demand.branch, demand.selected, demand.hostNetwork, demand.daemonSet],
      // an ENIConfig is chosen by the node's labels
      sites(node, 'custom')?.pods,
    ]);
    const first = firsts.get(key) ?? node;
    firsts.set(key, first);
    return first;
  });
}
