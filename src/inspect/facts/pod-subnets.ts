import { defineFact, notTold, type Unknown } from './define-fact.ts';
import { networking } from './networking.ts';
import { nodesServedByCni } from './platforms.ts';

/** Subnets in which a node's further ENIs are created. */
export interface PodSubnets {
  /** Node name → subnet ids; discovery lists the one with most free addresses first. Nodes of unknown subnet are left out. */
  readonly byNode: ReadonlyMap<string, readonly string[]>;
  readonly nodesOf: ReadonlyMap<string, readonly string[]>;
}

export const podSubnets = defineFact({
  id: 'podSubnets',
  needs: { nodes: nodesServedByCni, networking },
  derive: (): Unknown | PodSubnets => notTold('not derived'),
});
