import { PassThrough, Readable } from 'node:stream';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { OutputFlags } from '../../src/cli/options.ts';
import { UsageError } from '../../src/commands/exit-code.ts';
import { run } from '../../src/commands/explain.ts';
import type { Io } from '../../src/commands/io.ts';
import { CHECKS } from '../../src/inspect/checks/index.ts';

async function printed(code?: string, flags: OutputFlags = {}, columns = 80): Promise<string> {
  const stdout = new PassThrough({ highWaterMark: 2 ** 24 });
  const io: Io = { stdin: Readable.from(['']), stdout, stderr: new PassThrough(), env: { COLUMNS: String(columns) } };
  expect(await run(io, code, flags)).toBe(0);
  return String(stdout.read());
}

const json = async (code?: string) => JSON.parse(await printed(code, { output: ['json'] }));

describe('the list', () => {
  it('has every check under its group, with severity and title', async () => {
    const text = await printed(undefined, {}, 140);
    expect(text).toMatch(/^SUB {3}Subnet capacity and selection$/m);
    for (const check of CHECKS) expect(text).toContain(`${check.code}  ${check.title}`);
    expect(text).toMatch(/MAX001 {2}.*\(warning, error at worst\)/);
  });

  it('is the same in JSON', async () => {
    const { kind, groups } = await json();
    expect(kind).toBe('CheckList');
    expect(groups.flatMap((g: { checks: { code: string }[] }) => g.checks.map((c) => c.code))).toEqual(
      CHECKS.map((c) => c.code),
    );
  });
});

describe('a card', () => {
  it('tells why, how, fix, verification, references and the calls it needs', async () => {
    const text = await printed('PFX001');
    const { explanation } = CHECKS.find((c) => c.code === 'PFX001')!;
    const flat = text.replace(/\s+/g, ' ');
    for (const part of [explanation.why, explanation.how, explanation.fix, explanation.verify])
      expect(flat).toContain(part);
    for (const reference of explanation.references) expect(text).toContain(reference);
    expect(flat).toContain('ec2:DescribeNetworkInterfaces');
    expect(flat).toContain('modes: prefix');
  });

  it.each(['sub001', 'VPCCNI-SUB-001', 'SUB001/whatever'])('opens under %s', async (code) => {
    expect((await json(code)).code).toBe('SUB001');
  });

  it('names in JSON what is needed and what helps', async () => {
    expect(await json('LEK001')).toMatchObject({
      kind: 'Check',
      longCode: 'VPCCNI-LEK-001',
      severity: 'warning',
      worst: 'error',
      platform: 'any',
      modes: ['secondary', 'prefix'],
      patterns: null,
      permissions: { needed: ['ec2:DescribeNetworkInterfaces'] },
    });
  });

  it.each(CHECKS)('$code fits 80 and 140 columns but for links', async ({ code }) => {
    for (const columns of [80, 140]) {
      const wide = (await printed(code, {}, columns))
        .split('\n')
        .filter((line) => stringWidth(line) > columns && !/https?:/.test(line) && !/^\s*(aws|kubectl) /.test(line));
      expect(wide).toEqual([]);
    }
  });
});

describe('an unknown code', () => {
  it('is refused with what it may have meant', async () => {
    await expect(printed('SUB01')).rejects.toThrow(UsageError);
    await expect(printed('SUB01')).rejects.toThrow(/did you mean SUB001/);
    await expect(printed('vpccni-pfx-009')).rejects.toThrow(/PFX001/);
  });

  it('is refused with a hint at the list where nothing is near', async () => {
    await expect(printed('qqqqqqqq')).rejects.toThrow(/"vpccni explain" lists them all/);
  });
});
