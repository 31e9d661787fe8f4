import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/render/blocks.ts';
import { escapeMarkdown, renderMarkdown } from '../../src/render/markdown.ts';

const write = (...blocks: Block[]) => renderMarkdown(blocks, { ascii: false });

describe('Markdown', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['`x`', '\\`x\\`'],
    ['<img src=x onerror=1>', '&lt;img src=x onerror=1&gt;'],
    ['[a](http://b)', '\\[a\\](http:<!-- -->//b)'],
    ['![a](b)', '!\\[a\\](b)'],
    ['*b* _i_ ~s~', '\\*b\\* \\_i\\_ \\~s\\~'],
    ['@octocat', '@<!-- -->octocat'],
    ['fixes #12', 'fixes \\#<!-- -->12'],
    ['GH-12', 'GH-<!-- -->12'],
    ['www.example.com', 'www.<!-- -->example.com'],
    ['&amp;', '&amp;amp;'],
    ['a\nb\u001b[31m', 'a?b?\\[31m'],
  ])('shows %j as it stands', (given, want) => expect(escapeMarkdown(given)).toBe(want));

  it.each([
    ['- a', '\\- a'],
    ['+ a', '\\+ a'],
    ['1. a', '1\\. a'],
    ['    code', 'code'],
    ['===', '\\==='],
  ])('takes a line %j for text', (given, want) => expect(write({ kind: 'line', text: given })).toBe(`${want}\n`));

  it('lays a table out, aligned, without the columns of the wide format', () => {
    const table: Block = {
      kind: 'table',
      columns: [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'MORE', only: 'wide' }],
      rows: [['a|b', '3', 'x']],
    };
    expect(write(table)).toBe('| NAME | N |\n| --- | ---: |\n| a\\|b | 3 |\n');
  });

  it('gives the figures of a bar and of a map', () => {
    const bar: Block = {
      kind: 'table',
      columns: [{ title: 'USE' }],
      rows: [[{ bar: { segments: [{ value: 3, fill: 'pods' }], total: 8, label: '38%' } }]],
    };
    expect(write(bar)).toContain('| 3 pods of 8 38% |');
    const map: Block = { kind: 'map', cells: ['open', 'open', 'prefix'], labels: ['10.0.0.0', '', ''], mostLines: 1 };
    expect(write(map)).toBe('2 free, 1 prefix\n\n```\n10.0.0.0  #0  ··█\n```\n');
  });

  it('puts commands into a fence that nothing in them ends', () => {
    const text = write({ kind: 'commands', commands: ['echo "```"', 'ls'] });
    expect(text).toBe('````sh\necho "```"\nls\n````\n');
  });
});
