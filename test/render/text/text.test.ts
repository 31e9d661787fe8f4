import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Block, joined, span, unbroken } from '../../../src/render/blocks.ts';
import { renderTable } from '../../../src/render/text/table.ts';
import { layOut } from '../../../src/render/text/text.ts';
import { createTheme } from '../../../src/render/theme.ts';

function print(
  blocks: readonly Block[],
  options: { width?: number; ascii?: boolean; color?: boolean; wide?: boolean; headers?: boolean } = {},
) {
  const { width = 40, ascii = false, color = false, wide = false, headers = true } = options;
  const laid = { theme: createTheme({ width, ascii, color }), wide, headers };
  const said = new Set<string>();
  return layOut(blocks, laid, (table) => renderTable(table, laid, said));
}

describe('lines', () => {
  it('wrap at words and hang', () => {
    const text = print([{ kind: 'line', text: 'one two three four five six seven', hang: 2 }], { width: 16 });
    expect(text).toBe('one two three\n  four five six\n  seven\n');
  });

  it('leave no dot at the end or the start of a line', () => {
    const items = joined(['alpha beta', 'gamma delta', 'epsilon'].map(unbroken));
    expect(print([{ kind: 'line', text: items, hang: 2 }], { width: 14 })).toBe(
      'alpha beta\n  gamma delta\n  epsilon\n',
    );
    expect(print([{ kind: 'line', text: items, hang: 2 }], { width: 12 })).toBe(
      'alpha beta\n gamma delta\n  epsilon\n',
    );
    expect(print([{ kind: 'line', text: items }], { width: 60 })).toBe('alpha beta · gamma delta · epsilon\n');
  });

  it('let a long id stick out rather than break it', () => {
    const arn = `arn:aws:eks:eu-west-1:111122223333:cluster/${'x'.repeat(40)}`;
    expect(print([{ kind: 'line', text: ['role ', arn] }], { width: 20 })).toBe(`role\n${arn}\n`);
  });

  it('break what is kept together, and hang less, before a word sticks out', () => {
    const parts = joined(['alpha beta gamma', 'delta'].map(unbroken));
    expect(print([{ kind: 'line', text: parts, hang: 2 }], { width: 12 })).toBe('alpha beta\n  gamma\n  delta\n');
    expect(print([{ kind: 'line', text: 'label value-of-14-c', hang: 8 }], { width: 16 })).toBe(
      'label\n   value-of-14-c\n',
    );
  });

  it('make names of users harmless', () => {
    expect(print([{ kind: 'line', text: 'pod \u001b[31mred\u0007\u202e' }])).toBe('pod ?[31mred??\n');
  });

  it('carry colour only where asked', () => {
    const block: Block = { kind: 'line', text: span('bad', 'error') };
    expect(print([block])).toBe('bad\n');
    expect(print([block], { color: true })).toBe('\u001b[38;5;160mbad\u001b[39m\n');
  });

  it('are ASCII where asked', () => {
    const text = print([{ kind: 'line', text: '✖ ≠ a – b · c → ü' }], { ascii: true });
    expect(text).toBe('x != a - b - c -> ?\n');
  });
});

describe('a table that no line has room for', () => {
  const table: Block = {
    kind: 'table',
    indent: 2,
    columns: [{ title: 'SUBNET' }, { title: 'FREE', align: 'right' }, { title: 'VERDICT' }, { title: '' }],
    rows: [
      ['subnet-0a1b2c3d4e5f60718', '1,008', span('fits for now, and not for long', 'ok'), ''],
      ['subnet-1', '', 'fits', { bar: { segments: [{ value: 1, fill: 'pods' }], total: 2 } }],
    ],
  };

  it('has each value behind its title, and no line sticks out', () => {
    expect(print([table], { width: 34 })).toBe(
      [
        '  SUBNET subnet-0a1b2c3d4e5f60718',
        '    FREE 1,008',
        '    VERDICT fits for now, and not',
        '      for long',
        '  SUBNET subnet-1  VERDICT fits',
        '    ████',
        '',
      ].join('\n'),
    );
    expect(print([table], { width: 34, headers: false })).not.toContain('SUBNET ');
  });

  it('stays a table where it fits', () => {
    expect(print([table], { width: 90 }).split('\n')[0]).toMatch(/^ {2}SUBNET +FREE +VERDICT/);
  });
});

