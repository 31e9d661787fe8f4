/**
 * Two API servers in one kubeconfig, the wrong one current, and two AWS profiles, the wrong one the default: every printed
 * command, pasted as it stands on a screen into an interactive shell, and the script of fixes, reach the cluster that was
 * inspected and nothing else.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { VIEWER_KEYS } from './clients/aws.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';
import { commandsOn, Terminal } from './support/screen.ts';

const missing = [
  ...Object.values(missingServers(console.error)),
  ...['kubectl', 'aws', 'tmux', 'bash', 'zsh', 'fish'].map((name) =>
    tryRun('sh', ['-c', `command -v ${name}`]) === undefined ? `${name} is not installed` : '',
  ),
]
  .filter(Boolean)
  .join('; ');

const SHELLS: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash', '--norc', '-i'],
  zsh: ['zsh', '-f', '-i'],
  fish: ['fish', '--no-config', '-i'],
};

describe.skipIf(missing)(
  `commands among two clusters and two profiles${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let rig: Rig;
    let wrong: ChildProcess;
    let dir: string;
    let env: Record<string, string>;

    beforeAll(async () => {
      rig = await startRig({ say: console.error });
      dir = join(dirname(rig.kubeconfig), 'two');
      mkdirSync(join(dir, 'bin'), { recursive: true });
      wrong = spawn(process.execPath, ['-e', DECOY, join(dir, 'strayed')], { stdio: ['ignore', 'pipe', 'inherit'] });
      const port = await new Promise<string>((resolve) => wrong.stdout!.once('data', (d) => resolve(String(d).trim())));
      const decoy = `http://127.0.0.1:${port}`;
      writeFileSync(join(dir, 'kubeconfig'), withDecoy(readFileSync(rig.kubeconfig, 'utf8'), decoy));
      writeFileSync(join(dir, 'config'), profiles(rig.awsEndpoint, decoy));
      env = {
        PATH: process.env.PATH ?? '',
        HOME: dir,
        LANG: 'C.UTF-8',
        TERM: 'xterm-256color',
        KUBECONFIG: join(dir, 'kubeconfig'),
        AWS_CONFIG_FILE: join(dir, 'config'),
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
      };
      for (const name of ['aws', 'kubectl']) writeRecorder(dir, name);
    });
    afterAll(async () => {
      wrong?.kill('SIGTERM');
      await rig?.stop();
    });

    /** Requests that reached the cluster or the account that was not inspected. */
    const strayed = () => {
      const file = join(dir, 'strayed');
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    };
    const TARGET = ['shop-prod', '--context', 'admin', '--profile', 'prod', '--region', 'eu-west-1'];
    /** What vpccni itself runs in: the SDK takes the endpoint of the default profile whatever --profile names. */
    const inspecting = () => ({ ...env, AWS_ENDPOINT_URL: rig.awsEndpoint });
    const vpccni = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(process.cwd(), 'bin/vpccni.js'), 'inspect', ...TARGET, ...args],
        { cwd: dir, env: inspecting(), encoding: 'utf8', maxBuffer: 1 << 28 },
      );
      if (status !== 0) throw new Error(`inspect exits ${status}: ${stderr}`);
      return stdout;
    };
    /** Programs that write down what they were called with and call the real ones harmlessly, with the flags that say where. */
    const recording = () => ({ ...env, PATH: `${join(dir, 'bin')}:${env.PATH}` });
    const recorded = (): string[] => {
      const file = join(dir, 'calls');
      const calls = existsSync(file) ? readFileSync(file, 'utf8').split('\0').filter(Boolean) : [];
      writeFileSync(file, '');
      return calls;
    };

    /** What the commands of the JSON report are, run by bash one after another. */
    const inJson = once((): ReadonlySet<string> => {
      const { setup, findings } = JSON.parse(vpccni('-o', 'json')) as Inspection;
      recorded();
      // symptoms are told with their causes, whose commands mend them
      const fixes = findings.filter((f) => f.causedBy === undefined).flatMap((f) => f.fixes);
      for (const command of [...setup, ...fixes.flatMap((f) => f.commands)])
        spawnSync('bash', ['-c', command], { env: recording(), cwd: dir, input: '' });
      return new Set(recorded());
    });

    it('are not reached by a bare command, which is what makes this a test', () => {
      spawnSync('kubectl', ['get', 'nodes', '--request-timeout=5s'], { env, cwd: dir });
      spawnSync('aws', ['sts', 'get-caller-identity', '--region', 'eu-west-1'], { env, cwd: dir });
      expect(strayed().some((r) => r.startsWith('GET '))).toBe(true);
      expect(strayed().some((r) => r.startsWith('POST '))).toBe(true);
      rmSync(join(dir, 'strayed'));
    });

    it.each([
      [80, 'bash'],
      [80, 'zsh'],
      [80, 'fish'],
      [140, 'bash'],
      [140, 'zsh'],
      [140, 'fish'],
    ] as const)('reach the right one, copied from %i columns into %s', async (width, shell) => {
      const screen = new Terminal(width, inspecting());
      const terminal = new Terminal(width, recording());
      try {
        const shown = await screen.show(
          `${process.execPath} ${join(process.cwd(), 'bin/vpccni.js')} inspect ${TARGET.join(' ')} -o wide`,
          dir,
        );
        const commands = commandsOn(shown);
        expect(commands.length).toBeGreaterThan(10);
        recorded();
        const after = await terminal.paste(SHELLS[shell]!, commands, dir);
        const pasted = recorded();
        expect(pasted.length).toBeGreaterThan(10);
        // the words are those of the unbroken strings in JSON, run by bash
        expect({ after, strange: pasted.filter((c) => !inJson().has(c)) }).toMatchObject({ strange: [] });
        expect(new Set(pasted)).toEqual(inJson());
      } finally {
        screen.close();
        terminal.close();
      }
      expect(strayed()).toEqual([]);
    });

    it.each(['fish', 'zsh'])('reach it from the script, run by bash out of %s', (shell) => {
      const script = join(dir, 'fix.sh');
      vpccni('-o', `commands=${script}`);
      const sections = /^# sections: (.*)$/m.exec(readFileSync(script, 'utf8'))?.[1]?.split(' ') ?? [];
      expect(sections.length).toBeGreaterThan(4);
      recorded();
      for (const section of sections)
        spawnSync(shell, ['-c', `bash ${script} '${section}'`], { env: recording(), cwd: dir, input: '' });
      const calls = recorded();
      expect(calls.length).toBeGreaterThan(10);
      expect(
        calls.filter((c) => !/--(?:context=?|profile=?)\s*(?:admin|prod)\b/.test(c.replaceAll('\x1f', ' '))),
      ).toEqual([]);
      expect(strayed()).toEqual([]);
    });

    it('mend the cluster: what makes the missing ENIConfig, pasted into zsh from 80 columns', async () => {
      const screen = new Terminal(80, inspecting());
      const terminal = new Terminal(80, env);
      try {
        const shown = await screen.show(
          `${process.execPath} ${join(process.cwd(), 'bin/vpccni.js')} inspect ${TARGET.join(' ')} --only CUS001`,
          dir,
        );
        const after = await terminal.paste(SHELLS.zsh!, commandsOn(shown), dir);
        await rig.settle();
        const { findings } = JSON.parse(vpccni('-o', 'json')) as Inspection;
        expect(
          findings.filter((f) => f.code === 'CUS001').map((f) => f.message),
          after,
        ).toEqual([]);
      } finally {
        screen.close();
        terminal.close();
      }
      expect(strayed()).toEqual([]);
    });
  },
);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A server in a process of its own, since tests wait for programs: it writes down who asked, and refuses. */
const DECOY = `
const { appendFileSync } = require('node:fs');
const server = require('node:http').createServer((request, response) => {
  appendFileSync(process.argv[1], request.method + ' ' + request.url + '\\n');
  response.statusCode = 403;
  response.end('{}');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** The rig's contexts and one more, which is current and leads elsewhere. */
function withDecoy(text: string, decoy: string): string {
  const config = parse(text);
  config.clusters.push({ name: 'staging', cluster: { server: decoy } });
  config.users.push({ name: 'staging', user: { token: 'staging' } });
  config.contexts.push({ name: 'staging', context: { cluster: 'staging', user: 'staging' } });
  config['current-context'] = 'staging';
  return stringify(config);
}

/** The default profile leads elsewhere. */
function profiles(endpoint: string, decoy: string): string {
  const profile = (name: string, url: string) =>
    [
      `[${name}]`,
      'region = eu-west-1',
      `aws_access_key_id = ${VIEWER_KEYS.accessKeyId}`,
      `aws_secret_access_key = ${VIEWER_KEYS.secretAccessKey}`,
      `endpoint_url = ${url}`,
      '',
    ].join('\n');
  return profile('default', decoy) + profile('profile prod', endpoint);
}

/**
 * Writes its words down (separated by 0x1f, calls by 0x00), has the real program ask once who answers where these words lead,
 * and prints what the next command of a pipeline needs.
 */
function writeRecorder(dir: string, name: string): void {
  const file = join(dir, 'bin', name);
  const ask =
    name === 'aws'
      ? ['sts get-caller-identity', '^--(profile|region)$', '--cli-read-timeout 20']
      : ['get --raw /version', '^--(context|kubeconfig)$', '--request-timeout=20s'];
  writeFileSync(
    file,
    `#!/usr/bin/env bash
{ printf '%s\\x1f' "$@"; printf '\\0'; } >> '${join(dir, 'calls')}'
where=()
next=
for word in "$@"; do
  if [ -n "$next" ]; then where+=("$word"); next=; fi
  if [[ $word =~ ${ask[1]} ]]; then where+=("$word"); next=1; fi
  case $word in --context=* | --kubeconfig=* | --profile=* | --region=*) where+=("$word") ;; esac
done
asked='${join(dir, 'asked')}'-${name}-$(printf '%s ' "\${where[@]}" | tr -c 'A-Za-z0-9\\n' _)
if [ ! -e "$asked" ]; then
  touch "$asked"
  PATH="\${PATH#*:}" ${name} "\${where[@]}" ${ask[0]} ${ask[2]} > /dev/null
fi
case "$*" in
  *UserData*) printf 'maxPods: 98\\n' | base64 ;;
  *VersionNumber*) echo 2 ;;
  *SubnetId*) echo subnet-0123456789abcdef0 ;;
esac
if [ ! -t 0 ]; then cat > /dev/null; fi
`,
  );
  chmodSync(file, 0o755);
}
