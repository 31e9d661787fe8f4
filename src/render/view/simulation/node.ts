/** One node taken through counts of pods. */

import type { Bounded } from '../../../inspect/contract/report.ts';
import type { NodeNow, NodeSimulation } from '../../../inspect/contract/simulation.ts';
import { bounded, count } from '../../../inspect/contract/words.ts';
import { type Bars, type Block, type Cell, type Column, span } from '../../blocks.ts';
import { type Drawing, slotBars, slotLegend } from './slots.ts';
import {
  assumptionLines,
  least,
  most,
  nodeLine,
  problemLines,
  settingsLine,
  subnetLines,
  subnetNames,
  subnetTitles,
  sumOf,
  unwanted,
} from './words.ts';

type Step = NodeSimulation['items'][number];

export function nodeView(report: NodeSimulation): readonly Block[] {
  const { node, settings, items } = report;
  const problems = problemLines(settings);
  return [
    nodeLine(node),
    settingsLine(settings, node),
    ...subnetLines(node),
    ...(problems.length > 0 ? [{ kind: 'blank' as const }, ...problems] : []),
    ...outcome(report),
    ...waitLines(report),
    ...reasonLines(items),
    { kind: 'blank' },
    ...assumptionLines(report.assumptions),
    ...(report.next.length > 0
      ? [
          { kind: 'blank' as const },
          { kind: 'line' as const, text: span('What a smaller warm pool would hold and cost:', 'muted') },
          { kind: 'commands' as const, commands: report.next, indent: 2 },
        ]
      : []),
  ];
}

function outcome(report: NodeSimulation): readonly Block[] {
  const { settings, items } = report;
  const failed = items.find((step) => step.nodeInitFails);
  if (!settings.starts || failed) {
    // Refusals stand above with their variables.
    const why = settings.starts && failed ? `: ${failed.reasons.join('; ')}` : '';
    return [
      { kind: 'blank' },
      {
        kind: 'line',
        text: [span(`aws-node exits${why}.`, 'error'), ' A new node stays NotReady; no pod gets an address.'],
        hang: 2,
      },
    ];
  }
  return settings.mode === 'ipv6' ? ipv6(items) : stepTable(report);
}

function ipv6([first]: readonly Step[]): readonly Block[] {
  if (!first) return [];
  const columns: readonly Column[] = [
    { title: 'PODS' },
    { title: 'ENIs', align: 'right' },
    { title: '/80', align: 'right' },
    { title: 'IPv4 OF SUBNETS', align: 'right' },
  ];
  const row = ['any number', bounded(first.enis), count(first.ipv6Prefixes80), bounded(first.subnetIPs)];
  return [{ kind: 'blank' }, { kind: 'table', columns, rows: [row] }, ...first.reasons.map(mutedLine)];
}

function mutedLine(text: string): Block {
  return { kind: 'line', text: span(text, 'muted'), hang: 2 };
}

function stepTable(report: NodeSimulation): readonly Block[] {
  const { settings, items, now } = report;
  const names = subnetNames(items);
  const drawing: Drawing = {
    slots: settings.slotsPerENI,
    customNetworking: settings.pattern === 'custom' || settings.pattern === 'custom+sgp',
    enis: Math.max(...items.map((step) => step.eniViews.length), now?.eniViews.length ?? 0),
  };
  const right = (title: string): Column => ({ title, align: 'right' });
  const detail = (title: string): Column => ({ title, align: 'right', only: 'wide' });
  const columns: readonly Column[] = [
    ...(now ? [{ title: '' }] : []),
    right('PODS'),
    right('ENIs'),
    right('HELD'),
    right('USED'),
    right('WARM'),
    ...subnetTitles(names).map(right),
    right('CALLS'),
    ...['CREATE', 'ASSIGN', 'UNASSIGN', 'DELETE'].map(detail),
    ...(items.some((step) => most(step.failedCalls) > 0) ? [right('FAILED')] : [detail('FAILED')]),
    detail('WAITED'),
    right('WAIT'),
    { title: 'SLOTS', drop: 1 },
  ];
  const drawn = items.map((step) => slotBars(step.eniViews, drawing));
  const drawnNow = now ? [slotBars(now.eniViews, drawing)] : [];
  const first = items.findIndex((step) => !step.settled);
  const restless = first < 0 ? items.length : first;
  const rows = [
    ...(now ? [nowRow(now, names, drawnNow[0]!)] : []),
    ...items.map((step, at) =>
      stepRow(step, names, drawn[at]!, { what: now ? label(report, at) : undefined, settled: at < restless }),
    ),
  ];
  return [
    { kind: 'heading', text: 'STEP BY STEP', legend: slotLegend([...drawnNow, ...drawn]) },
    { kind: 'table', columns, rows },
  ];
}