describe('headings', () => {
  const heading: Block = {
    kind: 'heading',
    text: 'SUBNETS',
    legend: [
      { fill: 'pods', label: 'pods' },
      { fill: 'free', label: 'free' },
    ],
  };

  it('put the legend behind the text, or below where there is no room', () => {
    expect(print([heading])).toBe('SUBNETS   █ pods  ░ free\n');
    expect(print([heading], { width: 20 })).toBe('SUBNETS\n  █ pods  ░ free\n');
  });
});

describe('commands', () => {
  it('stand at column 0, a quoted document untouched', () => {
    const commands = [`printf '%s\\n' '{\n  "kind": "ENIConfig"\n}' | kubectl apply -f -`];
    expect(print([{ kind: 'commands', commands }], { width: 90 })).toBe(
      `printf '%s\\n' '{\n  "kind": "ENIConfig"\n}' | kubectl apply -f -\n`,
    );
  });
});

describe('coloured text', () => {
  const text = [
    { text: 'a pod has no address and ', tone: 'strong' },
    { text: 'waits for one', tone: 'error' },
  ] as const;

  it.each([12, 20, 30, 80])('keeps words together and ends no line in a blank, at %i columns', (width) => {
    const lines = print([{ kind: 'line', text }], { width, color: true })
      .trimEnd()
      .split('\n');
    const plain = lines.map((l) => l.replace(/\u001b\[[0-9;]*m/g, ''));
    expect(plain.every((l) => l === l.trimEnd() && l !== '' && stringWidth(l) <= width)).toBe(true);
    if (width === 80) expect(lines[0]).toContain('no address');
  });

  it('cuts a line to be clipped at a word', () => {
    expect(print([{ kind: 'line', text: 'one two three four', clip: true }], { width: 12 })).toBe('one two …\n');
    expect(print([{ kind: 'line', text: 'one two', clip: true }], { width: 12 })).toBe('one two\n');
  });

  it('leaves out what stands in brackets before it cuts a line to be clipped', () => {
    const line = (text: string) => print([{ kind: 'line', text, clip: true }], { width: 21 });
    expect(line('subnet-a (1a) is full')).toBe('subnet-a (1a) is full\n');
    expect(line('subnet-a (zone 1a) is full')).toBe('subnet-a is full\n');
    expect(line('subnet-a (zone 1a) is full of others')).toBe('subnet-a is full of …\n');
  });
});

describe('tables', () => {
  const table: Block = {
    kind: 'table',
    columns: [
      { title: 'NAME', flexible: true },
      { title: 'NOTE', drop: 1 },
      { title: 'IPs', align: 'right' },
      { title: 'DETAIL', only: 'wide' },
      { title: '' },
    ],
    rows: [
      [
        'a-rather-long-subnet-name-of-a-user',
        'secondary',
        '1,024',
        'more',
        {
          bar: {
            total: 10,
            segments: [
              { value: 5, fill: 'pods' },
              { value: 5, fill: 'free' },
            ],
          },
        },
      ],
      ['b', 'none', '7', 'less', { bar: { total: 10, segments: [{ value: 10, fill: 'over' }] } }],
    ],
  };

  it('align numbers to the right and let the last bar take what is left', () => {
    const lines = print([table], { width: 90 }).trimEnd().split('\n');
    expect(lines[0]).toContain('NAME');
    expect(lines[1]).toContain('  1,024  ');
    expect(lines[2]).toContain('      7  ');
    expect(stringWidth(lines[1]!)).toBe(90);
  });

  it('drop columns before names become unreadable, and never cut a number', () => {
    const text = print([table], { width: 44 });
    expect(text).not.toContain('NOTE');
    expect(text).toContain('1,024');
    for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(44);
  });

  it('stand closer before a line sticks out', () => {
    const numbers: Block = {
      kind: 'table',
      columns: [{ title: 'NAME' }, { title: 'A', align: 'right' }, { title: 'B', align: 'right' }],
      rows: [['subnet-1', '1,234', '5,678']],
    };
    expect(print([numbers], { width: 22 })).toBe('NAME          A      B\nsubnet-1  1,234  5,678\n');
    expect(print([numbers], { width: 21 })).toBe('NAME         A     B\nsubnet-1 1,234 5,678\n');
  });

  it('cut between words, names anywhere, and never a number from its unit', () => {
    const rows = (...cells: string[]): Block => ({
      kind: 'table',
      columns: [
        { title: 'WHAT', flexible: true },
        { title: 'N', align: 'right' },
      ],
      rows: cells.map((cell) => [cell, '12']),
    });
    expect(print([rows('Unattached ENIs left by the CNI')], { width: 24, headers: false })).toBe(
      'Unattached ENIs …     12\n',
    );
    expect(print([rows('subnet-0123456789abcdef0')], { width: 20, headers: false })).toBe('subnet-012345678… 12\n');
    const held = [unbroken('pod ENIs 413'), unbroken('other services 12')].join(', ');
    expect(print([rows(held)], { width: 26, headers: false })).toBe('pod ENIs 413 …          12\n');
  });

  it('show wide columns only in the wide format, and no head where none is wanted', () => {
    expect(print([table], { width: 100 })).not.toContain('DETAIL');
    expect(print([table], { width: 100, wide: true })).toContain('DETAIL');
    expect(print([table], { width: 100, headers: false })).not.toContain('NAME');
  });

  it('draw something for every stretch that is not nothing', () => {
    const bar: Block = {
      kind: 'table',
      columns: [{ title: '' }],
      rows: [
        [
          {
            bar: {
              total: 1000,
              segments: [
                { value: 1, fill: 'pods' },
                { value: 1, fill: 'warm' },
                { value: 998, fill: 'free' },
              ],
            },
          },
        ],
      ],
    };
    expect(print([bar], { width: 10, headers: false })).toBe(`█▓${'░'.repeat(8)}\n`);
  });

  it('leave the first word of a text that is never cut, and all of it below its row', () => {
    const verdicts: Block = {
      kind: 'table',
      columns: [{ title: 'SUBNET' }, { title: 'VERDICT', flexible: true, below: true }],
      rows: [
        ['subnet-1', span('✖ short of 10 /28 blocks in the end', 'error')],
        ['subnet-2', '✔ fits'],
      ],
    };
    expect(print([verdicts], { width: 24 })).toBe(
      'SUBNET   VERDICT\nsubnet-1 ✖\n    ✖ short of 10 /28\n    blocks in the end\nsubnet-2 ✔ fits\n',
    );
    expect(print([verdicts], { width: 60 })).toContain('subnet-1  ✖ short of 10 /28 blocks in the end\n');
  });

  it('say once what a title stands for, where its column is printed', () => {
    const noted: Block = {
      kind: 'table',
      columns: [{ title: 'NAME' }, { title: 'FRAG', drop: 1, note: 'FRAG: what cannot be used' }],
      rows: [['a-name-of-some-length', '12 %']],
    };
    const text = print([noted, noted]);
    expect(text.match(/FRAG: what cannot be used/g)).toHaveLength(1);
    expect(text.indexOf('FRAG:')).toBeLessThan(text.lastIndexOf('a-name'));
    expect(print([noted], { width: 24 })).toBe('NAME\na-name-of-some-length\n');
    expect(print([noted], { headers: false })).toBe('a-name-of-some-length  12 %\n');
  });
});
