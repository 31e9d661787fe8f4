/** Settings side by side over the same pods. */
import type { ComparedSettings, ComparedSimulation } from '../../../inspect/contract/simulation.ts';
import { bounded } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, type Column, span } from '../../blocks.ts';
import { assumptionLines, most, nodeLine, problemLines, subnetLines, unwanted } from './words.ts';

export function comparisonView(report: ComparedSimulation): readonly Block[] {
  const { node, items, assumptions } = report;
  const letters = items.map((_, at) => String.fromCharCode('A'.charCodeAt(0) + at));
  const problems = items.flatMap((item, at) => problemLines(item.settings, `${letters[at]}  `));
  return [
    nodeLine(node),
    ...subnetLines(node),
    { kind: 'heading', text: 'SETTINGS' },
    ...items.map((item, at) => settingsRow(item, letters[at]!)),
    ...(problems.length > 0 ? [{ kind: 'blank' as const }, ...problems] : []),
    { kind: 'heading', text: 'HELD AND COST', note: span(`over ${report.pods.join(' → ')} pods`, 'muted') },
    totals(items, letters),
    ...stepBlocks(report, letters),
    { kind: 'blank' },
    ...assumptionLines(assumptions),
  ];
}

function settingsRow({ label, settings }: ComparedSettings, letter: string): Block {
  const pair = `${settings.pattern}, ${settings.mode}`;
  const targets = settings.targets.filter((t) => t.value > 0).map((t) => `${t.variable}=${t.value}`);
  const inForce = targets.length === 0 || label === targets.join(' ') ? '' : ` · ${targets.join(' ')}`;
  return {
    kind: 'line',
    text: [span(`${letter}  `, 'accent'), span(label, 'strong'), span(`   ${pair}${inForce}`, 'muted')],
    hang: 3,
  };
}

function totals(items: readonly ComparedSettings[], letters: readonly string[]): Block {
  const right = (title: string): Column => ({ title, align: 'right' });
  const detail = (title: string): Column => ({ title, align: 'right', only: 'wide' });
  const columns: readonly Column[] = [
    { title: '' },
    right('SUBNET avg'),
    right('IDLE avg'),
    right('EC2 CALLS'),
    ...['CREATE', 'ASSIGN', 'UNASSIGN', 'DELETE'].map(detail),
    right('FAILED'),
    right('PODS WAITED'),
    right('LONGEST'),
    { title: '' },
  ];
  const widest = Math.max(...items.map((item) => most(item.averageSubnetIPs)), 1);
  const rows = items.map((item, at): readonly Cell[] => {
    const letter = span(letters[at]!, 'accent');
    if (item.nodeInitFails) return [letter, span('exits', 'error'), ...Array.from({ length: 10 }, () => '')];
    const calls = item.ec2Calls;
    return [
      letter,
      bounded(item.averageSubnetIPs),
      bounded(item.averageFree),
      bounded(item.calls),
      bounded(calls.allocENI),
      bounded(calls.allocIPs),
      bounded(calls.deallocCidrs),
      bounded(calls.freeENI),
      unwanted(item.failedCalls, 'warning'),
      unwanted(item.podsThatWaited, 'warning'),
      most(item.longestWaitSeconds) === 0 ? span('·', 'muted') : `${bounded(item.longestWaitSeconds)} s`,
      addressBar(item, widest),
    ];
  });
  return { kind: 'table', columns, rows };
}

/** Addresses taken on average: in use with the ENIs' own, then idle. */
function addressBar(item: ComparedSettings, total: number): Cell {
  const idle = most(item.averageFree);
  const segments = [
    { fill: 'pods' as const, value: Math.max(most(item.averageSubnetIPs) - idle, 0) },
    { fill: 'warm' as const, value: idle },
  ];
  return { bar: { total, segments } };
}

/** Subnet addresses at each count of pods, and who is left without. */
function stepBlocks({ pods, items }: ComparedSimulation, letters: readonly string[]): readonly Block[] {
  if (pods.length === 0 || items.every((item) => item.nodeInitFails)) return [];
  const starved = items.map((item) => item.steps.some((step) => most(step.podsWithoutIP) > 0));
  const columns: readonly Column[] = [
    { title: 'PODS', align: 'right' },
    ...letters.flatMap((letter, at): Column[] => [
      { title: `${letter} ENIs`, align: 'right', only: 'wide' },
      { title: `${letter} SUBNET`, align: 'right' },
      { title: 'IDLE', align: 'right' },
      ...(starved[at] ? [{ title: 'WAIT', align: 'right' as const }] : []),
    ]),
  ];
  const rows = pods.map((count, at): readonly Cell[] => [
    String(count),
    ...items.flatMap((item, which) => stepCells(item, at, starved[which]!)),
  ]);
  return [
    { kind: 'heading', text: 'SETTLED AT EACH STEP', note: span('addresses taken from subnets, idle ones', 'muted') },
    { kind: 'table', columns, rows },
  ];
}

function stepCells(item: ComparedSettings, at: number, starved: boolean): readonly Cell[] {
  const step = item.nodeInitFails ? undefined : item.steps[at];
  if (!step) return Array.from({ length: starved ? 4 : 3 }, () => span('–', 'muted'));
  return [
    bounded(step.enis),
    bounded(step.subnetIPs),
    bounded(step.podIPsFree),
    ...(starved ? [unwanted(step.podsWithoutIP, 'error')] : []),
  ];
}
