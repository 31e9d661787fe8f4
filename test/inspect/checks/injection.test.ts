/**
 * Snapshots in which names, ids and texts try to break out of the commands that are printed with them. Every command is run in
 * each shell of this machine, where nothing but a canary could be started.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { refusalOf } from '../../../src/inspect/shell.ts';
import { type ClusterSnapshot, parseSnapshot, SnapshotError } from '../../../src/inspect/snapshot.ts';
import { CANARY, FORBIDDEN, HOSTILE } from '../../support/hostile.ts';
import { MISSING_SHELLS, SHELLS } from '../../support/shells.ts';
import { runOf } from '../../support/snapshot-builder.ts';
import { CASES } from './cases/index.ts';

/** Mutated snapshots; `npm run fuzz` asks for more. */
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 500);
const snapshots = Object.values(CASES).flatMap((c) => c.fires.map((f) => JSON.stringify(f.of)));

/** Every text in a document, and the keys that are no field's name. */
function texts(value: unknown, into: Set<string> = new Set()): Set<string> {
  if (typeof value === 'string') into.add(value);
  else if (typeof value === 'object' && value !== null)
    for (const [k, v] of Object.entries(value)) texts(v, /[-_./]/.test(k) ? into.add(k) : into);
  return into;
}

/** Without these a file is no snapshot, and times stand in no command. */
const STRUCTURE = /^(?:ok|partial|denied|failed|skipped|ClusterSnapshot|\d{4}-\d\d-\d\dT.*)$/;
const candidates = snapshots.map((s) => [...texts(JSON.parse(s))].filter((t) => !STRUCTURE.test(t)));

async function commandsOf(snapshot: ClusterSnapshot): Promise<string[]> {
  const run = await runOf(snapshot);
  return CHECKS.flatMap((check) => {
    const outcome = check.run(run, DEFAULT_POLICY);
    return outcome.kind === 'evaluated' ? outcome.findings.flatMap((f) => f.fixes.flatMap((x) => x.commands)) : [];
  });
}

/** The same name is replaced wherever it stands, so that what refers to it still does. */
const mutated = fc.nat({ max: snapshots.length - 1 }).chain((i) =>
  fc.record({
    i: fc.constant(i),
    edits: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...HOSTILE)), { minLength: 1, maxLength: 4 }),
  }),
);

/** Undefined for what the reader of files refuses: it never gets further. */
function parsed(text: string): ClusterSnapshot | undefined {
  try {
    return parseSnapshot(JSON.parse(text));
  } catch (error) {
    if (error instanceof SnapshotError) return undefined;
    throw error;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'canary-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const found = new Set<string>();
let evaluated = 0;
for (const { i, edits } of fc.sample(mutated, { numRuns: ROUNDS, seed: 7 })) {
  const names = candidates[i]!;
  let text = snapshots[i]!;
  for (const [n, hostile] of edits) {
    const name = names[n % names.length]!;
    text = text.replaceAll(JSON.stringify(name), JSON.stringify(hostile.replaceAll('@', () => name)));
  }
  const snapshot = parsed(text);
  if (!snapshot) continue;
  for (const c of await commandsOf(snapshot)) found.add(c);
  evaluated++;
}
const plain = new Set<string>();
for (const s of snapshots) for (const c of await commandsOf(JSON.parse(s))) plain.add(c);
const commands = [...found];

/** Repositories of charts that fixes install from. */
const OUR_PAGES: ReadonlySet<string> = new Set(['https://helm.cilium.io/', 'https://aws.github.io/eks-charts']);

describe('commands of hostile snapshots', () => {
  it('are many, and not all refused', () => {
    expect(evaluated).toBeGreaterThan(ROUNDS / 2);
    expect(commands.filter((c) => !plain.has(c)).length).toBeGreaterThan(10);
  });

  it('hold no refused word: such a fix has no commands at all', () => {
    expect(commands.filter((c) => c.includes('u0023refused'))).toEqual([]);
    expect(commands.filter((c) => refusalOf(c) !== undefined)).toEqual([]);
  });

  it('hold no control character and nothing but ASCII', () => {
    expect(commands.filter((c) => !/^[\n\x20-\x7e]*$/.test(c))).toEqual([]);
  });

  for (const shell of MISSING_SHELLS) it.skip(`are run in ${shell}, which is not installed here`, () => {});

  for (const shell of SHELLS) {
    it(`start nothing in ${shell}`, () => {
      const canary = join(folder, `${shell}.canary`);
      const define =
        shell === 'fish' ? `function ${CANARY}; echo x > ${canary}; end` : `${CANARY}() { echo x > ${canary}; }`;
      const script = join(folder, `${shell}.script`);
      const body = [define, 'PATH=/nonexistent', ...commands, 'echo the end'].join('\n');
      writeFileSync(script, shell === 'fish' ? body.replace('PATH=/nonexistent', 'set -x PATH /nonexistent') : body);
      const options = shell === 'fish' ? ['--no-config'] : shell === 'zsh' ? ['-f'] : [];
      const binary = spawnSync('sh', ['-c', `command -v ${shell}`], { encoding: 'utf8' }).stdout.trim();
      const { stdout, stderr } = spawnSync(binary, [...options, script], {
        encoding: 'utf8',
        cwd: folder,
        input: '',
        maxBuffer: 1 << 28,
      });
      expect(stderr).not.toMatch(/syntax|unexpected|unmatched|unterminated|parse error/i);
      expect(stdout.trimEnd().endsWith('the end')).toBe(true);
      expect(existsSync(canary)).toBe(false);
      expect(existsSync(join(folder, CANARY))).toBe(false);
    });
  }

  it('name no flag, file or page that came with the data', () => {
    // from a file: as an argument thousands of commands are too long, and a pipe bash reads byte by byte
    const script = join(folder, 'words.script');
    const printed = commands.map((c) => `printf '%s\\n' ${firstOfPipe(c)}`);
    // what a command begins behind the first is not run: the tester may be logged in somewhere
    writeFileSync(script, ['PATH=/nonexistent', ...printed, 'echo the end'].join('\n'));
    const { stdout } = spawnSync('bash', [script], { encoding: 'utf8', cwd: folder, input: '', maxBuffer: 1 << 28 });
    const words = stdout.trimEnd().split('\n');
    expect(words.at(-1)).toBe('the end');
    const foreign = words.filter((w) => w.startsWith(FORBIDDEN) || /^(?:fileb?|https?):\/\//.test(w));
    // what a command before it wrote, named after a node group as EKS lets them be named
    const written = new Set(commands.flatMap((c) => / > ((?:ng|lt)-[0-9A-Za-z][\w-]*\.json)$/.exec(c)?.[1] ?? []));
    expect(foreign.filter((w) => !OUR_PAGES.has(w) && !written.has(w.replace(/^file:\/\//, '')))).toEqual([]);
  });
});

/** The words of a command up to its first pipe outside quotes. */
function firstOfPipe(command: string): string {
  return /^(?:'[^']*'|\\.|[^'|\\])*/.exec(command)?.[0] ?? '';
}
