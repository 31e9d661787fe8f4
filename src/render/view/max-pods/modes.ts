/** The ten pairs of pattern and mode side by side, for one type or many. */
import type { MaxPodsItem } from '../../../calc/maxpods/index.ts';
import { PATTERNS, patternNumber } from '../../../calc/patterns.ts';
import type { MaxPodsReport } from '../../../inspect/contract/report.ts';
import { type Block, type Cell, type Column, span } from '../../blocks.ts';
import { bar } from './many.ts';
import { warningBlocks } from './notes.ts';
import { boundName, branchGain, formulaTerm, subnetAddresses, toneOf, typeLine } from './words.ts';

/** Up to so many types get a table each; more become lines of one table. */
const MOST_TABLES = 3;
/** Longer formulas leave no room for the bar on 80 columns. */
const LONGEST_FORMULA = 21;

export function modesView(report: MaxPodsReport): readonly Block[] {
  const byType = new Map<string, MaxPodsItem[]>();
  for (const item of report.items) byType.set(item.instanceType, [...(byType.get(item.instanceType) ?? []), item]);
  const tables =
    byType.size <= MOST_TABLES
      ? [...byType.values()].flatMap((items) => typeBlocks(items, report.catalog.date))
      : matrix([...byType.values()], report.catalog.date);
  const [type] = byType.keys();
  return [
    ...tables,
    { kind: 'blank' },
    { kind: 'line', text: span('Who sets the number, and what to paste:', 'muted') },
    { kind: 'commands', commands: [`vpccni maxpods --instance ${type} --prefix`], indent: 2 },
  ];
}

function pair(item: MaxPodsItem): string {
  return `${item.pattern} ${item.requestedMode}`;
}

function typeBlocks(items: readonly MaxPodsItem[], date: string): readonly Block[] {
  const most = Math.max(...items.map((item) => item.maxPodsWithBranch));
  const long = items.some((item) => formulaTerm(item).length > LONGEST_FORMULA);
  const branch = items.some((item) => branchGain(item) > 0);
  const [first] = items;
  const columns: readonly Column[] = [
    { title: 'PATTERN' },
    { title: 'MODE' },
    { title: 'MAX PODS', align: 'right' },
    ...(branch ? [{ title: '+SG', align: 'right' as const }] : []),
    { title: 'FORMULA', ...(long ? { only: 'wide' as const } : {}) },
    { title: 'UNCAPPED', align: 'right', only: 'wide' },
    { title: 'BOUND BY' },
    { title: 'ADDRESSES', align: 'right', only: 'wide' },
    { title: 'IPs/NODE', align: 'right', only: 'wide' },
    { title: '' },
  ];
  const rows = items.map((item): readonly Cell[] => [
    item.pattern,
    item.mode === item.requestedMode && item.supported ? item.requestedMode : `${item.requestedMode} !`,
    item.supported ? span(String(item.maxPods), toneOf(item)) : span('–', 'error'),
    ...(branch ? [branchGain(item) > 0 ? `+${branchGain(item)}` : ''] : []),
    formulaTerm(item),
    String(item.theoreticalMaxPods),
    boundName(item),
    item.mode === 'ipv6' ? (item.supported ? '2^48' : '0') : String(item.ipsForPods),
    subnetAddresses(item),
    bar(item, most),
  ]);
  return [
    { kind: 'blank' },
    { kind: 'line', text: typeLine(first!, date), hang: 2 },
    {
      kind: 'line',
      text: span(`cap ${first!.ceiling.value ?? 'unknown'}: ${first!.ceiling.reason}`, 'muted'),
      hang: 2,
    },
    { kind: 'blank' },
    { kind: 'table', columns, rows },
    ...(branch
      ? [{ kind: 'line' as const, text: span('+SG: further pods if they use branch ENIs', 'muted'), hang: 2 }]
      : []),
    ...warningBlocks(items, pair),
  ];
}

const SHORT = { secondary: 'sec', prefix: 'pfx', ipv6: 'v6' } as const;

/** A type a line, a pair a column. */
function matrix(types: readonly (readonly MaxPodsItem[])[], date: string): readonly Block[] {
  const columns: readonly Column[] = [
    { title: 'TYPE' },
    ...types[0]!.map((item) => ({
      title: `${patternNumber(item.pattern)}${SHORT[item.requestedMode]}`,
      align: 'right' as const,
    })),
  ];
  const rows = types.map((items) => [
    items[0]!.instanceType,
    ...items.map((item) => (item.supported ? String(item.maxPods) : span('–', 'error'))),
  ]);
  const legend = PATTERNS.map((pattern) => `${patternNumber(pattern)} ${pattern}`).join(' · ');
  return [
    {
      kind: 'line',
      text: [span(`max pods of ${types.length} types`, 'strong'), ` · ${legend}`, span(` · data ${date}`, 'muted')],
      hang: 2,
    },
    { kind: 'blank' },
    { kind: 'table', columns, rows },
    ...warningBlocks(types.flat(), (item) => item.instanceType),
  ];
}
