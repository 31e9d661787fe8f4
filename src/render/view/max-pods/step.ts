import { type Block, span, type Text } from '../../blocks.ts';

const LABEL = 18;
const NUMBER = 6;

/** `label  number  why`, wrapped under the why. */
export function step(label: string, number: string | number, why: string): Block {
  return entry(label, number, [span(why, 'muted')]);
}

/** The same with words that matter as much as the number. */
export function entry(
  label: string,
  number: string | number,
  words: readonly Exclude<Text, readonly unknown[]>[],
): Block {
  const head = `${label.padEnd(LABEL)}${String(number).padStart(NUMBER)}  `;
  return { kind: 'line', text: [head, ...words], hang: head.length };
}
