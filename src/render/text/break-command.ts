/** Long commands over several lines that a shell still reads as one. */
import { textWidth } from './width.ts';

const CONTINUED = ' \\';
const INDENT = '  ';
/** Another command: it stands on a line of its own. */
const NEXT = /^(?:\||&&|\|\|) /;
/** What stands between commands, or before a file: it keeps the word behind it. */
const OPERATOR = /^(?:\||&&|\|\||<|>)$/;

/**
 * The command with a backslash and a new line before flags, where it is wider than `width` columns; before other words only
 * where a flag's own words are wider than that, and always before what another command begins with. Never inside a quoted string or a word: what was one argument stays one.
 */
export function breakCommand(command: string, width: number): string {
  if (command.split('\n').every((line) => textWidth(line) <= width)) return command;
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(command)) {
    if (line === '') line = piece;
    else if (
      NEXT.test(piece) ||
      textWidth(`${line.split('\n').at(-1)} ${piece.split('\n')[0]}`) > width - CONTINUED.length
    ) {
      lines.push(line);
      line = INDENT + piece;
    } else line += ` ${piece}`;
  }
  return [...lines, line].join(`${CONTINUED}\n`);
}

/** The words of a command, a flag together with its value. */
function pieces(command: string): string[] {
  const all = wordsOf(command);
  const joined: string[] = [];
  for (const [i, word] of all.entries()) {
    const before = all[i - 1];
    const isValue = before?.startsWith('-') && !before.includes('=') && before !== '-' && !/^(?:-|[|&<>]+$)/.test(word);
    if (isValue || (before !== undefined && OPERATOR.test(before))) joined[joined.length - 1] += ` ${word}`;
    else joined.push(word);
  }
  return joined;
}

/** Splits at blanks outside quotes; single quotes and backslashes are all that our commands use. */
export function wordsOf(command: string): string[] {
  return command.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? [];
}
