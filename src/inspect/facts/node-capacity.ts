import type { InstanceType } from '../../calc/catalog/instance-type.ts';
import type { Mode } from '../../calc/patterns.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { defineFact, notTold, type Unknown } from './define-fact.ts';
import type { NodeGroup } from './node-group.ts';
import { nodesServedByCni } from './platforms.ts';

/** What one node can address. Letters in brackets are those of the formula `(E - U - C - T) × (I - 1)`. */
export interface NodeCapacity {
  readonly node: Node;
  readonly instanceType: string;
  readonly limits: InstanceType;
  readonly zone?: string;
  readonly group: NodeGroup;
  /** In force on this type: prefixes need Nitro or bare metal (`ipamd.go:isConfigValid`). */
  readonly mode: Mode;
  /** ENIs ipamd allows itself, primary and trunk included (E). */
  readonly eniLimit: number;
  /** Attached ENIs on card 0 that ipamd leaves alone (U). */
  readonly unmanaged: number;
  /** 1 where the primary ENI gets no pod addresses: custom networking, or its subnet tagged `kubernetes.io/role/cni=0` (C). */
  readonly custom: 0 | 1;
  /** 1 where a slot is kept for the trunk (T). */
  readonly trunk: 0 | 1;
  /** ENIs that may hold pod addresses. */
  readonly dataEnis: number;
  readonly slotsPerEni: number;
  /** Addresses ipamd can give to pods here at most; 2^48 in IPv6. */
  readonly podIps: number;
  /** Branch ENIs the trunk carries; 0 without security groups for pods. */
  readonly branchEnis: number;
  /** kubelet's, as the node says. */
  readonly maxPods?: number;
  /** What the AMI sets from the type alone: `ENIs × (IPs per ENI - 1) + 2`. */
  readonly formulaMaxPods: number;
  /** Safe maximum for any mix of pods: addresses plus two host-network pods, under the vCPU ceiling of 110 or 250. */
  readonly recommendedMaxPods: number;
}

/** Capacity by node name. Served nodes only; nodes whose instance type or its limits are unknown are left out. */
export const nodeCapacity = defineFact({
  id: 'nodeCapacity',
  needs: { nodes: nodesServedByCni },
  derive: (): Unknown | ReadonlyMap<string, NodeCapacity> => notTold('not derived'),
});
