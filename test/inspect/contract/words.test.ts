import { describe, expect, it } from 'vitest';
import {
  age,
  bounded,
  count,
  listed,
  moment,
  percent,
  shortZone,
  things,
} from '../../../src/inspect/contract/words.ts';

describe('numbers', () => {
  it('are grouped, and a question mark where unknown', () => {
    expect([count(1512), count(0), count(null), count(undefined)]).toEqual(['1,512', '0', '?', '?']);
    expect([bounded(5), bounded({ min: 29, max: 110 }), bounded({ min: 4, max: 4 }), bounded(null)]).toEqual([
      '5',
      '29–110',
      '4',
      '?',
    ]);
    expect([things(1, 'node'), things(3, 'node'), things(null, 'node'), things(2, 'address', 'addresses')]).toEqual([
      '1 node',
      '3 nodes',
      '? nodes',
      '2 addresses',
    ]);
  });

  it('round a share neither up to full nor down to empty', () => {
    expect([percent(0.999), percent(1), percent(0.001), percent(0), percent(1.29), percent(null)]).toEqual([
      '99 %',
      '100 %',
      '1 %',
      '0 %',
      '129 %',
      '?',
    ]);
  });
});

describe('times', () => {
  it('are one unit, rounded down', () => {
    expect([age(45), age(119), age(1380), age(7199), age(7200), age(47 * 3600), age(3 * 86_400), age(-5)]).toEqual([
      '45 s',
      '119 s',
      '23 min',
      '119 min',
      '2 h',
      '47 h',
      '3 days',
      '0 s',
    ]);
    expect(moment('2026-11-24T05:12:33.000Z')).toBe('2026-11-24 05:12 UTC');
  });
});

describe('names', () => {
  it('of zones lose the region', () => {
    expect([shortZone('eu-west-1a'), shortZone('us-gov-west-1b'), shortZone('us-west-2-lax-1a')]).toEqual([
      '1a',
      '1b',
      '2-lax-1a',
    ]);
  });

  it('are listed as in a sentence', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
  });
});
