import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { fitOf, UNFIT } from '../../../src/inspect/snapshot/fit.ts';
import { column, count, textMap } from '../../../src/inspect/snapshot/values.ts';
import { SECTION_NAMES, SECTIONS } from '../../../src/inspect/snapshot.ts';
import { HOSTILE } from '../../support/hostile.ts';
import { dice, type Json, mutated } from '../../support/mutations.ts';
import { CASES } from '../checks/cases/index.ts';

const ODD: readonly Json[] = [
  ...[
    null,
    true,
    -1,
    0.5,
    2 ** 53,
    4294967296,
    '',
    ' ',
    'garbage',
    '9999-99-99T99:99:99Z',
    '10.0.0.0/33',
    [],
    {},
    [null],
  ],
  ...['__proto__', 'constructor', 'x'.repeat(20_000), HOSTILE[0]!],
  JSON.parse('{"__proto__":"a","constructor":"b"}'),
];

/** What valibot makes of a value; `UNFIT` where it refuses it. */
function longWay(schema: v.GenericSchema, value: unknown): unknown {
  const result = v.safeParse(schema, value, { abortEarly: true });
  return result.success ? result.output : UNFIT;
}

const copyOf = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('the short way', () => {
  const shown = [
    ...new Map(Object.values(CASES).flatMap((c) => c.fires.map((f) => [JSON.stringify(f.of), f.of]))).values(),
  ];

  it.each(SECTION_NAMES)('gives what the long way gives, of what %s may hold and of what it may not', (name) => {
    const schema: v.GenericSchema = SECTIONS[name];
    const found = shown.flatMap((of) => ('data' in of[name] ? [copyOf(of[name].data) as Json] : [])).slice(0, 20);
    for (const [i, data] of found.entries())
      for (let n = 0; n < 30; n++) {
        const value = n === 0 ? data : mutated(data, dice(n * 131 + i), ODD);
        const short = fitOf(schema, 16 * 1024)?.(copyOf(value)) ?? UNFIT;
        if (n === 0 && name !== 'addons') expect(short).not.toBe(UNFIT);
        if (short !== UNFIT) expect(short).toEqual(longWay(schema, copyOf(value)));
      }
  });

  it.each([
    ['an unknown field', { ids: ['a'], more: 1 }],
    ['a missing field', {}],
    ['a text too long', { ids: ['x'.repeat(11)] }],
    ['a name too long', { ids: [], labels: { ['x'.repeat(11)]: 'a' } }],
    ['an array for an object', []],
    ['a number that is none', { ids: [], numbers: [1, Number.NaN, 'a'] }],
    ['what fails a check', { ids: [], count: -1 }],
    ['what is inherited', Object.create({ ids: ['a'] })],
    ['what cannot be changed', Object.freeze({ ids: ['a'] })],
  ])('leaves to the long way %s', (_, value) => {
    const schema = v.object({
      ids: v.array(v.string()),
      labels: v.optional(textMap),
      numbers: v.optional(column),
      count: v.optional(count),
    });
    expect(fitOf(schema, 10)!(value)).toBe(UNFIT);
  });

  it('takes over an object, its maps without what they would inherit', () => {
    const value = { labels: JSON.parse('{"__proto__":"a","app":"web"}') };
    expect(fitOf(v.object({ labels: textMap }), 10)!(value)).toBe(value);
    expect(Object.getPrototypeOf(value.labels)).toBeNull();
    expect(Object.entries(value.labels)).toEqual([
      ['__proto__', 'a'],
      ['app', 'web'],
    ]);
  });

  it('knows none for what may be anything', () => {
    expect(fitOf(v.object({ any: v.unknown() }), 10)).toBeUndefined();
    expect(fitOf(v.pipe(v.string(), v.trim()), 10)).toBeUndefined();
    expect(fitOf(v.object({ a: v.optional(v.string(), 'default') }), 10)).toBeUndefined();
  });

  it('tells texts apart that come after so many that it remembers none', () => {
    const list = Array.from({ length: 5000 }, (_, i) => `text ${i}`);
    expect(fitOf(v.array(v.string()), 10)!([...list, 'x'.repeat(11)])).toBe(UNFIT);
    expect(fitOf(v.array(v.string()), 10)!([...list])).toEqual(list);
  });
});
