import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { buildSubnets } from '../../src/inspect/report/subnets/build.ts';
import { type Block, span } from '../../src/render/blocks.ts';
import { html } from '../../src/render/format/html.ts';
import { renderHtml } from '../../src/render/html.ts';
import { inspectView } from '../../src/render/view/inspect.ts';
import { subnetPictures, subnetsView } from '../../src/render/view/subnets.ts';
import { shop } from '../support/shop.ts';
import { cluster, runOf } from '../support/snapshot-builder.ts';

const TOOL = { name: 'vpccni', version: '0.0.0' };
const PAGE = { wide: true, page: true, now: Date.parse('2026-11-01T12:00:00Z'), invocation: 'vpccni inspect' };
const HOSTILE = `x"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u202e`;

async function subnetsPage(of = shop()): Promise<string> {
  const report = buildSubnets(await runOf(of), { subnetIds: [], wholeVpc: true }, DEFAULT_POLICY, TOOL);
  return renderHtml(subnetsView(report, PAGE), 'made');
}

async function inspectPage(of = shop()): Promise<string> {
  const run = await runOf(of);
  const report = buildSubnets(run, { subnetIds: [], wholeVpc: false }, DEFAULT_POLICY, TOOL);
  const blocks = inspectView(buildInspection(run, DEFAULT_POLICY, TOOL), PAGE);
  return renderHtml([...blocks, ...subnetPictures(report)], 'made');
}

/** Tags in order, opened and closed as they should be. @throws where one is left open or closed twice */
function wellFormed(page: string): number {
  const open: string[] = [];
  const empty = new Set(['meta', 'rect', 'circle', 'path']);
  const tags = [...page.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<(\/?)([a-z0-9]+)((?:\s[^<>]*?)?)(\/?)>/gi)];
  for (const [, slash, name, , closed] of tags) {
    if (closed === '/' || empty.has(name!) || name === 'doctype') continue;
    if (slash === '') open.push(name!);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  return tags.length;
}

describe('a page', () => {
  it.each([
    ['subnets', subnetsPage],
    ['inspect', inspectPage],
  ])('of %s stands alone: no script, nothing loaded from anywhere', async (_, make) => {
    const page = await make();
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|@import|@font-face|url\((?!#)|\son\w+=/i);
    expect(page.match(/(?:src|href)="(?!#)/g)).toBeNull();
    expect(page).toContain('<svg');
    expect(wellFormed(page)).toBeGreaterThan(100);
  });

  it('has the answer before anything else', async () => {
    const page = await inspectPage();
    const at = (text: string) => page.indexOf(text);
    expect(at('pods have no address')).toBeGreaterThan(0);
    expect(at('pods have no address')).toBeLessThan(at('>FINDINGS</h2>'));
    expect(at('>FINDINGS</h2>')).toBeLessThan(at('>SUBNETS</h2>'));
    const subnets = await subnetsPage();
    expect(subnets.indexOf('Scarcest')).toBeLessThan(subnets.indexOf('>SUBNETS</h2>'));
  });

  it('shows who holds a block, to the pointer and to the keyboard, and as text', async () => {
    const page = await subnetsPage();
    expect(page).toMatch(
      /<g class="cell" tabindex="0" role="img" aria-label="#3 100\.64\.0\.48\/28: prefix, 16 addresses: ip-10-0-0-10[^"]*"><title>/,
    );
    expect(page).toMatch(/<li>#3 100\.64\.0\.48\/28: prefix, 16 addresses: ip-10-0-0-10/);
  });

  it('keeps every name text', async () => {
    const of = shop({ cluster: cluster({ name: HOSTILE }) });
    for (const page of [await inspectPage(of), await subnetsPage(of)]) {
      expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>/);
      expect(page).toContain('x&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(page).not.toContain('\u202e');
      wellFormed(page);
    }
  });

  it('keeps every kind of block text', () => {
    const blocks: Block[] = [
      { kind: 'line', text: span(HOSTILE, 'error') },
      { kind: 'heading', text: HOSTILE, note: HOSTILE, legend: [{ fill: 'pods', label: HOSTILE }] },
      {
        kind: 'table',
        columns: [{ title: HOSTILE }, { title: '' }, { title: 'BARS' }],
        rows: [
          [
            HOSTILE,
            { bar: { segments: [{ value: 1, fill: 'pods' }], total: 2, label: HOSTILE } },
            { bars: [{ segments: [{ value: 1, fill: 'warm' }], total: 2 }] },
          ],
        ],
      },
      { kind: 'commands', commands: [`echo '${HOSTILE}' \\\n  again`] },
      { kind: 'verbatim', text: HOSTILE },
      { kind: 'map', cells: ['prefix'], labels: [HOSTILE], titles: [HOSTILE], mostLines: 1 },
    ];
    const page = renderHtml(blocks, HOSTILE);
    expect(page).not.toMatch(/<script|<img/);
    expect(wellFormed(page)).toBeGreaterThan(30);
    expect(page).toContain('\\\n  again</pre>');
  });

  it('tells in words what its pictures show', () => {
    const bar = {
      segments: [
        { value: 3, fill: 'pods' as const },
        { value: 1, fill: 'warm' as const },
      ],
      total: 8,
    };
    const page = renderHtml([{ kind: 'table', columns: [{ title: 'USE' }], rows: [[{ bar }]] }], '');
    expect(page).toContain('aria-label="3 in use, 1 idle of 8"');
    const map: Block = { kind: 'map', cells: ['open', 'open', 'full'], labels: ['a', 'b', 'c'], mostLines: 1 };
    expect(renderHtml([map], '')).toContain('Map of 3 blocks: 2 free, 1 full');
  });

  it('says when it was made', () => {
    const options = { color: false, ascii: false, width: 80, headers: true, now: PAGE.now, invocation: '' };
    expect(html.write([], options)).toContain('Made by vpccni at 2026-11-01T12:00Z');
  });

  it('of 4,096 blocks stays readable: a picture, and a list instead of tabulator stops', () => {
    const cells = Array.from({ length: 4096 }, () => 'fragmented' as const);
    const titles = cells.map(() => 'node');
    const page = renderHtml([{ kind: 'map', cells, labels: cells.map(() => ''), titles, mostLines: 1 }], '');
    expect(page.match(/tabindex/g)).toHaveLength(1);
    expect(page.match(/<li>/g)).toHaveLength(4096);
    expect(page.length).toBeLessThan(2_500_000);
  });
});
