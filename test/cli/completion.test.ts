import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { complete } from '../../src/cli/complete.ts';
import { COMMANDS } from '../../src/cli/index.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { SCRIPTS } from '../../src/commands/completion/scripts.ts';
import { SHELLS } from '../../src/commands/completion/shells.ts';
import { fakeIo } from '../commands/fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'vpccni-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const answer = async (words: string[], env: Record<string, string> = {}) => {
  const lines = (await complete(words, fakeIo({ env }))).trimEnd().split('\n');
  return { directive: lines.pop(), values: lines.map((line) => line.split('\t')[0]!), lines };
};
const values = async (...words: string[]) => (await answer(words)).values;

describe('what may follow', () => {
  it('is every command, with what it does', async () => {
    const { values, lines, directive } = await answer(['']);
    expect(values).toEqual([...COMMANDS.map(({ name }) => name), 'help']);
    for (const line of lines) expect(line).toMatch(/^[a-z]+\t\w/);
    expect(directive).toBe(':4');
    expect(await answer(['help', 'ma'])).toMatchObject({ values: ['maxpods'] });
  });

  it('is every flag of every command, but no word of the retired calculator', async () => {
    const program = await buildProgram({ io: fakeIo(), name: 'vpccni', setExit: () => {}, say: () => {} });
    for (const command of program.commands) {
      const offered = await values(command.name(), '--');
      for (const { long, hidden } of command.options) expect(offered.includes(long!), long).toBe(!hidden);
    }
    expect(await values('maxpods', '--show')).toEqual([]);
  });

  it('is what a flag or an argument takes', async () => {
    expect(await values('inspect', '--fail-on', '')).toEqual(['error', 'warning', 'info']);
    expect(await values('inspect', '--fail-on=w')).toEqual(['--fail-on=warning']);
    expect(await values('inspect', '--fail-on', '""')).toEqual(['error', 'warning', 'info']); // as PowerShell says ''
    expect(await values('maxpods', '--paste', 'b')).toEqual(['bottlerocket']);
    expect(await values('completion', '')).toEqual([...SHELLS]);
    expect(await values('maxpods', '-o', 'v')).toEqual(['value']);
    expect(await values('inspect', '-o', 'v')).toEqual([]);
    expect(await values('explain', 'SUB00')).toContain('SUB001');
    expect(await values('inspect', '--suppress', 'SUB001,PFX')).toContain('SUB001,PFX001');
    expect(await values('inspect', '--region', '')).toEqual([]);
    expect(await values('explain', 'SUB001', '')).toEqual([]);
  });

  it('is a family, then its types, in every place of a list', async () => {
    expect(await answer(['maxpods', 'm5'])).toMatchObject({ directive: ':6', values: expect.arrayContaining(['m5.']) });
    expect(await values('maxpods', 'm5.xl')).toEqual(['m5.xlarge']);
    expect(await values('maxpods', '--prefix', 'm5.large', 'c6g.me')).toEqual(['c6g.medium', 'c6g.metal']);
    expect(await values('simulate', '-i', 't3.na')).toEqual(['t3.nano']);
    expect(await values('maxpods', '--instance=m5.large,t3.na')).toEqual(['--instance=m5.large,t3.nano']);
  });

  it('is a file where one is wanted', async () => {
    for (const words of [
      ['inspect', '--from', ''],
      ['simulate', '--input', ''],
      ['inspect', '-o', 'json='],
    ])
      expect((await answer(words)).directive, words.join(' ')).toBe(':0');
  });

  it('is a context of the kubeconfig in question, and a profile', async () => {
    const config = join(folder, 'config');
    writeFileSync(
      config,
      'apiVersion: v1\ncontexts:\n- context:\n    cluster: a\n  name: prod-eu\n- name: "arn:aws:eks:eu-west-1:1:cluster/x"\n  context: {}\nusers: [{name: nobody}]\n',
    );
    const names = ['prod-eu', 'arn:aws:eks:eu-west-1:1:cluster/x'];
    expect((await answer(['inspect', '--context', ''], { KUBECONFIG: config })).values).toEqual(names);
    expect((await answer(['inspect', '--kubeconfig', config, '--context', 'p'])).values).toEqual(['prod-eu']);
    expect((await answer(['inspect', '--context', ''], { KUBECONFIG: `${folder}/none` })).values).toEqual([]);
    writeFileSync(join(folder, 'aws'), '[default]\n[profile prod]\nregion = x\n');
    const env = { AWS_CONFIG_FILE: join(folder, 'aws') };
    expect((await answer(['inspect', '--profile', ''], env)).values).toEqual(['default', 'prod']);
  });

  it('is nothing behind what is no command', async () => {
    expect(await values('nope', '')).toEqual([]);
    expect(await values('constructor', '--')).toEqual([]);
  });
});

