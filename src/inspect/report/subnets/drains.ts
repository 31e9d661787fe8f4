/** Which drains free whole /28 of a subnet, and which blocks no drain frees. */
import { smallestDrain } from '../../../calc/drains.ts';
import { replaceNodes } from '../../checks/fixes/replace-nodes.ts';
import { aws, kubectl } from '../../checks/support/commands.ts';
import type { DrainReport } from '../../contract/subnets.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { reach } from '../../facts/reach.ts';
import { nodeGroupOf } from '../../facts/support/node-group.ts';
import { costsOf, type Drainable } from '../../projection/drains/drainable.ts';
import type { Mover, Movers } from '../../projection/drains/movers.ts';
import { aimer } from '../../reach.ts';
import { named, refusalOf } from '../../shell.ts';
import type { Context } from './context.ts';

/** One set for each number of blocks that more nodes or interfaces buy; a set that frees as much as another is told once. */
export function drainReports(
  ctx: Context,
  { blocks }: Drainable,
  movers: Movers,
  wants: readonly number[],
): DrainReport[] {
  const costs = costsOf(movers);
  const reports = new Map<string, DrainReport>();
  for (const want of [...wants].sort((a, b) => a - b)) {
    const found = smallestDrain(blocks, costs, want);
    if (!found) continue;
    const leaving = found.holders.map((i) => movers.all[i]!).sort((a, b) => (a.id < b.id ? -1 : 1));
    reports.set(found.holders.join(), {
      wantBlocks: want,
      nodes: leaving.filter((m) => m.kind !== 'interface').map((m) => m.id),
      interfaces: leaving.filter((m) => m.kind === 'interface').map((m) => m.id),
      freesBlocks: found.frees.length,
      blocks: found.frees,
      pods: leaving.every((m) => m.pods !== undefined) ? leaving.reduce((n, m) => n + (m.pods ?? 0), 0) : null,
      blockedByPdb: budgetsOf(leaving),
      optimal: found.optimal,
      bound: found.atLeast,
      commands: commandsFor(ctx, leaving),
    });
  }
  return [...reports.values()];
}

/** 1, 2, 4 … up to what all drains together free, and what one more node still lacks. */
export function usualWants({ blocks }: Drainable, lacking: number): readonly number[] {
  const wants = [1, 2, 4, 8, 16].filter((n) => n <= blocks.length);
  return lacking > 0 && lacking <= blocks.length ? [...new Set([...wants, lacking])] : wants;
}

function budgetsOf(leaving: readonly Mover[]): string[] | null {
  if (leaving.some((m) => m.blockedBy === undefined)) return null;
  return [...new Set(leaving.flatMap((m) => m.blockedBy ?? []))].sort();
}

/** All nodes are cordoned before the first is drained: its pods would move to the next one otherwise. */
export function commandsFor(ctx: Context, leaving: readonly Mover[]): string[] {
  const byId = new Map(ctx.run.valueOf(section('instances'))?.map((i) => [i.instanceId, i]));
  const nodes = leaving.flatMap((m) => (m.node ? [m.node] : []));
  const pods = leaving.filter((m) => m.kind === 'pod').map((m) => m.id.split('/') as [string, string]);
  return printable(ctx.run, [
    ...leaving
      .filter((m) => m.kind === 'interface')
      .map((m) => aws(ctx, 'ec2', 'delete-network-interface', '--network-interface-id', m.id)),
    ...(nodes.length > 1 ? [kubectl('cordon', ...nodes.map((n) => named('node', n.name)))] : []),
    ...replaceNodes(
      ctx,
      nodes.map((node) => ({ node, group: nodeGroupOf(node, byId.get(node.instanceId ?? '')) })),
    ),
    ...pods.map(([namespace, name]) => kubectl('delete', 'pod', '-n', namespace, named('pod', name))),
  ]);
}

/** Aimed at this cluster; nothing at all where one of them cannot be printed: half a drain is none. */
export function printable(run: Run, commands: readonly string[]): string[] {
  const way = run.valueOf(reach);
  const there = way ? commands.map(aimer(way)) : [...commands];
  return there.some((c) => refusalOf(c) !== undefined) ? [] : there;
}
