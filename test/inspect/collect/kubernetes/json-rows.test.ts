import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JsonProjection } from '../../../../src/inspect/collect/kubernetes/json-projection.ts';
import { Templates } from '../../../../src/inspect/collect/kubernetes/json-templates.ts';
import { type Fields, REST, Rows, Shared } from '../../../../src/inspect/collect/kubernetes/json-wanted.ts';
import { picked } from './picked.ts';

const KEEP: Fields = {
  meta: { name: true, space: true, born: true, labels: new Shared(true), notes: { x: true } },
  spec: new Shared(
    { a: true, boxes: { name: true, size: true, probe: { port: true } } },
    { node: true, volumes: { claim: { name: true } } },
  ),
  status: { phase: true, ip: true, conditions: new Shared({ type: true, status: true }) },
};

/** JSON as pairs, so that a name may come twice. */
type Tree =
  | string
  | number
  | boolean
  | null
  | readonly Tree[]
  | { readonly pairs: readonly (readonly [string, Tree])[] };
const object = (of: Readonly<Record<string, Tree>>): Tree => ({ pairs: Object.entries(of) });

function write(tree: Tree, space: string): string {
  if (typeof tree !== 'object' || tree === null) return JSON.stringify(tree);
  if ('pairs' in tree)
    return `{${space}${tree.pairs.map(([k, v]) => `${JSON.stringify(k)}${space}:${write(v, space)}`).join(`,${space}`)}}`;
  return `[${tree.map((t) => write(t, space)).join(`${space},`)}${space}]`;
}

const pod = (owner: number, n: number, text: string): Tree =>
  object({
    meta: object({
      name: `web-${owner}-${n}`,
      base: `web-${owner}-`,
      space: `team-${n % 2}`,
      uid: `u${owner}-${n}`,
      born: `2026-11-2${n % 3}`,
      labels: object({ app: `web-${owner}`, tier: 'é' }),
      notes: object({ x: text, y: text }),
      managed: [object({ by: 'kubelet', fields: object({ [`k:{"ip":"10.0.0.${n}"}`]: object({}) }) })],
    }),
    spec: object({
      volumes: [object({ name: `v-${n}`, claim: object({ name: `c-${n}`, z: [] }) }), object({ name: 'w' })],
      boxes: [
        object({
          name: 'main',
          size: owner,
          env: [object({ name: 'A', value: '}{][' })],
          probe: object({ port: 80, wait: 3 }),
        }),
      ],
      node: `node-${n}`,
      a: [1, -2.5e3, null, true],
    }),
    status: object({
      phase: 'Running',
      conditions: [object({ type: 'Ready', status: 'True', at: `t${n}` })],
      ip: `10.0.${owner}.${n}`,
      restarts: n % 4,
      started: n % 5 > 0,
    }),
  });

/** How often a row was read by what was known of another. */
function watch() {
  const read = vi.spyOn(Templates.prototype, 'read');
  return () => read.mock.results.filter((r) => r.value !== undefined).length;
}
afterEach(() => void vi.restoreAllMocks());

const page = (rows: readonly Tree[], space = '') => write(object({ kind: 'List', items: rows }), space);
const KEEP_LIST = { kind: true, items: new Rows(KEEP) } as const;
const expected = (text: string) => picked(JSON.parse(text), { kind: true, items: KEEP });

