/** Colour and glyphs, decided once. The only user of chalk. */
import { Chalk } from 'chalk';
import type { Fill, Tone } from './blocks.ts';
import { toAscii } from './to-ascii.ts';

export interface Theme {
  readonly width: number;
  readonly paint: (text: string, tone: Tone) => string;
  readonly fill: (fill: Fill, cells: number) => string;
  readonly glyphs: Glyphs;
}

interface Glyphs {
  readonly error: string;
  readonly warning: string;
  readonly info: string;
  readonly ok: string;
  readonly unknown: string;
  readonly dot: string;
  readonly arrow: string;
  readonly ellipsis: string;
}

const UNICODE: Glyphs = {
  error: '✖',
  warning: '!',
  info: 'i',
  ok: '✔',
  unknown: '?',
  dot: '·',
  arrow: '→',
  ellipsis: '…',
};
const ASCII: Glyphs = {
  error: 'x',
  warning: '!',
  info: 'i',
  ok: '+',
  unknown: '?',
  dot: '-',
  arrow: '->',
  ellipsis: '~',
};

const FILLS: Record<Fill, { readonly unicode: string; readonly ascii: string; readonly tone: Tone }> = {
  pods: { unicode: '█', ascii: '#', tone: 'accent' },
  asked: { unicode: '█', ascii: '#', tone: 'accent' },
  warm: { unicode: '▓', ascii: '=', tone: 'warning' },
  other: { unicode: '▪', ascii: 'o', tone: 'info' },
  taken: { unicode: '▒', ascii: '%', tone: 'info' },
  free: { unicode: '░', ascii: '.', tone: 'muted' },
  over: { unicode: '!', ascii: '!', tone: 'error' },
  prefix: { unicode: '█', ascii: '#', tone: 'accent' },
  theirs: { unicode: '▚', ascii: '&', tone: 'accent' },
  open: { unicode: '·', ascii: '.', tone: 'ok' },
  fragmented: { unicode: '▒', ascii: '%', tone: 'warning' },
  full: { unicode: '▓', ascii: '*', tone: 'error' },
  'their-block': { unicode: '▚', ascii: '&', tone: 'info' },
  reserved: { unicode: 'R', ascii: 'R', tone: 'muted' },
  'kept-for-prefixes': { unicode: 'p', ascii: 'p', tone: 'ok' },
  kept: { unicode: 'x', ascii: 'x', tone: 'muted' },
  mixed: { unicode: '▪', ascii: 'o', tone: 'warning' },
};

export interface ThemeOptions {
  readonly color: boolean;
  readonly ascii: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/**
 * Entries of the fixed part of the 256-colour palette (the first sixteen are the user's own and may be anything), each with a
 * contrast of at least 3:1 on black, on white and on Solarized Light. Meaning never rests on them: a glyph or a word carries it.
 */
export const PALETTE = { error: 160, warning: 130, info: 26, ok: 28, accent: 30, muted: 242 } as const;

export function createTheme(options: ThemeOptions): Theme {
  const chalk = new Chalk({ level: options.color ? 2 : 0 });
  const colour = (tone: keyof typeof PALETTE) => chalk.ansi256(PALETTE[tone]);
  const painters: Record<Tone, (text: string) => string> = {
    plain: (t) => t,
    strong: chalk.bold,
    muted: colour('muted'),
    error: colour('error'),
    warning: colour('warning'),
    info: colour('info'),
    ok: colour('ok'),
    accent: colour('accent'),
  };
  const plain = options.ascii ? toAscii : (text: string) => text;
  return {
    width: options.width,
    paint: (text, tone) => painters[tone](plain(text)),
    fill: (fill, cells) => painters[FILLS[fill].tone](FILLS[fill][options.ascii ? 'ascii' : 'unicode'].repeat(cells)),
    glyphs: options.ascii ? ASCII : UNICODE,
  };
}
