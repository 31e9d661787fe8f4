import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CNI_RELEASE, DATA_DATE } from '../../src/calc/catalog/sources.generated.ts';
import { helpTexts } from '../../src/cli/help-texts.ts';
import { COMMANDS } from '../../src/cli/index.ts';
import { allExplanations } from '../../src/commands/explanations.ts';

const run = (...args: string[]) => spawnSync(process.execPath, ['bin/vpccni.js', ...args], { encoding: 'utf8' });

describe('explanations', () => {
  it('are shipped as the checks say them', () => {
    const all = allExplanations({ tool: {} as never, generatedAt: '' });
    for (const [name, report] of Object.entries(all))
      expect(JSON.parse(readFileSync(`dist/explanations/${name}.json`, 'utf8')), name).toEqual(report);
    expect(readdirSync('dist/explanations')).toHaveLength(Object.keys(all).length);
  });

  it('are the same in short and in long, and carry who made them', () => {
    const [short, long] = ['SUB001', 'vpccni-sub-001'].map((code) =>
      JSON.parse(run('explain', code, '-o', 'json').stdout),
    );
    expect(short).toEqual({ ...long, generatedAt: expect.any(String) });
    expect(Object.keys(short).slice(0, 4)).toEqual(['schemaVersion', 'kind', 'tool', 'generatedAt']);
    expect([short.code, short.tool.name]).toEqual(['SUB001', 'vpccni']);
  });

  it('of a code that does not exist name what is near', () => {
    const { status, stderr } = run('explain', 'SUB999');
    expect([status, stderr]).toEqual([2, expect.stringContaining('there is no check "SUB999"; did you mean SUB')]);
  });
});

describe('help', () => {
  it('is shipped as the command tree says it', async () => {
    const texts = await helpTexts();
    expect(JSON.parse(readFileSync('dist/help.json', 'utf8'))).toEqual(texts);
    expect(Object.keys(texts)).toEqual(['', ...COMMANDS.map(({ name }) => name)]);
  });

  it('is the same however it is asked for', async () => {
    const texts = await helpTexts();
    for (const args of [['--help'], ['-h'], ['help']])
      expect(run(...args)).toMatchObject({ status: 0, stdout: texts[''] });
    for (const args of [
      ['maxpods', '--help'],
      ['help', 'maxpods'],
      ['maxpods', '-h'],
      ['maxpods', '--prefix', '--help'],
    ])
      expect(run(...args), args.join(' ')).toMatchObject({ status: 0, stdout: texts.maxpods, stderr: '' });
  });

  it('names the formats of every command that writes a report', async () => {
    const lines = Object.values(await helpTexts()).flatMap((text) => /^ +-o, --output.*$/m.exec(text)?.[0] ?? []);
    expect(lines.length).toBeGreaterThan(9);
    expect(lines.filter((l) => !/<format\[=file\]> {2}table, wide, json/.test(l))).toEqual([]);
  });

  it('and screens call the program as it was called', () => {
    const { stdout } = spawnSync(process.execPath, ['bin/kubectl-vpccni.js', 'inspect', '--demo'], {
      encoding: 'utf8',
    });
    expect(stdout.split('\ncommands ')[1]?.match(/(?:kubectl )?vpccni \S+/g)).toEqual([
      'kubectl vpccni inspect',
      'kubectl vpccni explain',
    ]);
  });

  it('is hinted at where a command takes no words', () => {
    expect(run('subnets', 'prod-eu')).toMatchObject({
      status: 2,
      stderr: 'vpccni: subnets takes flags and no words; write --cluster NAME or --subnet NAME\n',
    });
    expect(run('version', 'now').stderr).toBe('vpccni: version takes flags and no words\n');
  });

  it('of what does not exist is an error that names what is near', () => {
    for (const args of [['inspct'], ['help', 'inspct'], ['inspct', '--help']]) {
      const { status, stderr, stdout } = run(...args);
      expect([status, stdout], args.join(' ')).toEqual([2, '']);
      expect(stderr).toMatch(/^vpccni: unknown command 'inspct'\n\(Did you mean inspect\?\)/);
    }
    expect(run('inspect', '--demoo').stderr).toMatch(/unknown option '--demoo'\n\(Did you mean --demo\?\)/);
    expect(run('constructor').stderr).toMatch(/unknown command 'constructor'/);
    expect(run('help', '__proto__').status).toBe(2);
  });

  it('ends quietly when nobody reads on', () => {
    for (const command of ['--help', 'inspect --help', 'maxpods --prefix --help', 'explain'])
      for (let i = 0; i < 3; i++) {
        const line = `'${process.execPath}' bin/vpccni.js ${command} | head -1`;
        expect(execFileSync('bash', ['-c', `${line} 2>&1`], { encoding: 'utf8' }).split('\n')).toHaveLength(2);
        expect(spawnSync('bash', ['-c', line], { encoding: 'utf8' }).stderr).toBe('');
      }
  });
});

