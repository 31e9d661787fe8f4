import { describe, expect, it } from 'vitest';
import { jsonPieces } from '../../src/render/json-pieces.ts';
import { HOSTILE } from '../support/hostile.ts';

/** Escaped one character at a time, as the standard has it. */
function plainly(object: object): string {
  const text = [...JSON.stringify(object, null, 2)].map((c) => {
    const unseen = c !== '\n' && (/^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]$/u.test(c) || 'ᅟᅠㅤﾠ'.includes(c));
    return unseen ? Array.from(c, () => [...c].map(escaped).join('')).join('') : c;
  });
  return `${text.join('')}\n`;
}

function escaped(c: string): string {
  return Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}

describe('JSON in pieces', () => {
  const numbered = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ i, name: `node-${i}`, list: [i, null], none: {} }));

  it.each([
    ['nothing', {}],
    ['nothing that JSON knows', { a: undefined, b: () => 1 }],
    ['values', { a: 1, b: null, c: undefined, d: 'text', e: true, f: [], g: {} }],
    ['what is left out in the middle', { a: 1, b: undefined, c: undefined, d: 2 }],
    ['names of any kind', JSON.parse('{"__proto__":1,"a\\"b\\n":[1],"":{"x":{"y":[{}]}}}')],
    ['short lists', { a: numbered(3), b: numbered(250) }],
    ['long lists', { first: numbered(251), 'a"\n': numbered(500), last: numbered(1001), end: 1 }],
    ['a long list with holes', { a: [...numbered(300), undefined, () => 1, null] }],
    [
      'what users write',
      { hostile: HOSTILE, 'list\u202e': Array.from({ length: 300 }, () => HOSTILE.join('\u{e0041}\ud800')) },
    ],
  ])('is the JSON of the whole: %s', (_, object) => {
    expect([...jsonPieces(object)].join('')).toBe(plainly(object));
  });

  it('is cut between elements', () => {
    const pieces = [...jsonPieces({ nodes: numbered(1000) })];
    expect(pieces.length).toBeGreaterThan(4);
    expect(Math.max(...pieces.map((p) => p.length))).toBeLessThan(0.3 * pieces.join('').length);
  });
});
