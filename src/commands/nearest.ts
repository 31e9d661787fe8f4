/** What a mistyped name may have meant. */
import { distance } from 'fastest-levenshtein';

/** The names closest to what was typed, nearest first; none that shares less than half of its characters. */
export function nearest(typed: string, names: readonly string[], most = 3): readonly string[] {
  return names
    .map((name) => ({ name, edits: distance(typed.toLowerCase(), name) }))
    .filter(({ name, edits }) => edits * 2 <= Math.max(name.length, typed.length))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ name }) => name);
}
