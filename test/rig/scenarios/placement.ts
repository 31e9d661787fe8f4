import type { Plan } from './plan.ts';
import type { Scenario } from './types.ts';

/** One pod of a scenario, before it has a name. */
export interface PodPlan {
  /** namespace/name of its workload or DaemonSet; `kube-system/aws-node` for the CNI itself. */
  owner: string;
  /** Index within its owner. */
  index: number;
  node: string;
  kind: 'daemon' | 'app';
  hostNetwork: boolean;
  address?: string;
  ageMinutes: number;
  /** Why it has no address: pool empty on its node, or the CNI never started there. */
  waiting?: 'pool-empty' | 'cni-not-ready';
}

const key = (spec: { namespace: string; name: string }): string => `${spec.namespace}/${spec.name}`;

/** Ages of waiting workload pods, oldest first: what a verdict calls "oldest 23 min". */
const WAITING_AGES = [23, 21, 18, 17, 12, 9, 7, 4];

/** Pods of all workloads by turns (first of each, second of each, …), so that a node holds many workloads. */
function byTurns(scenario: Scenario, group: string | undefined): { owner: string; index: number }[] {
  const mine = scenario.workloads.filter((w) => w.group === group);
  const most = Math.max(0, ...mine.map((w) => w.replicas));
  return Array.from({ length: most }, (_, index) =>
    mine.filter((w) => index < w.replicas).map((w) => ({ owner: key(w), index })),
  ).flat();
}

/** Every pod with its node and address. Throws when workloads and node slots do not add up. */
export function placePods(scenario: Scenario, plan: Plan): PodPlan[] {
  const pods: PodPlan[] = [];
  const free = new Map(plan.nodes.map((n) => [n.key, [...n.podAddresses]]));
  const { updatedMinutesAgo } = scenario.cni;
  for (const [i, { key: node, spec }] of plan.nodes.entries()) {
    const rolled = spec.broken ? spec.ageMinutes - 1 : updatedMinutesAgo - 1 - Math.floor(i / 2);
    if (!spec.withoutCni)
      pods.push({
        owner: 'kube-system/aws-node',
        index: i,
        node,
        kind: 'daemon',
        hostNetwork: true,
        ageMinutes: Math.min(rolled, spec.ageMinutes - 1),
      });
    for (const daemon of scenario.daemonSets) {
      const common = {
        owner: key(daemon),
        index: i,
        node,
        kind: 'daemon' as const,
        hostNetwork: daemon.hostNetwork,
        ageMinutes: spec.ageMinutes - 1,
      };
      if (daemon.hostNetwork) pods.push(common);
      else if (spec.broken) pods.push({ ...common, waiting: 'cni-not-ready' });
      else pods.push({ ...common, address: free.get(node)?.shift() });
    }
  }
  let waited = 0;
  for (const group of [undefined, ...new Set(scenario.workloads.flatMap((w) => w.group ?? []))]) {
    const nodes = plan.nodes.filter((n) =>
      group ? n.spec.group === group : scenario.groups[n.spec.group]?.kind !== 'self-managed',
    );
    const most = Math.max(...nodes.map((n) => n.spec.apps));
    const slots = Array.from({ length: most }, (_, i) => nodes.filter((n) => i < n.spec.apps)).flat();
    const late = nodes.flatMap((n) => Array.from({ length: n.spec.waiting ?? 0 }, () => n));
    const queue = byTurns(scenario, group);
    if (queue.length !== slots.length + late.length) {
      throw new Error(
        `scenario: ${queue.length} pods of ${group ?? 'general'} workloads for ${slots.length} + ${late.length} places`,
      );
    }
    for (const [i, pod] of queue.entries()) {
      const node = slots[i] ?? late[i - slots.length];
      if (!node) continue;
      const waits = i >= slots.length;
      pods.push({
        ...pod,
        node: node.key,
        kind: 'app',
        hostNetwork: false,
        ageMinutes: waits ? (WAITING_AGES[waited++] ?? 3) : Math.min(node.spec.ageMinutes - 5, 60 + ((i * 977) % 8000)),
        ...(waits ? { waiting: 'pool-empty' as const } : { address: free.get(node.key)?.shift() }),
      });
    }
  }
  return pods;
}
