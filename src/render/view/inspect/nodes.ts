/** Nodes by group and type with the demand of their pods; one line a node in the wide format. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import type { Inspection, NodeReport, Range } from '../../../inspect/contract/report.ts';
import { bounded, count, shortZone, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, type Column, span, unbroken } from '../../blocks.ts';

const DEVIATIONS_SHOWN = 5;
const NAMES_SHOWN = 3;

export function nodesBlocks({ nodes, findings }: Inspection, wide: boolean): Block[] {
  if (!nodes) return [];
  const named = new Set(findings.filter(isAboutNodes).flatMap((f) => f.scope.nodes ?? []));
  const shown = wide ? nodes : nodes.filter((n) => named.has(n.name));
  if (shown.length === 0) return [];
  const groups = grouped(shown, (n) => `${n.group.kind} ${n.group.name}`);
  const which =
    shown.length < nodes.length
      ? `${count(shown.length)} of ${things(nodes.length, 'node')}`
      : things(nodes.length, 'node');
  return [
    {
      kind: 'heading',
      text: 'NODES',
      note: span(`${which}, in ${things(groups.length, 'group')} · ${HEADS}`, 'muted'),
    },
    table([
      ...groups.flatMap((g) =>
        grouped(g, (n) => `${n.platform} ${n.instanceType ?? ''}`).map((rows) => ({ rows, first: rows[0] === g[0] })),
      ),
    ]),
    ...(wide ? [{ kind: 'blank' } as const, perNode(nodes), ...deviations(nodes, wide)] : []),
  ];
}

const HEADS = 'pod IPs in EC2, of them idle, expected by the ipamd model';

/** A finding whose subject is nodes, not one that only happens on some. */
function isAboutNodes({ grain, severity, causedBy }: Finding): boolean {
  return (grain === 'node' || grain === 'group') && severity !== 'info' && causedBy === undefined;
}

function table(rows: readonly { readonly rows: readonly NodeReport[]; readonly first: boolean }[]): Block {
  const shown = demandShown(rows.flatMap((r) => r.rows));
  return {
    kind: 'table',
    indent: 2,
    columns: [
      { title: 'GROUP', flexible: true },
      { title: 'KIND', drop: 5 },
      { title: 'TYPE' },
      { title: 'NODES', align: 'right' },
      { title: 'ZONES', drop: 4 },
      { title: 'maxPods', align: 'right' },
      ...shown.map(demandColumn),
      { title: 'POD IPs', align: 'right' },
      { title: 'IDLE', align: 'right' },
      { title: 'EXPECTED', align: 'right' },
    ],
    rows: rows.map(({ rows: nodes, first }): Cell[] => [
      first ? nodes[0]!.group.name || UNKNOWN : '',
      first ? span(kindOf(nodes[0]!), 'muted') : '',
      nodes[0]!.instanceType ?? UNKNOWN,
      count(nodes.length),
      [...new Set(nodes.map((n) => (n.zone ? shortZone(n.zone) : UNKNOWN)))].sort().join(' '),
      bounded(rangeOf(nodes.map((n) => n.maxPods))),
      ...shown.map((d): Cell => {
        const n = total(nodes.map(d.of));
        return d.title === 'WAITING' && n ? span(count(n), 'error') : count(n);
      }),
      count(total(nodes.map((n) => n.held))),
      count(total(nodes.map((n) => n.warm))),
      bounded(expected(nodes)),
    ]),
  };
}

/** Demand by class: pods of DaemonSets and others on pod IPs, on branch ENIs, on the host network; and those that wait. */
const DEMAND: readonly {
  readonly title: string;
  readonly of: (n: NodeReport) => number | null | undefined;
  /** Shown even where it is zero everywhere. */
  readonly always: boolean;
}[] = [
  { title: 'DAEMONSET', of: (n) => n.demand?.daemonSet, always: true },
  { title: 'OTHER', of: (n) => n.demand?.other, always: true },
  { title: 'BRANCH', of: (n) => n.demand?.branch, always: false },
  { title: 'HOST NET', of: (n) => n.demand?.hostNetwork, always: true },
  { title: 'WAITING', of: (n) => n.stuckPods, always: false },
];

/** What waits is never dropped. */
function demandColumn({ title, always }: (typeof DEMAND)[number]): Column {
  return always ? { title, align: 'right', drop: 6 } : { title, align: 'right' };
}

