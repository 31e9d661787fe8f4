/**
 * What a cluster comes to depends neither on the order in which its parts were listed, nor on what they are called, nor on the
 * day, nor on a part that was listed twice: over the demo, clusters that were captured, and those whose numbers were worked by hand.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { subnetAccounting } from '../../src/inspect/facts/subnet-accounting.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { PodTableBuilder } from '../../src/inspect/snapshot/pod-table-builder.ts';
import { podsOf } from '../../src/inspect/snapshot/pods.ts';
import { type ClusterSnapshot, parseSnapshot, SECTION_NAMES } from '../../src/inspect/snapshot.ts';

const catalog = await loadCatalog();
const unpack = (path: string) => gunzipSync(readFileSync(path)).toString('utf8');
const FOLDERS = ['test/fixtures/numbers', 'test/fixtures/reports', 'test/fixtures/growth'];
const CLUSTERS: readonly (readonly [string, string])[] = [
  ['the demo', unpack('data/demo.json.gz')],
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder).map((file) => [file.replace('.json.gz', ''), unpack(`${folder}/${file}`)] as const),
  ),
];

function inspected(snapshot: ClusterSnapshot): Inspection {
  return buildInspection(
    new Run(snapshot, catalog),
    DEFAULT_POLICY,
    { name: 'vpccni', version: '0' },
    { kind: 'snapshot' },
  );
}

/** Every number and verdict of a report, without names; what stands in lists by name is put in order by what it says. */
function numbers(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'string') return WORDS.test(value) ? value : '';
  if (Array.isArray(value)) return value.map((v) => JSON.stringify(numbers(v))).sort();
  if (typeof value !== 'object') return '';
  const entries = Object.entries(value).filter(([key]) => !NAMED.has(key));
  const named = entries.filter(([key]) => NAME_KEY.test(key)).map(([, v]) => JSON.stringify(numbers(v)));
  const own = entries.filter(([key]) => !NAME_KEY.test(key)).map(([key, v]) => [key, numbers(v)] as const);
  return { ...Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1))), named: named.sort() };
}
const WORDS =
  /^(?:error|warning|info|observed|derived|heuristic|[A-Z]{2,3}\d?\d{2,3}|default|sgp|custom(?:\+sgp)?|secondary|prefix|ipv6)$/;
/** Texts made of the others, and what says when and by whom. */
const NAMED: ReadonlySet<string> = new Set([
  'id',
  'message',
  'fixes',
  'generatedAt',
  'sources',
  'origin',
  'caveats',
  'text',
  'changes',
]);
const NAME_KEY = /[-.:/]/;

function digest(snapshot: ClusterSnapshot): unknown {
  const { verdict, findings, coverage, capacity, nodes, subnets, daemonSets } = inspected(snapshot);
  const { notEvaluated, ...counts } = coverage;
  return numbers({
    verdict,
    findings,
    counts,
    blind: notEvaluated.map((n) => n.code),
    capacity,
    nodes,
    subnets,
    daemonSets,
  });
}

type Lists = Record<string, { data?: unknown }>;

function podsAgain(snapshot: ClusterSnapshot, order: <T>(rows: readonly T[]) => readonly T[]): ClusterSnapshot {
  const { pods } = snapshot;
  if (!('data' in pods)) return snapshot;
  const table = new PodTableBuilder();
  for (const pod of order([...podsOf(pods.data)])) table.add(pod);
  return { ...snapshot, pods: { ...pods, data: table.build() } };
}

function listsAgain(snapshot: ClusterSnapshot, order: <T>(rows: readonly T[]) => readonly T[]): ClusterSnapshot {
  const again = structuredClone(snapshot) as unknown as Lists;
  for (const name of SECTION_NAMES) {
    const section = again[name]!;
    if (Array.isArray(section.data)) section.data = order(section.data);
    else if (name !== 'pods' && typeof section.data === 'object' && section.data !== null)
      for (const [key, list] of Object.entries(section.data))
        if (Array.isArray(list) && key !== 'containers') (section.data as Record<string, unknown>)[key] = order(list);
  }
  return podsAgain(again as unknown as ClusterSnapshot, order);
}

const reversed = <T>(rows: readonly T[]): readonly T[] => rows.toReversed();
/** Neither the old order nor its reverse. */
const shuffled = <T>(rows: readonly T[]): readonly T[] => [
  ...rows.filter((_, i) => i % 3 === 1),
  ...rows.filter((_, i) => i % 3 === 0).toReversed(),
  ...rows.filter((_, i) => i % 3 === 2),
];

