import type { Pair } from '../../calc/patterns.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { defineFact, notTold, section, type Unknown } from './define-fact.ts';
import { nodesServedByCni } from './platforms.ts';

/** What EC2 shows of one node's network card 0. */
export interface NodeEnis {
  readonly node: Node;
  readonly instanceId: string;
  readonly primary?: NetworkInterface;
  /** ENIs ipamd manages, the primary included, the trunk not. */
  readonly data: readonly NetworkInterface[];
  readonly trunk?: NetworkInterface;
  /** `no_manage`, EFA-only, or untagged where MANAGE_UNTAGGED_ENI is off (`ipamd.go:setUnmanagedENIs`). */
  readonly unmanaged: readonly NetworkInterface[];
  /** Branch ENIs of the trunk, those in cool-down included. */
  readonly branch: readonly NetworkInterface[];
  /** ENIs on further network cards. */
  readonly otherCards: readonly NetworkInterface[];
  /** Pod addresses held in the node's mode: a prefix counts as 16. */
  readonly held: number;
  /** Held addresses that a live pod has; undefined where pods were not read. */
  readonly assigned?: number;
  /** `held - assigned`, addresses in cool-down included. */
  readonly warm?: number;
  /** Slots filled in the other mode: single addresses in prefix mode, prefixes in secondary mode. */
  readonly otherModeCidrs: number;
  readonly prefixes: number;
  /** Prefixes with at least one live pod; undefined where pods were not read. */
  readonly usedPrefixes?: number;
  /** The pattern and mode the node's ENIs show; what they leave open is as configured. */
  readonly observed: Pair;
}

/** ENIs by node name. Served nodes that are EC2 instances only. */
export const nodeEnis = defineFact({
  id: 'nodeEnis',
  needs: { nodes: nodesServedByCni, enis: section('networkInterfaces') },
  derive: (): Unknown | ReadonlyMap<string, NodeEnis> => notTold('not derived'),
});