function demandShown(nodes: readonly NodeReport[]): typeof DEMAND {
  return DEMAND.filter((d) => d.always || nodes.some((n) => (d.of(n) ?? 0) > 0));
}

function kindOf({ group, platform }: NodeReport): string {
  return platform === 'vpc-cni' || platform === group.kind ? group.kind : `${group.kind}, ${platform}`;
}

function perNode(nodes: readonly NodeReport[]): Block {
  const shown = demandShown(nodes);
  return {
    kind: 'table',
    indent: 2,
    columns: [
      { title: 'NODE', flexible: true },
      { title: 'AZ' },
      { title: 'TYPE' },
      { title: 'maxPods', align: 'right' },
      { title: 'CAPACITY', align: 'right' },
      ...shown.map(demandColumn),
      { title: 'ENIs', align: 'right', drop: 1 },
      { title: 'POD IPs', align: 'right' },
      { title: 'IDLE', align: 'right' },
      { title: 'EXPECTED', align: 'right' },
      { title: 'RUNS', drop: 2 },
    ],
    rows: nodes.map((n): Cell[] => [
      n.name,
      n.zone ? shortZone(n.zone) : UNKNOWN,
      n.instanceType ?? UNKNOWN,
      count(n.maxPods),
      n.podIpCapacity !== null && n.podIpCapacity > 1_000_000 ? 'no limit' : count(n.podIpCapacity),
      ...shown.map((d): Cell => count(d.of(n))),
      count(n.enis),
      count(n.held),
      count(n.warm),
      bounded(n.predicted?.held),
      runs(n),
    ]),
  };
}

/** The pattern and mode a node's ENIs show, marked where it is not what is configured. */
function runs({ configured, observed, platform }: NodeReport): Cell {
  if (platform !== 'vpc-cni') return span(platform, 'muted');
  if (!observed) return UNKNOWN;
  const text = `${observed.pattern} ${observed.mode}`;
  const stale = configured && (configured.pattern !== observed.pattern || configured.mode !== observed.mode);
  return stale ? span(`! ${text}`, 'warning') : text;
}

/** Nodes outside what the model expects, by the likely reason. */
function deviations(nodes: readonly NodeReport[], wide: boolean): Block[] {
  const off = nodes.filter((n) => n.deviation !== null);
  const byReason = grouped(off, (n) => n.deviation!).sort((a, b) => b.length - a.length);
  const shown = wide ? byReason : byReason.slice(0, DEVIATIONS_SHOWN);
  const hidden = byReason.slice(shown.length).reduce((n, g) => n + g.length, 0);
  return [
    ...shown.map((group): Block => ({ kind: 'line', indent: 2, hang: 2, text: ['≠ ', deviation(group, wide)] })),
    ...(hidden > 0
      ? [{ kind: 'line', indent: 2, text: span(`≠ ${things(hidden, 'more node')}: -o wide`, 'muted') } as const]
      : []),
  ];
}

function deviation(group: readonly NodeReport[], wide: boolean): string {
  const named = (wide ? group : group.slice(0, NAMES_SHOWN)).map((n) =>
    unbroken(`${n.name} holds ${count(n.held)}, expected ${bounded(n.predicted?.held)}`),
  );
  const more = group.length - named.length;
  const nodes = `${named.join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${things(group.length, 'node')}: ${group[0]!.deviation}: ${nodes}`;
}

function grouped(nodes: readonly NodeReport[], key: (n: NodeReport) => string): NodeReport[][] {
  const groups = new Map<string, NodeReport[]>();
  for (const n of nodes) {
    const known = groups.get(key(n));
    if (known) known.push(n);
    else groups.set(key(n), [n]);
  }
  return [...groups.values()];
}

/** The sum, or null where any part is unknown. */
function total(values: readonly (number | null | undefined)[]): number | null {
  let sum = 0;
  for (const v of values) {
    if (v === null || v === undefined) return null;
    sum += v;
  }
  return sum;
}

function expected(nodes: readonly NodeReport[]): Range | null {
  let min = 0;
  let max = 0;
  for (const { predicted } of nodes) {
    if (!predicted) return null;
    const { held } = predicted;
    min += typeof held === 'number' ? held : held.min;
    max += typeof held === 'number' ? held : held.max;
  }
  return { min, max };
}

function rangeOf(values: readonly (number | null)[]): Range | null {
  const known = values.filter((v) => v !== null);
  return known.length === 0 ? null : { min: Math.min(...known), max: Math.max(...known) };
}
