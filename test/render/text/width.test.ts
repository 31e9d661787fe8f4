import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fitted, textWidth } from '../../../src/render/text/width.ts';
import { createTheme } from '../../../src/render/theme.ts';

const { paint } = createTheme({ color: true, ascii: false, width: 80 });

describe('textWidth', () => {
  it('is what string-width says of every character of the basic plane', () => {
    for (let code = 0x20; code < 0xd800; code++) {
      const text = String.fromCharCode(code);
      if (textWidth(text) !== stringWidth(text)) expect.fail(`U+${code.toString(16)}: ${textWidth(text)}`);
    }
  });

  it('is what string-width says of texts: clusters of emoji, marks, colours', () => {
    const part = fc.constantFrom('a', '1', '…', '█', '✔', '⚠', '漢', '😀', '\u0301', '\ufe0f', '\u20e3', '\u200d');
    const painted = fc.tuple(
      fc.array(part).map((p) => p.join('')),
      fc.constantFrom('plain', 'strong', 'error'),
    );
    fc.assert(
      fc.property(fc.array(painted, { maxLength: 4 }), (all) => {
        const text = all.map(([words, tone]) => paint(words, tone)).join('');
        expect(textWidth(text)).toBe(stringWidth(text));
      }),
    );
  });
});

describe('fitted', () => {
  it('fills with blanks on either side', () => {
    expect(fitted('ab', 4, 'left', '…')).toBe('ab  ');
    expect(fitted('漢', 4, 'right', '…')).toBe('  漢');
  });

  it('cuts with an ellipsis, between characters, and fills the column a wide one leaves', () => {
    expect(fitted('abcdef', 4, 'left', '…')).toBe('abc…');
    expect(fitted('abcdef', 4, 'left', '->')).toBe('ab->');
    expect(fitted('ab漢漢', 4, 'left', '…')).toBe('ab… ');
    expect(fitted('a😀😀', 3, 'left', '…')).toBe('a… ');
  });

  it('leaves no rendition open, and puts the ellipsis behind it', () => {
    expect(fitted(paint('abcdef', 'error'), 4, 'left', '…')).toBe(`${paint('abc', 'error')}…`);
    expect(fitted(paint('ab', 'strong') + paint('cdef', 'error'), 4, 'left', '…')).toBe(
      `${paint('ab', 'strong')}${paint('c', 'error')}…`,
    );
    expect(fitted(`${paint('abc', 'error')}def`, 4, 'left', '…')).toBe(`${paint('abc', 'error')}…`);
  });
});
