/** What can leave a subnet: nodes by draining, Fargate pods by eviction, interfaces that were left behind by deletion. */

import { type Run, section } from '../../facts/define-fact.ts';
import { isLive } from '../../facts/demand.ts';
import type { EniOwner } from '../../facts/eni-owners.ts';
import { type Leak, leakedEnis, olderThan } from '../../facts/leaked-enis.ts';
import { matches } from '../../facts/support/label-selector.ts';
import type { Policy } from '../../policy.ts';
import type { Node, Workloads } from '../../snapshot/kubernetes.ts';
import { type Pod, podsOf } from '../../snapshot/pods.ts';

export interface Mover {
  /** `instance`: a node that only EC2 shows. */
  readonly kind: 'node' | 'instance' | 'pod' | 'interface';
  /** Name of the node, id of the instance or interface, `namespace/name` of the pod. */
  readonly id: string;
  readonly node?: Node;
  /** Pods that move with it; undefined where pods were not read. */
  readonly pods?: number;
  /** Budgets that let one of its pods go no more; undefined where they were not read. */
  readonly blockedBy?: readonly string[];
}

export interface Movers {
  /** Left behind by the CNI, those of other clusters included. */
  readonly leaks: readonly Leak[];
  readonly all: readonly Mover[];
  /** Index of the mover with which an interface leaves; undefined where it stays. */
  readonly of: (owner: EniOwner) => number | undefined;
}

export function moversOf(run: Run, policy: Policy): Movers {
  const cluster = run.valueOf(section('cluster'))?.name;
  const nodes = run.valueOf(section('nodes'));
  const byName = new Map(nodes?.map((n) => [n.name, n]));
  const leaks = olderThan(policy.thresholds.leakedEniMinutes, run.valueOf(leakedEnis));
  const leaked = new Set(leaks.filter((l) => l.reason !== 'foreign-cluster').map((l) => l.eni.eniId));
  const evicted = evictions(run);
  const all: Mover[] = [];
  const indexes = new Map<string, number>();
  const index = (mover: Mover): number => {
    const key = `${mover.kind} ${mover.id}`;
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, all.length);
    all.push(mover);
    return all.length - 1;
  };
  const of = (owner: EniOwner): number | undefined => {
    const { eni } = owner;
    if (leaked.has(eni.eniId)) return index({ kind: 'interface', id: eni.eniId, pods: 0, blockedBy: [] });
    const pod = owner.class === 'fargate' ? evicted?.fargate.get(eni.primaryIp ?? '') : undefined;
    if (pod) return index({ kind: 'pod', ...pod });
    // an interface that its instance leaves behind keeps its addresses
    if (eni.attachment?.deleteOnTermination === false) return undefined;
    const node = owner.node === undefined ? undefined : byName.get(owner.node);
    if (node?.instanceId !== undefined) {
      const blockedBy = evicted?.blockedBy?.get(node.name) ?? (evicted?.blockedBy && []);
      return index({
        kind: 'node',
        id: node.name,
        node,
        pods: evicted && (evicted.byNode.get(node.name) ?? 0),
        blockedBy,
      });
    }
    if (nodes || owner.instanceId === undefined || !isNode(owner, cluster)) return undefined;
    return index({ kind: 'instance', id: owner.instanceId });
  };
  return { leaks, all, of };
}

const OF_NODES: ReadonlySet<string> = new Set(['node-primary', 'cni-secondary', 'sgp-trunk', 'sgp-branch']);

/** Without Kubernetes, tags tell an instance that is a node; where a cluster is asked for, only its own may be drained. */
function isNode(owner: EniOwner, cluster: string | undefined): boolean {
  if (owner.leaked) return false;
  if (cluster !== undefined && owner.cluster !== cluster) return false;
  return OF_NODES.has(owner.class) || (cluster === undefined && owner.class === 'other-cluster');
}

interface Evictions {
  /** Pods that a drain moves, by node. */
  readonly byNode: ReadonlyMap<string, number>;
  readonly blockedBy?: ReadonlyMap<string, readonly string[]>;
  /** Fargate pods by their address. */
  readonly fargate: ReadonlyMap<string, Pick<Mover, 'id' | 'pods' | 'blockedBy'>>;
}

/** Undefined where pods were not read. */
function evictions(run: Run): Evictions | undefined {
  const pods = run.valueOf(section('pods'));
  if (!pods) return undefined;
  const full = run.valueOf(section('workloads'))?.disruptionBudgets.filter((b) => b.disruptionsAllowed < 1);
  const byNode = new Map<string, number>();
  const blockedBy = new Map<string, string[]>();
  const fargate = new Map<string, Pick<Mover, 'id' | 'pods' | 'blockedBy'>>();
  for (const pod of podsOf(pods)) {
    if (!isLive(pod) || !isEvicted(pod)) continue;
    const budgets = full?.filter((b) => covers(b, pod)).map((b) => `${b.namespace}/${b.name}`);
    if (pod.class === 'fargate' && pod.ip !== undefined)
      fargate.set(pod.ip, { id: `${pod.namespace}/${pod.name}`, pods: 1, blockedBy: budgets });
    if (pod.node === undefined) continue;
    byNode.set(pod.node, (byNode.get(pod.node) ?? 0) + 1);
    if (budgets?.length) blockedBy.set(pod.node, [...new Set([...(blockedBy.get(pod.node) ?? []), ...budgets])].sort());
  }
  return { byNode, blockedBy: full && blockedBy, fargate };
}

/** `kubectl drain --ignore-daemonsets` leaves DaemonSet pods and static pods (owned by their node) where they are. */
function isEvicted(pod: Pod): boolean {
  return !/^(?:DaemonSet|Node)\//.test(pod.owner ?? '');
}

function covers(budget: Workloads['disruptionBudgets'][number], pod: Pod): boolean {
  const { matchLabels, matchExpressions = [] } = budget;
  return budget.namespace === pod.namespace && matches({ matchLabels, matchExpressions }, pod.labels);
}
