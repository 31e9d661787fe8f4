import { describe, expect, it } from 'vitest';
import { parseQuantity } from '../../../src/inspect/snapshot/quantity.ts';

describe('a quantity of Kubernetes', () => {
  it.each([
    ['1000', 1000],
    ['64500m', 64.5],
    ['40Gi', 40 * 2 ** 30],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1k', 1000],
    ['2e3', 2000],
    [4, 4],
    ['.5', 0.5],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each(['', 'much', '-1', '1Xi', '1e30', undefined, null, {}])('%s is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });
});
