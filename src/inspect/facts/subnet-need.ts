import type { Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { joiningNodeNeed, type Need } from './joining-node-need.ts';
import { networking } from './networking.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { podSubnets } from './pod-subnets.ts';
import { nodeGroupOf } from './support/node-group.ts';

/** What the nodes of today tell of one more of their kind in a subnet. */
export interface SubnetNeed {
  /** Addresses one more node takes here when it joins; at least 1. */
  readonly addresses: number;
  /** Of those, whole /28 blocks. */
  readonly blocks: number;
  /** True where no node here is of known capacity, or whose pods live here is not known: the least a node can take. */
  readonly atLeast: boolean;
  /** Nodes with their primary ENI here. */
  readonly launched: readonly string[];
  /** Nodes whose pods take addresses here. */
  readonly draws: readonly string[];
  /** Other subnets in which nodes that draw from here may create their further ENIs. */
  readonly alternatives: readonly string[];
}

/**
 * By subnet id, for subnets that serve nodes of aws-node or belong to a managed node group of theirs. The hungriest node
 * decides; where none runs yet, the hungriest of the group, or of the cluster.
 */
export const subnetNeed = defineFact({
  id: 'subnetNeed',
  needs: { nodes: nodesServedByCni, instances: nodeInstances },
  helps: { joiningNodeNeed, podSubnets, nodegroups: section('nodegroups'), networking },
  derive: ({ nodes, instances, joiningNodeNeed: sizes, podSubnets: pods, nodegroups, networking: net }) => {
    const needs = new Map<string, Draft>();
    for (const { name } of nodes.served) {
      const home = instances.get(name)?.subnetId;
      const draws = pods?.byNode.get(name) ?? [];
      const size = sizes?.get(name);
      const alone = draws.length === 1 && draws[0] === home;
      for (const subnetId of alone ? draws : new Set([...(home ? [home] : []), ...draws])) {
        const draft = needs.get(subnetId) ?? {
          addresses: 1,
          blocks: 0,
          atLeast: true,
          launched: [],
          draws: [],
          alternatives: new Set(),
        };
        needs.set(subnetId, draft);
        if (subnetId === home) draft.launched.push(name);
        if (draws.includes(subnetId)) {
          draft.draws.push(name);
          for (const other of draws) if (other !== subnetId) draft.alternatives.add(other);
        }
        if (size && pods?.byNode.has(name)) draft.atLeast = false;
        const take = takenHere(size, subnetId === home, draws.includes(subnetId));
        draft.addresses = Math.max(draft.addresses, take.addresses);
        draft.blocks = Math.max(draft.blocks, take.blocks);
      }
    }
    for (const group of nodegroups ?? []) {
      const own = nodes.served.filter((n) => isOf(group.name, n));
      const kin = (own.length > 0 ? own : nodes.served).flatMap((n) => sizes?.get(n.name) ?? []);
      for (const id of group.subnetIds) {
        if (needs.has(id) || kin.length === 0) continue;
        const takes = kin.map((size) => takenHere(size, true, net?.settings.customNetworking === false));
        const addresses = Math.max(...takes.map((t) => t.addresses));
        const blocks = Math.max(...takes.map((t) => t.blocks));
        const atLeast = pods === undefined;
        needs.set(id, { addresses, blocks, atLeast, launched: [], draws: [], alternatives: new Set() });
      }
    }
    return new Map(
      [...needs].map(([id, d]): [string, SubnetNeed] => [id, { ...d, alternatives: [...d.alternatives] }]),
    );
  },
});

interface Draft {
  addresses: number;
  blocks: number;
  atLeast: boolean;
  launched: string[];
  draws: string[];
  alternatives: Set<string>;
}

function isOf(group: string, node: Node): boolean {
  const { kind, name } = nodeGroupOf(node);
  return kind === 'managed' && name === group;
}

function takenHere(
  size: Need | undefined,
  launches: boolean,
  draws: boolean,
): { readonly addresses: number; readonly blocks: number } {
  if (!size) return { addresses: 1, blocks: 0 };
  const primary = launches ? size.primary : 0;
  if (!draws) return { addresses: primary, blocks: 0 };
  return { addresses: primary + size.podSubnetAddresses, blocks: size.podSubnetBlocks };
}
