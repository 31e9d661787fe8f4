/** Commands as lines of a bash script. */
import { breakCommand, wordsOf } from '../../text/break-command.ts';

/** From so many commands that do the same to another object on, they become a loop. */
const LOOP_FROM = 4;
const WIDTH = 100;
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;

/** Those in a row that differ in one plain word, or in two that may stand in several places, as one loop. */
export function inLoops(commands: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < commands.length; ) {
    const { places, end } = rowFrom(commands, i);
    if (places.length === 0 || end - i < LOOP_FROM) lines.push(...oneByOne(commands[i++]!, ''));
    else {
      lines.push(...loop(commands.slice(i, end), places));
      i = end;
    }
  }
  return lines;
}

function loop(row: readonly string[], places: readonly number[]): string[] {
  const [model = [], ...others] = row.map((c) => c.split(' '));
  const [one = 0, two] = new Map(places.map((at) => [model[at]!, at])).values();
  const values = [model, ...others].map((words) => (two === undefined ? words[one]! : `${words[one]},${words[two]}`));
  const variable = (at: number) => {
    if (two === undefined) return '"$each"';
    return `"\${each${model[at] === model[one] ? '%,*' : '#*,'}}"`;
  };
  const made = model.map((word, at) => (places.includes(at) ? variable(at) : word)).join(' ');
  return [`for each in ${values.join(' ')}; do`, ...oneByOne(made, '  '), 'done'];
}

/** Which words of the command at `start` change from one to the next, and up to which command nothing else does. */
function rowFrom(commands: readonly string[], start: number): { places: readonly number[]; end: number } {
  const model = commands[start]!.split(' ');
  let places: readonly number[] = [];
  let end = start + 1;
  for (; end < commands.length; end++) {
    const words = commands[end]!.split(' ');
    if (words.length !== model.length) break;
    const off = words.flatMap((w, i) => (w === model[i] ? [] : [i]));
    if (off.length === 0 || !areValues(model, words, off)) break;
    if (places.length > 0 && off.join() !== places.join()) break;
    places = off;
  }
  return { places, end };
}

/** At most two words are exchanged, each for the same one wherever it stands. */
function areValues(model: readonly string[], words: readonly string[], places: readonly number[]): boolean {
  const exchanged = new Map<string, string>();
  for (const at of places) {
    const now = words[at]!;
    if (!PLAIN.test(now) || !PLAIN.test(model[at]!) || (exchanged.get(model[at]!) ?? now) !== now) return false;
    exchanged.set(model[at]!, now);
  }
  return exchanged.size <= 2;
}

/** What goes on only where the part before ended well, a line each: `set -e` then ends the script, and not that line alone. */
function oneByOne(command: string, indent: string): string[] {
  const parts: string[][] = [[]];
  for (const word of wordsOf(command))
    if (word === '&&') parts.push([]);
    else parts.at(-1)!.push(word);
  const lines = parts.length === 1 ? [command] : parts.map((words) => words.join(' '));
  return lines.flatMap((c) => breakCommand(c, WIDTH).split('\n')).map((line) => indent + line);
}
