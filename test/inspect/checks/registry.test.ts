import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECK_CODES, CHECKS, checkByCode, GROUPS, shortCode } from '../../../src/inspect/checks/index.ts';
import { atLeast } from '../../../src/inspect/contract/severity.ts';

describe('registry', () => {
  it('has every check that there is a file of, under its own code', () => {
    const files = readdirSync('src/inspect/checks').flatMap((f) => /^([A-Z]{2}[A-Z6]\d{3})\.ts$/.exec(f)?.[1] ?? []);
    expect(CHECKS.map((c) => c.code)).toEqual([...CHECK_CODES]);
    expect([...CHECK_CODES].sort()).toEqual(files.sort());
  });

  it.each(CHECKS)('$code is told whole', (check) => {
    const { why, how, fix, verify, references } = check.explanation;
    for (const text of [why, how, fix]) expect(text.length).toBeGreaterThan(40);
    expect(verify.length).toBeGreaterThan(10);
    expect(references.length).toBeGreaterThan(0);
    expect(GROUPS[check.code.slice(0, 3)]).toBeDefined();
    expect(atLeast(check.worst, check.severity)).toBe(true);
    expect(check.sources.needs.length).toBeGreaterThan(0);
    for (const code of check.explains) expect(CHECK_CODES).toContain(code);
  });

  it.each(['SUB001', 'sub001', 'VPCCNI-SUB-001', 'vpccni-sub-001', 'SUB-001', 'SUB001/anything', ' SUB001 '])(
    'finds %s',
    (text) => {
      expect(checkByCode(text)?.code).toBe('SUB001');
    },
  );

  it.each(['SUB999', 'SUB01', '', 'subnet', 'VPCCNI-SUB'])('knows no %s', (text) => {
    expect(shortCode(text)).toBeUndefined();
  });
});

describe('a group with a digit in its name', () => {
  it.each(['IP6001', 'ip6001', 'VPCCNI-IP6-001'])('finds %s', (text) => {
    expect(checkByCode(text)?.code).toBe('IP6001');
  });
});

describe('docs/checks.md', () => {
  it('is up to date', () => {
    const { stderr, status } = spawnSync(process.execPath, ['scripts/build-docs.mjs', '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
