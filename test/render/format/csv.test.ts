import { describe, expect, it } from 'vitest';
import type { Reports } from '../../../src/inspect/contract/kinds.ts';
import { cellOf, rowsOf, writeRows } from '../../../src/render/format/csv/cells.ts';
import { simulationRows } from '../../../src/render/format/csv/simulation.ts';

describe('cells of comma-separated values', () => {
  it.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['＝1', "'＝1"],
    ['a=b', 'a=b'],
  ])('keep %j from running as a formula', (given, want) => expect(cellOf(given)).toBe(want));

  it.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1,"2"', '"\'=1,""2"""'],
  ])('quote %j as RFC 4180 says', (given, want) => expect(cellOf(given)).toBe(want));

  it('leave numbers numbers, and what is unknown empty', () => {
    expect([-3, 0, true, null, undefined].map(cellOf)).toEqual(['-3', '0', 'true', '', '']);
    expect(cellOf({ min: 4, max: 10 })).toBe('4..10');
    expect(cellOf(['a', 'b'])).toBe('a b');
  });

  it('cannot move a cursor', () => {
    expect(cellOf('a\u001b[2Jb\u202ec')).toBe('a?[2Jb?c');
    // zero-width, Arabic letter mark, tag characters: names that look alike and are not
    expect(cellOf('a\u200bb\u061cc\u{e0041}d\u00ade')).toBe('a?b?c?d?e');
    expect(cellOf('a\tb\nc')).toBe('"a\tb\nc"');
  });

  it('stand below their names unless heads are off', () => {
    const rows = rowsOf([{ a: 1, b: 'x' }], { a: (t) => t.a, b: (t) => t.b });
    expect(writeRows(rows, true)).toBe('a,b\n1,x\n');
    expect(writeRows(rows, false)).toBe('1,x\n');
  });
});

describe('rows of a batch', () => {
  it('have a column for every flat field some case answers with', () => {
    const batch = {
      question: 'batch',
      items: [
        { id: 'a', kind: 'steady', exact: true, enis: 2, perENI: [1, 2] },
        { id: 'b', kind: 'steady', exact: false, enis: { min: 2, max: 3 }, prefixes: 1 },
      ],
    } as unknown as Reports['Simulation'];
    expect(simulationRows(batch)).toEqual({
      head: ['id', 'kind', 'exact', 'enis', 'prefixes'],
      rows: [
        ['a', 'steady', true, 2, undefined],
        ['b', 'steady', false, { min: 2, max: 3 }, 1],
      ],
    });
  });
});
