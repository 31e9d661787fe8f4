/**
 * The world a projection starts from.
 *
 * A change that is laid over (Terraform, manifests, eksctl, Helm) is not a second kind of input: its reader makes a changed
 * `ClusterSnapshot` of the one that was taken, in which the subnets, node groups, Auto Scaling groups, NodePools, ENIConfigs,
 * the environment of aws-node and the pods of new or scaled workloads are as the change leaves them, and the world is built
 * from that. So every fact and every check works on it as it does on any snapshot, and there is no second arithmetic. Machines
 * are left as they are: a node that its changed group would no longer launch (another type, a subnet it no longer has) is taken
 * as replaced by the scenarios that look past the roll-out. What a snapshot cannot hold, such as a value that is not known
 * before the apply, goes along as `unknowns`: it makes every scenario that depends on it incomplete.
 */
import type { Pair } from '../../calc/patterns.ts';
import type { Incomplete } from '../contract/plan.ts';
import type { Run } from '../facts/define-fact.ts';

export interface ProjectionWorld {
  /** Facts over the snapshot with the change in it. */
  readonly run: Run;
  /** The pair that is projected, and whether it is the one in force. */
  readonly pair: Pair;
  readonly current: boolean;
  /** What a change leaves open. */
  readonly unknowns: readonly Incomplete[];
}