/** What happens to a running node from one line to the next. */
function label({ items, now }: NodeSimulation, at: number): Cell {
  const before = at === 0 ? now!.pods : items[at - 1]!.pods;
  const change = items[at]!.pods - before;
  if (change === 0) return at === 0 ? 'settled' : '';
  return change > 0 ? `+${change}` : `−${-change}`;
}

/** `settled`: the calls so far are those of a node that came to rest each time. */
function stepRow(
  step: Step,
  names: readonly string[],
  bars: Bars,
  { what, settled }: { readonly what: Cell | undefined; readonly settled: boolean },
): readonly Cell[] {
  const { ec2Calls: calls } = step;
  return [
    ...(what === undefined ? [] : [what]),
    String(step.pods),
    bounded(step.enis),
    bounded(step.podIPsHeld),
    bounded(used(step)),
    bounded(step.podIPsFree),
    ...names.map((name) => bounded(step.subnetIPsBySubnet[name] ?? 0)),
    settled ? bounded(sumOf(Object.values(calls))) : span('endless', 'warning'),
    bounded(calls.allocENI),
    bounded(calls.allocIPs),
    bounded(calls.deallocCidrs),
    bounded(calls.freeENI),
    unwanted(step.failedCalls, 'warning'),
    unwanted(step.podsThatWaited, 'warning'),
    unwanted(step.podsWithoutIP, 'error'),
    bars,
  ];
}

function nowRow(now: NodeNow, names: readonly string[], bars: Bars): readonly Cell[] {
  const without = Math.max(now.pods - now.assigned, 0);
  return [
    span('now', 'strong'),
    String(now.pods),
    String(now.enis),
    count(now.podIPsHeld),
    count(now.assigned),
    count(now.podIPsHeld - now.assigned),
    ...names.map((name) => count(now.subnetIPsBySubnet[name] ?? 0)),
    ...Array.from({ length: 7 }, () => span('·', 'muted')),
    unwanted(without, 'error'),
    bars,
  ];
}

function used({ pods, podsWithoutIP }: Step): Bounded {
  return { min: pods - most(podsWithoutIP), max: pods - least(podsWithoutIP) };
}

/** Why pods get no address, at the first count at which some do not. */
function waitLines({ settings, items, node }: NodeSimulation): readonly Block[] {
  const step = items.find((each) => !each.nodeInitFails && most(each.podsWithoutIP) > 0);
  if (!step) return [];
  const held = most(step.podIPsHeld);
  const why =
    held >= settings.maxPodIPs
      ? `the node is full, ${count(settings.maxPodIPs)} pod addresses are all it can hold`
      : most(step.failedCalls) > 0
        ? `EC2 refuses, the subnet has no ${settings.mode === 'prefix' ? 'free /28' : 'room'} for what ipamd asks`
        : held >= node.maxPods
          ? `growth stops at maxPods, ${node.maxPods} addresses`
          : `ipamd does not ask for more than ${held} addresses`;
  return [
    { kind: 'blank' },
    {
      kind: 'line',
      text: [span('✖ ', 'error'), `${bounded(step.podsWithoutIP)} of ${step.pods} pods without an address: ${why}`],
      hang: 2,
    },
  ];
}

/** Why figures are ranges, each reason once, with the pods it concerns. */
function reasonLines(items: readonly Step[]): readonly Block[] {
  const concerns = new Map<string, number[]>();
  for (const step of items)
    if (!step.exact && !step.nodeInitFails)
      for (const reason of step.reasons) concerns.set(reason, [...(concerns.get(reason) ?? []), step.pods]);
  if (concerns.size === 0) return [];
  return [
    { kind: 'blank' },
    ...[...concerns].map(
      ([reason, pods]): Block => ({
        kind: 'line',
        text: [span('range ', 'warning'), `at ${podCounts(pods)}: ${reason}`],
        hang: 6,
      }),
    ),
  ];
}

const MOST_COUNTS = 4;

function podCounts(pods: readonly number[]): string {
  const distinct = [...new Set(pods)];
  if (distinct.length <= MOST_COUNTS) return `${distinct.join(', ')} pods`;
  return `${Math.min(...distinct)} to ${Math.max(...distinct)} pods`;
}
