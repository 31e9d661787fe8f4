/** What everybody else holds in a cluster's subnets: at its largest in older snapshots, since nobody knows what they will do. */
import type { Run } from '../facts/define-fact.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { subnetUse, withoutEnis } from '../facts/subnet-use.ts';
import { subnetNumbers } from '../facts/support/subnet-numbers.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';

/** ENIs of nodes that aws-node serves: of all, or of those named. Undefined where they were not read. */
export function enisOfNodes(run: Run, names?: ReadonlySet<string>): ReadonlySet<NetworkInterface> | undefined {
  const own = run.valueOf(nodeEnis);
  if (!own) return undefined;
  const mine = new Set<NetworkInterface>();
  for (const name of names ?? own.keys()) {
    const n = own.get(name);
    if (!n) continue;
    for (const list of [n.data, n.branch, n.otherCards]) for (const eni of list) mine.add(eni);
    if (n.trunk) mine.add(n.trunk);
  }
  return mine;
}

/** Addresses by subnet that are not of nodes, those that are not visible among them. Undefined where ENIs were not read. */
function heldByOthers(run: Run): ReadonlyMap<string, number> | undefined {
  const [mine, uses] = [enisOfNodes(run), run.valueOf(subnetUse)];
  if (!mine || !uses) return undefined;
  return new Map(
    [...uses].map(([id, use]): [string, number] => {
      return [id, withoutEnis(use, mine).seen + (subnetNumbers(use).addresses.invisible ?? 0)];
    }),
  );
}

/** Addresses by subnet that others held at most beyond what they hold now; subnets where it was never more are left out. */
export function tenantsAtMost(run: Run, older: readonly Run[]): ReadonlyMap<string, number> {
  const now = heldByOthers(run);
  const most = new Map<string, number>();
  for (const then of older)
    for (const [id, held] of heldByOthers(then) ?? []) {
      const more = held - (now?.get(id) ?? held);
      if (more > (most.get(id) ?? 0)) most.set(id, more);
    }
  return most;
}
