import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { breakCommand } from '../../../src/render/text/break-command.ts';

/** The words a shell hands to the program. */
function wordsIn(shell: string, command: string): string[] {
  const { stdout } = spawnSync(shell, ['-c', `f() { printf '%s\\0' "$@"; }; ${command.replace(/^\w+/, 'f')}`], {
    encoding: 'utf8',
  });
  return stdout.split('\0').slice(0, -1);
}

const long =
  'aws eks update-addon --cluster-name shop --addon-name vpc-cni --resolve-conflicts PRESERVE --configuration-values \'{"env": {"WARM_IP_TARGET": "2", "it\'\\\'\'s": "--not-a flag"}}\' --region eu-west-1';
const pods = `kubectl --context prod-eu -n batch delete pod --wait=false ${Array.from({ length: 12 }, (_, i) => `order-export-${i}-abcdefgh`).join(' ')}`;
const piped =
  'printf \'%s\\n\' \'{\n  "kind": "ENIConfig"\n}\' | kubectl --context a-context-of-some-length apply -f -';

describe('breakCommand', () => {
  it('leaves alone what fits', () => {
    expect(breakCommand('kubectl get nodes', 80)).toBe('kubectl get nodes');
  });

  it.each([40, 60, 80, 100])('keeps every argument whole at %i columns', (width) => {
    for (const command of [long, pods])
      for (const shell of ['bash', 'dash'])
        expect(wordsIn(shell, breakCommand(command, width))).toEqual(wordsIn(shell, command));
  });

  it('breaks before flags, with what belongs to a flag behind it', () => {
    expect(breakCommand(long, 80).split('\n')[1]).toMatch(/^ {2}--\S+ \S/);
    const lines = breakCommand(pods, 80).split('\n');
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.every((l) => l.length <= 80)).toBe(true);
  });

  it('never breaks a quoted document', () => {
    const broken = breakCommand(piped, 40);
    expect(broken).toContain('{\n  "kind": "ENIConfig"\n}');
    const run = (c: string) =>
      spawnSync('bash', ['-c', `kubectl() { echo "$@"; cat; }; ${c}`], { encoding: 'utf8' }).stdout;
    expect(run(broken)).toBe(run(piped));
  });
});