/** Without what is kept beside. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('rows that are alike', () => {
  it('are the same as read one by one, over pages', () => {
    const known = watch();
    const projection = new JsonProjection(KEEP_LIST);
    for (let p = 0; p < 3; p++) {
      const text = page(Array.from({ length: 60 }, (_, i) => pod(i % 4, p * 60 + i, `text ${i}`)));
      expect(plain(projection.read(Buffer.from(text)))).toEqual(expected(text));
    }
    // a few of each kind show what differs
    expect(known()).toBeGreaterThan(180 - 4 * 8);
  });

  it('are read whatever stands in a text that differs', () => {
    const texts = ['', ' ', 'é', '日本', '"', '\\', '\n', '\u0001', '","x":"', '}', '𝒳', '\ud800'];
    const known = watch();
    const projection = new JsonProjection(KEEP_LIST);
    const text = page(Array.from({ length: 96 }, (_, i) => pod(1, i, texts[i % texts.length]!)));
    expect(plain(projection.read(Buffer.from(text)))).toEqual(expected(text));
    expect(known()).toBeGreaterThan(80);
  });

  it('share what is equal with those read one by one', () => {
    const projection = new JsonProjection(KEEP_LIST);
    const text = page(Array.from({ length: 40 }, (_, i) => pod(1, i, 'x')));
    const { items } = projection.read(Buffer.from(text)) as {
      items: { meta: { labels: object }; spec: Record<symbol, object> }[];
    };
    for (const item of items) expect(item.meta.labels).toBe(items[0]!.meta.labels);
    for (const item of items) expect(item.spec[REST]).toBe(items[0]!.spec[REST]);
    expect(items[0]!.spec[REST]).toEqual({
      a: [1, -2500, null, true],
      boxes: [{ name: 'main', size: 1, probe: { port: 80 } }],
    });
  });

  it('that end early leave the page to others, wherever', () => {
    const rows = Array.from({ length: 30 }, (_, i) => pod(1, i, 'x'));
    const projection = new JsonProjection(KEEP_LIST);
    const text = page(rows);
    const last = text.lastIndexOf('{"meta"');
    for (let end = last; end < text.length; end += 7)
      expect(projection.read(Buffer.from(text.slice(0, end)))).toBeUndefined();
    expect(plain(projection.read(Buffer.from(text)))).toEqual(expected(text));
  });

  it('leave a page with a text that is none to others', () => {
    const projection = new JsonProjection(KEEP_LIST);
    const good = page(Array.from({ length: 30 }, (_, i) => pod(1, i, 'x')));
    expect(projection.read(Buffer.from(good))).toBeDefined();
    for (const bad of ['a\nb', 'a\\qb', 'a\\u12'])
      expect(projection.read(Buffer.from(good.replace('node-17', () => `node-${bad}`))), bad).toBeUndefined();
  });

  it.each([
    '{"items":[{}],"items":[{}]}',
    '{"items":[1]}',
    '{"items":{}}',
    '{"items":null}',
    '{"items":[{},]}',
    '{"items":[{}',
  ])('are left to others in %s', (text) => {
    expect(new JsonProjection(KEEP_LIST).read(Buffer.from(text))).toBeUndefined();
  });

  it('are read one by one where they nest deeper than is sane', () => {
    const deep = (n: number) => `{"meta":{"name":"n${n}","labels":{}},"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const { items } = new JsonProjection(KEEP_LIST).read(Buffer.from(`{"items":[${[1, 2, 3].map(deep)}]}`)) as {
      items: unknown[];
    };
    expect(items).toEqual([1, 2, 3].map((n) => ({ meta: { name: `n${n}`, labels: {} } })));
  });
});

const change = fc.record({
  kind: fc.constantFrom('text', 'text', 'text', 'value', 'order', 'twice', 'gone', 'more'),
  at: fc.nat(40),
  text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })),
  value: fc.constantFrom<Tree>(
    null,
    true,
    0,
    -1.5,
    '',
    [],
    object({}),
    ['x'],
    [object({ name: 'y' })],
    object({ name: 'z' }),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** The tree with one of its nodes changed, counted in the order they are written. */
function changed(tree: Tree, by: Change): Tree {
  let left = by.at;
  const walk = (node: Tree): Tree => {
    if (left-- === 0) return replaced(node, by);
    if (typeof node !== 'object' || node === null) return node;
    if ('pairs' in node) return { pairs: node.pairs.map(([k, v]) => [k, walk(v)] as const) };
    return node.map(walk);
  };
  return walk(tree);
}

function replaced(node: Tree, { kind, text, value, at }: Change): Tree {
  if (typeof node === 'object' && node !== null && 'pairs' in node && node.pairs.length > 0) {
    const pairs = node.pairs;
    const one = pairs[at % pairs.length]!;
    if (kind === 'order') return { pairs: [...pairs].reverse() };
    if (kind === 'twice') return { pairs: [...pairs, [one[0], value]] };
    if (kind === 'gone') return { pairs: pairs.filter((p) => p !== one) };
    if (kind === 'more') return { pairs: [[text, value], ...pairs] };
  }
  return kind === 'text' && typeof node === 'string' ? text : kind === 'value' ? value : node;
}

describe('any rows', () => {
  it('are what parsing all and leaving out gives', () => {
    const known = watch();
    let understood = 0;
    fc.assert(
      fc.property(
        fc.array(fc.record({ owner: fc.nat(2), changes: fc.array(change, { maxLength: 2 }) }), {
          minLength: 12,
          maxLength: 40,
        }),
        fc.constantFrom('', '', ' ', '\r\n\t'),
        (rows, space) => {
          const projection = new JsonProjection(KEEP_LIST);
          for (const half of [rows.slice(0, 8), rows.slice(8)]) {
            const text = page(
              half.map(({ owner, changes }, i) => changes.reduce(changed, pod(owner, i, 'x'))),
              space,
            );
            const result = projection.read(Buffer.from(text));
            if (result === undefined) continue;
            understood++;
            expect(plain(result)).toEqual(expected(text));
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(understood).toBeGreaterThan(50);
    expect(known()).toBeGreaterThan(500);
  });
});
