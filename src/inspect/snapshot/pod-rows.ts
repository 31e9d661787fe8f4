/** Rows of the table of pods that can be used: those whose numbers point at something, each pod once. */
import { POD_CLASSES, POD_PHASES, type PodTable } from './pods.ts';

/** Seconds from 1970 to the year 9999. */
const LATEST = 253_402_300_799;
/** Longer than any name of Kubernetes. */
const LONGEST_NAME = 1024;

/** The table without the rows that cannot be used, which are named in `bad`, and without those that stand twice. */
export function usablePods(t: PodTable, bad: string[]): PodTable {
  // column by column, since hardly any table has a row that is wrong
  const faulty = fieldsOf(t).filter(({ isRight }) => !everyRow(t.count, isRight));
  if (faulty.length === 0 && areInOrder(t)) return t;
  const seen = new Map<number, Set<string>>();
  const keep: number[] = [];
  for (let row = 0; row < t.count; row++) {
    const wrong = faulty.find(({ isRight }) => !isRight(row));
    const name = t.name[row]!;
    if (wrong) bad.push(`${`${t.texts[t.namespace[row]!] ?? '?'}/${name}`.slice(0, 200)} (${wrong.what})`);
    else if (isFirst(seen, t.namespace[row]!, name)) keep.push(row);
  }
  return keep.length === t.count ? t : rowsOf(t, keep);
}

interface Field {
  /** What is said of a row where it is wrong. */
  readonly what: string;
  readonly isRight: (row: number) => boolean;
}

function fieldsOf(t: PodTable): readonly Field[] {
  const below = (what: string, column: readonly number[], end: number): Field => ({
    what,
    isRight: (row) => within(column[row], end),
  });
  const short = (texts: readonly string[]) => (row: number) => texts[row]!.length <= LONGEST_NAME;
  return [
    ...(['namespace', 'node', 'owner', 'serviceAccount'] as const).map((c) => below(c, t[c], t.texts.length)),
    below('labels', t.labels, t.labelSets.length),
    below('class', t.class, POD_CLASSES.length),
    below('phase', t.phase, POD_PHASES.length),
    below('createdAt: not a time', t.createdAt, LATEST),
    below('flags', t.flags, 1 << 30),
    { what: 'a text too long', isRight: short(t.name) },
    { what: 'a text too long', isRight: short(t.ip) },
  ];
}

function everyRow(count: number, isRight: (row: number) => boolean): boolean {
  for (let row = 0; row < count; row++) if (!isRight(row)) return false;
  return true;
}

/** Whether the rows stand by namespace and, in each, by name, as an API server lists them: then none stands twice. */
function areInOrder({ count, namespace, name }: PodTable): boolean {
  const seen = new Set<number>();
  for (let row = 0; row < count; row++) {
    if (row > 0 && namespace[row] === namespace[row - 1]) {
      if (name[row]! <= name[row - 1]!) return false;
    } else if (seen.size === seen.add(namespace[row]!).size) return false;
  }
  return true;
}

/** Whether no row before had this name in this namespace. */
function isFirst(seen: Map<number, Set<string>>, namespace: number, name: string): boolean {
  const names = seen.get(namespace);
  if (!names) seen.set(namespace, new Set([name]));
  return names === undefined || names.size < names.add(name).size;
}

function within(n: number | undefined, end: number): boolean {
  return Number.isInteger(n) && n! >= 0 && n! < end;
}

function rowsOf(t: PodTable, keep: readonly number[]): PodTable {
  const of = <T>(values: readonly T[]): T[] => keep.map((row) => values[row]!);
  const byRow = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(keep.flatMap((row, at) => (String(row) in record ? [[at, record[String(row)]!] as const] : [])));
  return {
    ...t,
    count: keep.length,
    namespace: of(t.namespace),
    name: of(t.name),
    node: of(t.node),
    ip: of(t.ip),
    class: of(t.class),
    phase: of(t.phase),
    owner: of(t.owner),
    labels: of(t.labels),
    serviceAccount: of(t.serviceAccount),
    createdAt: of(t.createdAt),
    flags: of(t.flags),
    branchEni: byRow(t.branchEni),
    ...(t.claims ? { claims: byRow(t.claims) } : {}),
    ...(t.hostPorts ? { hostPorts: byRow(t.hostPorts) } : {}),
    ...(t.needs ? { needs: of(t.needs) } : {}),
    ...(t.probes ? { probes: of(t.probes) } : {}),
  };
}
