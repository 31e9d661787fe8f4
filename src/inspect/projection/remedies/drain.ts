/** Drains that free whole /28: what nodes of an older mode, and interfaces left behind, hold block by block. */

import { ADDRESSES_PER_BLOCK } from '../../../calc/blocks.ts';
import { formatIpv4 } from '../../../calc/cidr.ts';
import { type HeldBlock, smallestDrain } from '../../../calc/drains.ts';
import { replaceNodes } from '../../checks/fixes/replace-nodes.ts';
import { aws, kubectl } from '../../checks/support/commands.ts';
import { listed, things } from '../../contract/words.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { eniOwners } from '../../facts/eni-owners.ts';
import { nodeEnis } from '../../facts/node-enis.ts';
import { subnetBlocks } from '../../facts/subnet-blocks.ts';
import { subnetUse } from '../../facts/subnet-use.ts';
import { nodeGroupOf } from '../../facts/support/node-group.ts';
import { named } from '../../shell.ts';
import type { NetworkInterface } from '../../snapshot/ec2.ts';
import type { Draft } from '../changes/draft.ts';
import { costsOf, drainable } from '../drains/drainable.ts';
import { heldBlocks } from '../drains/held-blocks.ts';
import { type Mover, type Movers, moversOf } from '../drains/movers.ts';
import { least, type Projection } from '../run-scenario.ts';
import { worldLaid } from './lay.ts';
import type { Patient, RemedyKind, Trial } from './remedy.ts';

export const drain: RemedyKind = {
  id: 'drain',
  trials: (patient, failing) => {
    const short = failing.subnets.filter((s) => s.verdict !== 'pass' && lackingBlocks(s) > 0);
    if (short.length === 0) return [];
    const movers = moversOf(patient.run, { suppress: [], thresholds: patient.thresholds });
    // A node that comes back takes prefixes again and may break a block: more than what is lacking has to come free.
    const tries = [1, 2, 4].map((times) => new Set(short.flatMap((s) => leavingFrom(patient, s, movers, times))));
    const sets = new Map(tries.map((set) => [[...set].sort((a, b) => a - b).join(), set]));
    return [...sets].flatMap(([key, set]) =>
      set.size === 0
        ? []
        : [
            trial(
              patient,
              key,
              [...set].map((i) => movers.all[i]!),
            ),
          ],
    );
  },
};

function lackingBlocks({ blocks }: Projection['subnets'][number]): number {
  return blocks ? Math.max((blocks.floor ?? 0) - least(blocks.after), 0) : 0;
}

/** Movers whose leaving frees so many times what the subnet lacks, or as much as can be had. */
function leavingFrom(
  { run }: Patient,
  subnet: Projection['subnets'][number],
  movers: Movers,
  times: number,
): readonly number[] {
  const use = run.valueOf(subnetUse)?.get(subnet.subnetId);
  const states = run.valueOf(subnetBlocks)?.get(subnet.subnetId)?.states;
  const owners = run.valueOf(eniOwners);
  if (!use || !states || !owners) return [];
  // A prefix goes with its node and comes back with it: only single addresses are worth a drain.
  const blocks: readonly HeldBlock[] = drainable(
    use,
    states,
    heldBlocks(use, owners, states.length),
    movers,
  ).blocks.filter((b) => states[b.block] !== 'prefix');
  const movable = blocks.filter((b) =>
    b.holders.every((h) => movers.all[h]!.kind !== 'pod' && movers.all[h]!.kind !== 'instance'),
  );
  const want = Math.min(times * lackingBlocks(subnet), movable.length);
  return want > 0 ? (smallestDrain(movable, costsOf(movers), want)?.holders ?? []) : [];
}

