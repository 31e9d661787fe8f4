import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import type { Finding } from '../../../src/inspect/contract/finding.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { runOf } from '../../support/snapshot-builder.ts';
import { CASES } from './cases/index.ts';

/** Every finding of every case. */
async function allFindings(): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const check of CHECKS)
    for (const { of } of CASES[check.code as keyof typeof CASES].fires) {
      const outcome = check.run(await runOf(of), DEFAULT_POLICY);
      if (outcome.kind === 'evaluated') found.push(...outcome.findings);
    }
  return found;
}

const findings = await allFindings();
const fixes = findings.flatMap((finding) => finding.fixes.map((fix) => ({ finding, fix })));
const commands = [...new Set(fixes.flatMap(({ fix }) => fix.commands))];

describe('commands of fixes', () => {
  it('are many', () => {
    expect(commands.length).toBeGreaterThan(60);
  });

  it('hold no placeholder', () => {
    // the script of sed that takes members without a value out of a file
    const read = commands.map((c) => c.replace("'/: null,$/d'", ''));
    expect(read.filter((c) => /\$[A-Z_]+|<[a-z-]+>|…|\bundefined\b|\bnull\b|\[object/.test(c))).toEqual([]);
  });

  it('name the region in every aws command but those of IAM, which has none', () => {
    const lacking = commands
      .flatMap((c) => c.split('\n'))
      .flatMap((line) => line.match(/\baws (?:ec2|eks|autoscaling) [^|]*/g) ?? [])
      .filter((c) => !c.includes(' --region eu-west-1'));
    expect(lacking).toEqual([]);
  });

  it('are understood by bash', () => {
    const script = commands.join('\n');
    const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('are read by bash as the words they were made of', () => {
    const withJson = commands.filter((c) => / (?:--configuration-values=|-p )'/.test(c));
    expect(withJson.length).toBeGreaterThan(8);
    for (const command of withJson.filter((c) => !c.includes('|'))) {
      const { stdout } = spawnSync('bash', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
      const words = stdout.trimEnd().split('\n');
      const json =
        words
          .find((w) => w.startsWith('--configuration-values='))
          ?.split('=')
          .slice(1)
          .join('=') ??
        words[words.indexOf('-p') + 1] ??
        '';
      expect(() => JSON.parse(json)).not.toThrow();
    }
  });

  it('only read, delete, create and change what the fix says: none forces or deletes an add-on, cluster or VPC', () => {
    expect(commands.filter((c) => /--force\b|delete-(addon|cluster|vpc|subnet )/.test(c))).toEqual([]);
  });

  it('delete a node group only once what takes its place stands, in one command, and where the fix says so', () => {
    const deleting = fixes.filter(({ fix }) => fix.commands.some((c) => c.includes('delete-nodegroup')));
    for (const { fix } of deleting) {
      expect(fix.changes).toMatch(/\bdelete/);
      const unguarded = fix.commands.filter(
        (c) =>
          c.includes('delete-nodegroup') &&
          !/^(?:aws eks wait nodegroup-active [^&|;]+ && )+(?:kubectl (?:cordon|drain) [^&|;]+ && )*aws eks delete-nodegroup [^&|;]+(?: && aws eks wait nodegroup-deleted [^&|;]+)?$/.test(
            c,
          ),
      );
      expect(unguarded).toEqual([]);
    }
  });
});

describe('fixes', () => {
  it('stand with every error', () => {
    const without = findings.filter((f) => f.severity === 'error' && f.fixes.length === 0);
    expect(without.map((f) => f.id)).toEqual([]);
  });

  it('say what they change, and come in the order in which they help', () => {
    const rank = ['immediate', 'minutes', 'node-replacement'];
    for (const { fix } of fixes) {
      expect(fix.title.length).toBeGreaterThan(10);
      expect(fix.changes).toMatch(/\.$/);
    }
    for (const f of findings) {
      const order = f.fixes.map((x) => rank.indexOf(x.effect));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });
});
