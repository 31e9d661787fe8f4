/** Command lines that a reader copies: quoted so that the shell hands every word on as it is. */

/** Words of these characters alone mean the same to every POSIX shell and to zsh. */
const PLAIN = /^[A-Za-z0-9_/:.,@%+-][A-Za-z0-9_/:.,@%+=-]*$/;

/** One word, quoted for a POSIX shell where it must be. Never throws; an empty text becomes `''`. */
export function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command of these words, each quoted where it must be. */
export function commandLine(...words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/**
 * A command that reads a document from its standard input, as a here-document.
 * The document must not hold the line `EOF`; ours are made of ids and numbers.
 */
export function withInput(command: string, document: string): string {
  return `${command} <<'EOF'\n${document.trimEnd()}\nEOF`;
}
