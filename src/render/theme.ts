/** Colour level and glyphs, decided once. The only user of chalk. */
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
  warm: { unicode: '▓', ascii: '=', tone: 'warning' },
  other: { unicode: '▪', ascii: 'o', tone: 'info' },
  taken: { unicode: '▒', ascii: '%', tone: 'info' },
  free: { unicode: '░', ascii: '.', tone: 'muted' },
  over: { unicode: '!', ascii: '!', tone: 'error' },
  prefix: { unicode: '█', ascii: '#', tone: 'accent' },
  fragmented: { unicode: '▒', ascii: '%', tone: 'warning' },
  reserved: { unicode: 'R', ascii: 'R', tone: 'muted' },
};

export interface ThemeOptions {
  readonly color: boolean;
  readonly ascii: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

export function createTheme(options: ThemeOptions): Theme {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const painters: Record<Tone, (text: string) => string> = {
    plain: (t) => t,
    strong: chalk.bold,
    muted: chalk.dim,
    error: chalk.red,
    warning: chalk.yellow,
    info: chalk.blue,
    ok: chalk.green,
    accent: chalk.cyan,
  };
  const plain = options.ascii ? toAscii : (text: string) => text;
  return {
    width: options.width,
    paint: (text, tone) => painters[tone](plain(text)),
    fill: (fill, cells) => painters[FILLS[fill].tone](FILLS[fill][options.ascii ? 'ascii' : 'unicode'].repeat(cells)),
    glyphs: options.ascii ? ASCII : UNICODE,
  };
}
