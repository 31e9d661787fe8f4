import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../src/render/text/width.ts';
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
