/** What a mistyped name may have meant. */
import { distance } from 'fastest-levenshtein';

const LONGEST = 64;

/** The names closest to what was typed, nearest first; none that shares less than half of its characters. */
export function nearest(typed: string, names: readonly string[], most = 3): readonly string[] {
  // the work grows with the square of its length, and no name is so long
  if (typed.length > LONGEST) return [];
  return names
    .map((name) => ({ name, edits: distance(typed.toLowerCase(), name) }))
    .filter(({ name, edits }) => edits * 2 <= Math.max(name.length, typed.length))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ name }) => name);
}

/** `; did you mean web-1 or web-2?`, or nothing where no name is near. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const near = nearest(typed, names);
  return near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
}
