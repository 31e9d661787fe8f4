import type { CapacityNode } from './nodes.ts';
import type { SitesOf } from './placement.ts';
import type { Stretch, Stretches } from './stretches.ts';

/**
 * Each node as the first of those that nothing but its name tells from it, so that what is computed of a node is computed once
 * for all of them: thousands of nodes are of some dozen kinds. In the order of the nodes, those that follow one another
 * together. What the scheduler looks at is not compared.
 */
export function nodesByKind(nodes: readonly CapacityNode[], sites: SitesOf): Stretches<CapacityNode> {
  const firsts = new Map<string, CapacityNode>();
  const stretches: (Stretch<CapacityNode> & { count: number })[] = [];
  let before: CapacityNode | undefined;
  for (const node of nodes) {
    const last = stretches.at(-1);
    if (last && before && isAlike(before, node, sites)) last.count++;
    else {
      const key = keyOf(node, sites);
      const first = firsts.get(key) ?? node;
      firsts.set(key, first);
      stretches.push({ of: first, count: 1 });
    }
    before = node;
  }
  return stretches;
}

/** Whether the keys are the same, told without making them. */
function isAlike(a: CapacityNode, b: CapacityNode, sites: SitesOf): boolean {
  return (
    a.zone === b.zone &&
    a.subnetId === b.subnetId &&
    a.limits.instanceType === b.limits.instanceType &&
    a.maxPods === b.maxPods &&
    a.unmanagedEnis === b.unmanagedEnis &&
    a.primaryExcluded === b.primaryExcluded &&
    a.leftoverTrunk === b.leftoverTrunk &&
    a.otherCards.managed === b.otherCards.managed &&
    a.otherCards.addresses === b.otherCards.addresses &&
    a.otherCards.prefixes === b.otherCards.prefixes &&
    a.demand.networked === b.demand.networked &&
    a.demand.branch === b.demand.branch &&
    a.demand.selected === b.demand.selected &&
    a.demand.hostNetwork === b.demand.hostNetwork &&
    a.demand.daemonSet === b.demand.daemonSet &&
    // nodes with the same sites share them
    sites(a, 'custom') === sites(b, 'custom')
  );
}

function keyOf(node: CapacityNode, sites: SitesOf): string {
  const { zone, subnetId, limits, unmanagedEnis, primaryExcluded, leftoverTrunk, otherCards, maxPods, demand } = node;
  return JSON.stringify([
    ...[zone, subnetId, limits.instanceType, maxPods, unmanagedEnis, primaryExcluded, leftoverTrunk],
    ...[otherCards.managed, otherCards.addresses, otherCards.prefixes],
    ...[demand.networked, demand.branch, demand.selected, demand.hostNetwork, demand.daemonSet],
    // an ENIConfig is chosen by the node's labels
    sites(node, 'custom')?.pods,
  ]);
}
