import { defineFact, notTold, type Unknown } from './define-fact.ts';
import { nodeEnis } from './node-enis.ts';

export interface PoolUse {
  /** Pod addresses held; a prefix counts as 16. */
  readonly held: number;
  readonly used: number;
  readonly idle: number;
}

/** How much of the warm pool stands idle. Nodes younger than ten minutes are left out. */
export interface WarmPool extends PoolUse {
  readonly byNode: ReadonlyMap<string, PoolUse>;
  /** Idle addresses by the subnet they are in. */
  readonly bySubnet: ReadonlyMap<string, number>;
  /** The variable that keeps them, and its value; undefined where none stands out. */
  readonly driver?: { readonly variable: string; readonly value: string; readonly why: string };
}

export const warmPool = defineFact({
  id: 'warmPool',
  needs: { enis: nodeEnis },
  derive: (): Unknown | WarmPool => notTold('not derived'),
});