function trial(patient: Patient, key: string, leaving: readonly Mover[]): Trial {
  const nodes = leaving.flatMap((m) => (m.node ? [m.node] : []));
  const interfaces = leaving.filter((m) => m.kind === 'interface').map((m) => m.id);
  const { run, fix } = patient;
  const machines = new Map(run.valueOf(section('instances'))?.map((i) => [i.instanceId, i]));
  const budgets = [...new Set(leaving.flatMap((m) => m.blockedBy ?? []))].sort();
  const what = [
    ...(nodes.length > 0 ? [`drain ${things(nodes.length, 'node')}`] : []),
    ...(interfaces.length > 0 ? [`delete ${things(interfaces.length, 'interface')} left behind`] : []),
  ];
  const title = listed(what);
  return {
    key,
    title: `${title[0]!.toUpperCase()}${title.slice(1)}, so that whole /28 come free`,
    effort: nodes.length > 0 ? 2 : 1,
    nodesToReplace: nodes.length,
    world: () => worldLaid(patient, (draft) => lay(draft, run, new Set(nodes.map((n) => n.name)), new Set(interfaces))),
    fix: {
      commands: [
        ...interfaces.map((id) =>
          aws(fix, 'ec2', 'delete-network-interface', '--network-interface-id', named('eni', id)),
        ),
        ...(nodes.length > 1 ? [kubectl('cordon', ...nodes.map((n) => named('node', n.name)))] : []),
        ...replaceNodes(
          fix,
          nodes.map((node) => ({ node, group: nodeGroupOf(node, machines.get(node.instanceId ?? '')) })),
        ),
      ],
      changes:
        nodes.length > 0
          ? 'Each node is reckoned to come back in the subnet it left, with prefixes alone and a primary address in a block that was whole.'
          : 'Nothing uses these interfaces.',
      effect: nodes.length > 0 ? 'node-replacement' : 'immediate',
      ...(budgets.length > 0 ? { risk: `Disruption budgets hold the drain up: ${listed(budgets)}.` } : {}),
    },
  };
}

/** Nodes as freshly booted: their primary interface alone, at the most unfavourable address. */
function lay(draft: Draft, run: Run, nodes: ReadonlySet<string>, interfaces: ReadonlySet<string>): void {
  const own = new Map<string, NetworkInterface | undefined>();
  const gone = new Set(interfaces);
  for (const [name, enis] of run.valueOf(nodeEnis) ?? []) {
    if (!nodes.has(name)) continue;
    for (const e of [...enis.data, ...enis.branch, ...enis.otherCards, ...(enis.trunk ? [enis.trunk] : [])])
      gone.add(e.eniId);
    if (enis.primary) own.set(enis.primary.eniId, enis.primary);
  }
  const spots = wholeBlocks(
    run,
    [...own.values()].flatMap((e) => e?.subnetId ?? []),
  );
  const back = new Map<string, NetworkInterface>();
  for (const [id, primary] of own) {
    if (!primary) continue;
    const primaryIp = spots.get(primary.subnetId)?.pop() ?? primary.primaryIp;
    back.set(id, { ...primary, primaryIp, secondaryIps: [], prefixes: [] });
  }
  const freed = new Map<string, number>();
  draft.edit('networkInterfaces', [], (all) =>
    all.flatMap((e) => {
      if (!gone.has(e.eniId)) return [e];
      const fresh = back.get(e.eniId);
      freed.set(e.subnetId, (freed.get(e.subnetId) ?? 0) + held(e) - (fresh ? held(fresh) : 0));
      return fresh ? [fresh] : [];
    }),
  );
  draft.edit('subnets', [], (all) =>
    all.map((s) => ({ ...s, availableIps: s.availableIps + (freed.get(s.subnetId) ?? 0) })),
  );
}

function held({ primaryIp, secondaryIps, prefixes }: NetworkInterface): number {
  return (primaryIp === undefined ? 0 : 1) + secondaryIps.length + ADDRESSES_PER_BLOCK * prefixes.length;
}

/** An address in each block that is whole now. */
function wholeBlocks(run: Run, subnetIds: readonly string[]): Map<string, string[]> {
  return new Map(
    [...new Set(subnetIds)].map((id) => {
      const use = run.valueOf(subnetUse)?.get(id);
      const states = run.valueOf(subnetBlocks)?.get(id)?.states ?? [];
      const first = use?.cidr.first;
      return [
        id,
        first === undefined
          ? []
          : states.flatMap((s, i) => (s === 'free' ? [formatIpv4(first + i * ADDRESSES_PER_BLOCK)] : [])),
      ];
    }),
  );
}