/** Ids under others of the same form, and nodes and the cluster under other names, wherever they stand. */
function renamed(text: string): string {
  const snapshot = JSON.parse(text) as ClusterSnapshot;
  const nodes = 'data' in snapshot.nodes ? snapshot.nodes.data.map((n) => n.name) : [];
  const cluster = 'data' in snapshot.cluster ? [snapshot.cluster.data.name] : [];
  const plain = nodes.filter((n) => !/^(?:fargate-|i-|hyperpod-)/.test(n) && n.length > 4);
  let out = text.replace(
    /\b(subnet|eni|i|vpc|sg|lt|rtb|scr|fp)-([0-9a-f]{8,17})\b/g,
    (_, kind: string, hex: string) =>
      `${kind}-${hex.replace(/[0-9a-f]/g, (c) => (15 - Number.parseInt(c, 16)).toString(16))}`,
  );
  for (const [i, name] of plain.toSorted((a, b) => b.length - a.length).entries())
    out = out.replaceAll(`"${name}"`, `"zz-${(plain.length - i).toString(36)}-node"`);
  for (const name of cluster) out = out.replace(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'g'), 'another-name');
  return out;
}

const HOUR_MS = 3_600_000;
function shifted(text: string, ms: number): ClusterSnapshot {
  const later = text.replace(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"/g, (_, at: string) =>
    JSON.stringify(new Date(Date.parse(at) + ms).toISOString()),
  );
  const snapshot = parseSnapshot(JSON.parse(later));
  const { pods } = snapshot;
  if (!('data' in pods)) return snapshot;
  return {
    ...snapshot,
    pods: { ...pods, data: { ...pods.data, createdAt: pods.data.createdAt.map((s) => s + ms / 1000) } },
  };
}

const twice = <T>(rows: readonly T[]): readonly T[] => [...rows, ...structuredClone(rows)];

/** As a server that repeats itself sends it; the reader drops what it has. */
function doubled(text: string): ClusterSnapshot {
  const snapshot = JSON.parse(text) as Lists;
  for (const name of SECTION_NAMES) {
    const section = snapshot[name];
    if (!section || typeof section.data !== 'object' || section.data === null || name === 'pods') continue;
    if (Array.isArray(section.data)) section.data = twice(section.data);
    else
      for (const [key, list] of Object.entries(section.data))
        if (Array.isArray(list) && typeof list[0] === 'object')
          (section.data as Record<string, unknown>)[key] = twice(list);
  }
  const { pods } = snapshot as unknown as ClusterSnapshot;
  if (pods && 'data' in pods) {
    const columns = pods.data as unknown as Record<string, unknown>;
    const { count } = pods.data;
    for (const [key, column] of Object.entries(columns))
      if (Array.isArray(column) && column.length === count && !['texts', 'labelSets', 'needSets'].includes(key))
        columns[key] = [...column, ...column];
    columns.count = 2 * count;
  }
  return parseSnapshot(snapshot);
}

describe.each(CLUSTERS)('%s', (_, text) => {
  const snapshot = parseSnapshot(JSON.parse(text));
  const plain = digest(snapshot);

  it('is the same in another order', () => {
    expect(digest(listsAgain(snapshot, reversed))).toEqual(plain);
    expect(digest(listsAgain(snapshot, shuffled))).toEqual(plain);
  });

  it('is the same under other names', () => {
    expect(digest(parseSnapshot(JSON.parse(renamed(text))))).toEqual(plain);
  });

  it('is the same on another day', () => {
    expect(digest(shifted(text, 31 * HOUR_MS))).toEqual(plain);
  });

  it('is the same where everything is listed twice', () => {
    expect(digest(doubled(text))).toEqual(plain);
  });

  // whether EC2 leaves reserved ranges out of the free count is not documented: in both cases the verdict is the same
  it('has the same findings whether free counts leave reservations out or not', () => {
    if (!('data' in snapshot.subnets)) return;
    const accounts = new Run(snapshot, catalog).valueOf(subnetAccounting) ?? [];
    const kept = new Map(accounts.map((a) => [a.subnetId, a.addresses.reservedUnallocated ?? 0]));
    const other = new Map(
      accounts.map((a) => {
        const { total, reserved, seen } = a.addresses;
        const left = total - reserved - (seen ?? 0);
        const unallocated = kept.get(a.subnetId)!;
        const is = snapshot.subnets as { data: readonly { subnetId: string; availableIps: number }[] };
        const now = is.data.find((s) => s.subnetId === a.subnetId)?.availableIps;
        return [a.subnetId, now === left ? left - unallocated : now === left - unallocated ? left : now] as const;
      }),
    );
    const data = snapshot.subnets.data.map((s) => ({ ...s, availableIps: other.get(s.subnetId) ?? s.availableIps }));
    const codes = (of: ClusterSnapshot) => inspected(of).findings.map((f) => `${f.severity} ${f.id}`);
    expect(codes({ ...snapshot, subnets: { ...snapshot.subnets, data } })).toEqual(codes(snapshot));
  });
});