/** The built program, by the name the scripts call. */
function onPath(): NodeJS.ProcessEnv {
  const program = join(folder, 'vpccni');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${resolve('bin/vpccni.js')}' "$@"\n`);
  chmodSync(program, 0o755);
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, TERM: 'xterm' };
}

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe('the script of every shell', () => {
  it.each(SHELLS)('%s hands words on and evaluates none', (shell) => {
    expect(SCRIPTS[shell]).not.toMatch(/\beval\b|^[^#\n]*Invoke-Expression/m);
  });
});

describe('in a real shell', () => {
  const env = onPath();
  const lines = (text: string) => text.trim().split('\n');

  it('bash completes, whatever it breaks words at', () => {
    const script = `source <(vpccni completion bash)
      ask() { COMP_LINE="$1"; COMP_POINT=\${#1}; COMPREPLY=(); _vpccni 2>/dev/null; echo "\${COMPREPLY[*]}"; }
      ask 'vpccni max'; ask 'vpccni maxpods --pre'; ask 'vpccni maxpods --instance=m5.xl'
      ask 'vpccni maxpods m5.large,t3.na'; ask 'vpccni inspect --from package.j'`;
    expect(lines(execFileSync('bash', ['-c', script], { env, encoding: 'utf8' }))).toEqual([
      'maxpods',
      '--prefix',
      'm5.xlarge',
      'm5.large,t3.nano',
      'package.json',
    ]);
    const interactive = spawnSync('bash', ['-ic', `${script}; complete -p vpccni`], { env, encoding: 'utf8' });
    expect(interactive.stdout).toContain('complete -F _vpccni vpccni');
  });

  it.skipIf(!has('fish'))('fish completes, with descriptions', () => {
    const ask = (line: string) => `complete -C ${JSON.stringify(line)}`;
    const script = ['vpccni maxpods --pre', 'vpccni explain SUB001', 'vpccni inspect --from package.j'].map(ask);
    const said = execFileSync('fish', ['-c', ['vpccni completion fish | source', ...script].join('\n')], {
      env,
      encoding: 'utf8',
    });
    expect(lines(said)).toEqual(['--prefix\tprefix delegation: a /28 per slot', 'SUB001', 'package.json']);
  });

  it.skipIf(!has('zsh'))('zsh completes on a terminal', () => {
    const script = `zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'autoload -Uz compinit; compinit -u -D; source <(vpccni completion zsh); print RE""ADY'
      local out chunk
      while zpty -r z chunk; do out+=$chunk; [[ $out == *READY* ]] && break; done
      out=''
      zpty -w -n z $'vpccni maxpods --custom-n\\t'
      for ((i = 0; i < 300; i++)); do
        zpty -r -t z chunk && out+=$chunk
        [[ $out == *--custom-networking* ]] && { print completed; break }
        sleep 0.1
      done
      zpty -d z`;
    expect(execFileSync('zsh', ['-f', '-c', `f() { ${script} }; f`], { env, encoding: 'utf8' })).toBe('completed\n');
  });

  it.skipIf(!has('kubectl'))('kubectl completes its plugin', () => {
    for (const name of ['kubectl-vpccni', 'kubectl_complete-vpccni']) {
      writeFileSync(join(folder, name), `#!/bin/sh\nexec '${process.execPath}' '${resolve('bin', name)}.js' "$@"\n`);
      chmodSync(join(folder, name), 0o755);
    }
    const ask = (...words: string[]) =>
      execFileSync('kubectl', ['__complete', 'vpccni', ...words], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(ask('maxpods', '--pre')).toBe('--prefix\tprefix delegation: a /28 per slot\n:4\n');
    expect(ask('explain', 'SUB001')).toBe('SUB001\n:4\n');
  });

  it('kubectl reads the same answer, and help calls the program as it was called', () => {
    const node = (file: string, ...args: string[]) =>
      execFileSync(process.execPath, [`bin/${file}`, ...args], { env, encoding: 'utf8' });
    expect(node('kubectl_complete-vpccni.js', 'maxpods', '--pre')).toBe(
      '--prefix\tprefix delegation: a /28 per slot\n:4\n',
    );
    for (const help of [node('kubectl-vpccni.js', 'maxpods', '--help'), node('kubectl-vpccni.js', 'help', 'maxpods')]) {
      expect(help).toMatch(/^Usage: kubectl vpccni maxpods /);
      expect(help).toMatch(/\n {2}kubectl vpccni maxpods m5\.large --prefix\n/);
    }
    expect(node('kubectl-vpccni.js', 'maxpods', 'm5.large', '-o', 'value')).toBe('29\n');
  });

  it.each(SHELLS)('%s gets a script that names what it does not know', (shell) => {
    const script = execFileSync(process.execPath, ['bin/vpccni.js', 'completion', shell], { encoding: 'utf8' });
    expect(script).toContain('vpccni __complete');
    // Everything is asked at run time: a script that named commands would age.
    expect(script).not.toMatch(/maxpods|inspect|simulate/);
  });
});