describe('what is loaded late', () => {
  it.each([
    ['explain', 'ZZZ999'],
    ['explain', ''],
    ['maxpods', 'nope'],
    ['maxpods', 'm5.large', '-o', 'nope'],
    ['inspect', '--demo', '--cluster', 'other'],
    ['inspect', '--demo', '--timeout', '5y'],
    ['inspect', '--demo', '--concurrency', '0'],
    ['simulate', '-i', 'm5.large', '--env', 'FOO'],
  ])('says in one line what is wrong with %s %j', (...args) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^vpccni: [^\n]+\n$/);
    expect(stderr).not.toContain('***');
  });

  it.each(['maxpods m5.large', 'subnets --demo', 'gate --demo today'])('writes %s as YAML', (words) => {
    const { stdout, stderr } = run(...words.split(' '), '-o', 'yaml');
    expect(stderr).not.toMatch(/defect/);
    expect(parse(stdout)).toMatchObject({ schemaVersion: 1 });
  });

  it('completes contexts of a kubeconfig', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vpccni-contexts-'));
    const kubeconfig = join(folder, 'config');
    writeFileSync(kubeconfig, 'contexts:\n- name: prod-eu\n  context: {}\n');
    expect(run('__complete', 'inspect', '--kubeconfig', kubeconfig, '--context', '').stdout).toContain('prod-eu');
    rmSync(folder, { recursive: true });
  });
});

describe('compiled code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpccni-compiled-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['maxpods', 'explain'])('of %s is taken by the V8 that compiled it', (name) => {
    const file = resolve(`dist/${name}.js`);
    const cachedData = readFileSync(`${file}.cache`);
    const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file, cachedData });
    expect(script.cachedDataRejected).toBe(false);
  });

  it('is done without where it is missing, cut or of another version', () => {
    cpSync('bin', join(folder, 'bin'), { recursive: true });
    cpSync('dist', join(folder, 'dist'), { recursive: true });
    const cache = join(folder, 'dist/maxpods.js.cache');
    const answer = () =>
      execFileSync(process.execPath, [join(folder, 'bin/vpccni.js'), 'maxpods', 'm5.large', '-o', 'value'], {
        encoding: 'utf8',
      });
    expect(answer()).toBe('29\n');
    const whole = readFileSync(cache);
    const other = Buffer.from(whole);
    other.writeUInt32LE(1, 4);
    for (const bytes of [whole.subarray(0, 1000), Buffer.alloc(0), Buffer.from('no code'), other]) {
      writeFileSync(cache, bytes);
      expect(answer()).toBe('29\n');
    }
    rmSync(cache);
    expect(answer()).toBe('29\n');
  });
});

describe('version', () => {
  it('says what runs and how old what it knows is, the version alone on its line', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const said = `${version}\nNode.js ${process.versions.node}\ninstance data of ${DATA_DATE}\nmodels VPC CNI ${CNI_RELEASE}\n`;
    for (const args of [['--version'], ['-V'], ['version']])
      expect(run(...args)).toMatchObject({ status: 0, stdout: said });
  });
});
