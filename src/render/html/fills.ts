/** What stretches of bars and cells of maps look like: a colour, and a pattern or a letter that says the same without it. */
import type { Fill } from '../blocks.ts';

interface Look {
  /** As it is read out. */
  readonly words: string;
  readonly letter?: string;
  readonly pattern?: 'stripes' | 'dots' | 'cross';
}

export const LOOKS: Readonly<Record<Fill, Look>> = {
  pods: { words: 'in use' },
  asked: { words: 'asked for' },
  warm: { words: 'idle', pattern: 'stripes' },
  other: { words: 'others', pattern: 'dots' },
  theirs: { words: 'other clusters', pattern: 'cross' },
  taken: { words: 'taken' },
  free: { words: 'free' },
  over: { words: 'short', pattern: 'cross' },
  open: { words: 'free' },
  fragmented: { words: 'fragmented', pattern: 'stripes' },
  full: { words: 'full' },
  prefix: { words: 'prefix', letter: 'P' },
  'their-block': { words: 'other cluster', pattern: 'cross' },
  reserved: { words: "AWS's own", letter: 'R' },
  'kept-for-prefixes': { words: 'free, reserved for prefixes', letter: 'p' },
  kept: { words: 'reserved', letter: 'x' },
  mixed: { words: 'some free' },
};

/** Patterns, once a page: every picture refers to them. */
export const PATTERNS = `<svg width="0" height="0" aria-hidden="true" class="defs"><defs>
<pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="5" class="ink"/></pattern>
<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2.5" cy="2.5" r="1.2" class="ink"/></pattern>
<pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 0L6 6M6 0L0 6" class="line"/></pattern>
</defs></svg>`;

/** A filled rectangle: its colour, and the pattern over it. */
export function rect(fill: Fill, x: number, y: number, width: number, height: number): string {
  const box = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
  const { pattern } = LOOKS[fill];
  return `<rect ${box} class="f-${fill}"/>${pattern ? `<rect ${box} fill="url(#${pattern})"/>` : ''}`;
}

export function round(n: number): number {
  return Math.round(n * 100) / 100;
}
