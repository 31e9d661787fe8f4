/** What a view produces and a text format prints. Views decide what is said; formats decide how it looks. */

export type Tone = 'plain' | 'strong' | 'muted' | 'error' | 'warning' | 'info' | 'ok' | 'accent';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}
/** A line's worth of text. Texts may come from users of the cluster: formats strip what could move a cursor. */
export type Text = string | Span | readonly (string | Span)[];

/** What a stretch of a bar or a cell of a map stands for; the glyph carries the meaning, colour only repeats it. */
export type Fill = 'pods' | 'asked' | 'warm' | 'other' | 'theirs' | 'taken' | 'free' | 'over' | BlockFill;

/** What a /28 of a map is; `mixed` stands for several of which some are free. */
export type BlockFill =
  | 'open'
  | 'fragmented'
  | 'full'
  | 'prefix'
  | 'their-block'
  | 'reserved'
  | 'kept-for-prefixes'
  | 'kept'
  | 'mixed';

export interface Bar {
  /** Stretches in order, in the same unit as `total`. */
  readonly segments: readonly { readonly value: number; readonly fill: Fill }[];
  readonly total: number;
  /** What stands behind the bar on its line. */
  readonly label?: Text;
}

/** Several bars side by side, each of its own full length: the slots of a node, ENI by ENI. */
export interface Bars {
  readonly bars: readonly Bar[];
}

export type Cell = Text | { readonly bar: Bar } | Bars;

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** True for texts that may be cut when the terminal is narrow; numbers never are. */
  readonly flexible?: boolean;
  /** `wide`: only printed by the wide format. */
  readonly only?: 'wide';
  /** Where the terminal is too narrow for all columns, those with the highest number go first, together; without one, never. */
  readonly drop?: number;
  /** What its title stands for; a line of its own below the table where the column is printed. */
  readonly note?: string;
  /** Texts that are never cut: one that does not fit leaves its first word here and stands whole below its row. */
  readonly below?: boolean;
}

/** What a fill means, printed beside a heading: `█ pods`. */
export interface Legend {
  readonly fill: Fill;
  readonly label: string;
}

export type Block =
  | {
      readonly kind: 'heading';
      readonly text: string;
      readonly note?: Text;
      readonly legend?: readonly Legend[];
      /** It belongs to the heading before it. */
      readonly sub?: boolean;
    }
  /** One line, wrapped at words where it must be; continuation lines are indented by `hang`. */
  | {
      readonly kind: 'line';
      readonly text: Text;
      readonly indent?: number;
      readonly hang?: number;
      /** One line whatever its length: what does not fit is cut, with an ellipsis. Never for numbers alone or for commands. */
      readonly clip?: boolean;
    }
  | { readonly kind: 'blank' }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
      readonly indent?: number;
    }
  /** Commands to copy: printed whole, never wrapped or cut. */
  | { readonly kind: 'commands'; readonly commands: readonly string[]; readonly indent?: number }
  /** Text to paste into a file, printed verbatim. */
  | { readonly kind: 'verbatim'; readonly text: string; readonly indent?: number }
  /**
   * Numbered cells in as many columns as the terminal has room for, each line behind the label and the number of its first
   * cell. A map that would take more than `mostLines` is scaled: then a cell stands for several, and the map says of how many.
   */
  | {
      readonly kind: 'map';
      readonly cells: readonly BlockFill[];
      /** By cell: what stands before a line that begins with it. */
      readonly labels: readonly string[];
      /** By cell: who is in it, for pictures that can say so. */
      readonly titles?: readonly string[];
      readonly mostLines: number;
      readonly indent?: number;
    };

export function span(text: string, tone: Tone): Span {
  return { text, tone };
}

/** A text that a line never breaks inside: its spaces are non-breaking until it is printed. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}
export const NO_BREAK = '\u00a0';

/** Texts with a separator between them. */
export function joined(parts: readonly (string | Span)[], separator = ' · '): readonly (string | Span)[] {
  return parts.flatMap((p, i) => (i === 0 ? [p] : [separator, p]));
}

export function isBar(cell: Cell): cell is { readonly bar: Bar } {
  return typeof cell === 'object' && 'bar' in cell;
}

export function isBars(cell: Cell): cell is Bars {
  return typeof cell === 'object' && 'bars' in cell;
}

export function spansOf(text: Text): readonly Span[] {
  const parts = Array.isArray(text) ? (text as readonly (string | Span)[]) : [text as string | Span];
  return parts.map((p) => (typeof p === 'string' ? { text: p, tone: 'plain' } : p));
}
