/** Rows of the table of pods that can be used: those whose numbers point at something, each pod once. */
import { POD_CLASSES, POD_PHASES, type PodTable } from './pods.ts';

/** Seconds from 1970 to the year 9999. */
const LATEST = 253_402_300_799;
/** Longer than any name of Kubernetes. */
const LONGEST_NAME = 1024;

/** The table without the rows that cannot be used, which are named in `bad`, and without those that stand twice. */
export function usablePods(t: PodTable, bad: string[]): PodTable {
  const keep: number[] = [];
  const seen = new Set<string>();
  for (let row = 0; row < t.count; row++) {
    const wrong = wrongIn(t, row);
    const name = `${t.texts[t.namespace[row]!] ?? '?'}/${t.name[row]}`;
    if (wrong !== undefined) bad.push(`${name.slice(0, 200)} (${wrong})`);
    else if (!seen.has(name)) {
      seen.add(name);
      keep.push(row);
    }
  }
  return keep.length === t.count ? t : rowsOf(t, keep);
}

function wrongIn(t: PodTable, row: number): string | undefined {
  const texts = t.texts.length;
  if (!within(t.namespace[row], texts)) return 'namespace';
  if (!within(t.node[row], texts)) return 'node';
  if (!within(t.owner[row], texts)) return 'owner';
  if (!within(t.serviceAccount[row], texts)) return 'serviceAccount';
  if (!within(t.labels[row], t.labelSets.length)) return 'labels';
  if (!within(t.class[row], POD_CLASSES.length)) return 'class';
  if (!within(t.phase[row], POD_PHASES.length)) return 'phase';
  if (!within(t.createdAt[row], LATEST)) return 'createdAt: not a time';
  if (!within(t.flags[row], 1 << 30)) return 'flags';
  if (t.name[row]!.length > LONGEST_NAME || t.ip[row]!.length > LONGEST_NAME) return 'a text too long';
  return undefined;
}

function within(n: number | undefined, end: number): boolean {
  return Number.isInteger(n) && n! >= 0 && n! < end;
}

function rowsOf(t: PodTable, keep: readonly number[]): PodTable {
  const of = <T>(values: readonly T[]): T[] => keep.map((row) => values[row]!);
  const branchEni: Record<string, string> = {};
  keep.forEach((row, at) => {
    const eni = t.branchEni[String(row)];
    if (eni !== undefined) branchEni[String(at)] = eni;
  });
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
    branchEni,
  };
}
