import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonProjection } from '../../../../src/inspect/collect/kubernetes/json-projection.ts';
import { type Fields, REST, Shared } from '../../../../src/inspect/collect/kubernetes/json-wanted.ts';
import { picked } from './picked.ts';

const read = (text: string, keep: Fields) => new JsonProjection(keep).read(Buffer.from(text));

const KEYS = ['a', 'b', 'cc', 'dd', 'ééé', 'f'];
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'grapheme' }),
    tie('object'),
    tie('list'),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('value'), { maxKeys: 6 }),
}));
const { keep } = fc.letrec<{ keep: true | Fields; fields: Fields }>((tie) => ({
  keep: fc.oneof({ maxDepth: 4 }, fc.constant(true as const), tie('fields')),
  fields: fc.dictionary(fc.constantFrom(...KEYS), tie('keep')),
}));
/** JSON with white space where it may stand. */
const spaced = (json: unknown) => JSON.stringify(json, null, 1).replaceAll('\n', '\r\n\t');

describe('what is wanted of a JSON text', () => {
  it('is what parsing all and leaving out gives', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 6 }),
        keep,
        fc.boolean(),
        (json, wanted, loose) => {
          const text = loose ? spaced(json) : JSON.stringify(json);
          const result = new JsonProjection(wanted).read(Buffer.from(text));
          // keys written with escapes are left to a whole parse
          if (result === undefined) expect(text).toContain('\\');
          else expect(result).toEqual(picked(JSON.parse(text), wanted));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is no text that ends early, wherever', () => {
    const text = JSON.stringify({ a: [{ b: 'x\\"', drop: { c: [1, 'e'] } }, null], drop: '}', cc: { dd: -1.5e3 } });
    const wanted = { a: { b: true }, cc: true } as const;
    expect(read(text, wanted)).toEqual({ a: [{ b: 'x\\"' }, null], cc: { dd: -1500 } });
    for (let end = 0; end < text.length; end++)
      expect(read(text.slice(0, end), wanted), text.slice(0, end)).toBeUndefined();
  });

  it.each([
    '',
    '[',
    '{]',
    '{"a" 1}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1}x',
    '{"a":1}{}',
    '{a:1}',
    '{"a":tru}',
    '{"a":[1,]}',
    '\ufeff{}',
  ])('leaves %s to others', (text) => {
    expect(read(text, { a: { b: true } })).toBeUndefined();
  });

  it('leaves keys with escapes to others, at the level of members alone', () => {
    expect(read('{"\\u0061":1}', { a: true })).toBeUndefined();
    expect(read('{"x":{"\\u0061":1},"a":{"\\u0062":2}}', { a: true })).toEqual({ a: { b: 2 } });
  });

  it('stands deep nesting', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(read(`{"x":${deep},"a":1}`, { a: true })).toEqual({ a: 1 });
    expect(() => read(`{"a":${deep}}`, { a: { b: true } })).not.toThrow();
  });
});

describe('a shared value', () => {
  const items = (...list: unknown[]) => JSON.stringify({ items: list });
  const labels = { app: 'web', tier: 'front' };

  it('is one object for all that are equal, over all texts', () => {
    const projection = new JsonProjection({ items: { n: true, labels: new Shared(true) } });
    const of = (text: string) => (projection.read(Buffer.from(text)) as { items: { labels: object }[] }).items;
    const [a, b, other] = of(items({ n: 1, labels }, { n: 2, labels }, { n: 3, labels: { ...labels, app: 'x' } }));
    const [again, none] = of(items({ n: 4, labels }, { n: 5 }));
    expect(a).toEqual({ n: 1, labels });
    expect(b?.labels).toBe(a?.labels);
    expect(again?.labels).toBe(a?.labels);
    expect(other?.labels).toEqual({ ...labels, app: 'x' });
    expect(none).toEqual({ n: 5 });
  });

  it('is equal by what is wanted of it', () => {
    const projection = new JsonProjection({ items: { s: new Shared({ a: true }) } });
    const { items: list } = projection.read(Buffer.from(items({ s: [{ a: 1, b: 2 }] }, { s: [{ b: 3, a: 1 }] }))) as {
      items: { s: object }[];
    };
    expect(list.map((i) => i.s)).toEqual([[{ a: 1 }], [{ a: 1 }]]);
    expect(list[0]?.s).toBe(list[1]?.s);
  });

  it('leaves members that differ where they are, and tells the rest', () => {
    const keep = {
      items: { spec: new Shared({ a: true, list: { x: true } }, { node: true, volumes: { claim: new Shared(true) } }) },
    };
    const spec = (node: string) => ({
      a: 1,
      node,
      gone: [1],
      list: [{ x: 1, y: 2 }],
      volumes: [{ claim: { n: 1 }, z: 1 }],
    });
    const { items: list } = read(items({ spec: spec('n1') }, { spec: spec('n2') }, { spec: {} }), keep) as {
      items: { spec: Record<string | symbol, unknown> }[];
    };
    const own = (node: string) => ({ a: 1, node, list: [{ x: 1 }], volumes: [{ claim: { n: 1 } }] });
    expect(JSON.parse(JSON.stringify(list.map((i) => i.spec)))).toEqual([own('n1'), own('n2'), {}]);
    expect(list[0]?.spec[REST]).toBe(list[1]?.spec[REST]);
    expect(list[0]?.spec[REST]).not.toBe(list[2]?.spec[REST]);
  });

  it.each(['1', '"x"', 'null', 'true'])('that is none, %s, is left to others', (scalar) => {
    expect(read(`{"items":[{"s":${scalar}}]}`, { items: { s: new Shared({ a: true }) } })).toBeUndefined();
  });

  it('that is no JSON is left to others', () => {
    expect(read('{"s":{"a":tru}}', { s: new Shared({ a: true }) })).toBeUndefined();
  });
});
