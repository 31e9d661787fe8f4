/**
 * The table of pods by its columns, for what looks at every pod: numbers are compared, and texts once each. Objects are made
 * only of the pods that are kept (`podsWhere`).
 */
import { POD_CLASSES, POD_FLAGS, POD_PHASES, type PodClass, type PodTable } from './pods.ts';

const SUCCEEDED = POD_PHASES.indexOf('Succeeded');
const FAILED = POD_PHASES.indexOf('Failed');

/** Whether the pod of a row still holds what it was given: neither Succeeded nor Failed. */
export function isLiveAt({ phase }: PodTable, row: number): boolean {
  return phase[row] !== SUCCEEDED && phase[row] !== FAILED;
}

/** The number of a class in the column `class`. */
export function numberOfClass(podClass: PodClass): number {
  return POD_CLASSES.indexOf(podClass);
}

/** Whether the pod of a row has a flag. */
export function hasFlag({ flags }: PodTable, row: number, flag: keyof typeof POD_FLAGS): boolean {
  return (flags[row]! & POD_FLAGS[flag]) !== 0;
}

/** By number of a text in the table: 1 where it holds. A text may stand in the table more than once. */
export function textsWhere({ texts }: PodTable, holds: (text: string) => boolean): Uint8Array {
  return Uint8Array.from(texts, (text) => Number(holds(text)));
}

/** The same of sets of labels. */
export function labelSetsWhere(
  { labelSets }: PodTable,
  holds: (labels: Readonly<Record<string, string>>) => boolean,
): Uint8Array {
  return Uint8Array.from(labelSets, (labels) => Number(holds(labels)));
}

/** Rows of pods with a branch ENI of their own. */
export function branchEniRows(t: PodTable): readonly { readonly row: number; readonly eniId: string }[] {
  return Object.entries(t.branchEni).flatMap(([key, eniId]) => {
    const row = Number(key);
    return row >= 0 && row < t.count ? [{ row, eniId }] : [];
  });
}
