import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceNodes } from '../../../../src/inspect/checks/fixes/replace-nodes.ts';
import { fixContext } from '../../../../src/inspect/facts/fix-context.ts';
import { nodeGroupOf } from '../../../../src/inspect/facts/support/node-group.ts';
import { node, runOf, wholeSnapshot } from '../../../support/snapshot-builder.ts';

const MANAGED = { 'eks.amazonaws.com/nodegroup': 'workers' };

async function commandsFor(labels: Record<string, string>, names: readonly string[], ready: 'True' | 'False' = 'True') {
  const run = await runOf(wholeSnapshot());
  const leaving = names.map((name) => {
    const made = node({ name, instanceId: `i-${name}`, labels, ready });
    return { node: made, group: nodeGroupOf(made) };
  });
  return replaceNodes(run.valueOf(fixContext)!, leaving);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpccni-nodes-'));
  // `get nodes` finds two, and from the third time on three
  const nodes = `*'get nodes'*) printf 'node/x\\nnode/y\\n'; test $(grep -c 'get nodes' '${folder}/calls') -lt 3 || echo node/z ;;`;
  for (const name of ['aws', 'kubectl', 'sleep']) {
    writeFileSync(
      join(folder, name),
      `#!/bin/sh\necho "${name} $*" >> '${folder}/calls'\ncase "$*" in *"$FAIL"*) exit 1 ;; ${nodes} esac\n`,
    );
    chmodSync(join(folder, name), 0o755);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

/** All pasted at once, each line whatever the one before said; one of the calls fails. */
function pasted(commands: readonly string[], fail: string): string[] {
  spawnSync('bash', ['-c', commands.join('\n')], {
    env: { PATH: `${folder}:${process.env.PATH}`, FAIL: fail },
    stdio: 'ignore',
  });
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
}
const ended = (calls: readonly string[]) =>
  calls.filter((c) => /terminate-instance|kubectl delete node/.test(c)).length;

describe('nodes replaced one at a time', () => {
  it('drains, ends the instance, and waits until the node is gone', async () => {
    expect(await commandsFor(MANAGED, ['a'])).toEqual([
      'kubectl drain a --ignore-daemonsets --delete-emptydir-data && aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-a --no-should-decrement-desired-capacity --region eu-west-1 && kubectl wait --for=delete node a --timeout=15m',
    ]);
  });

  it('begins with no node before its group is ready again', async () => {
    const commands = await commandsFor(MANAGED, ['a', 'b', 'c']);
    const ready = 'kubectl wait --for=condition=Ready node -l eks.amazonaws.com/nodegroup=workers --timeout=15m && ';
    expect(commands.every((c) => c.includes(ready))).toBe(true);
    expect(ended(pasted(commands, 'condition=Ready'))).toBe(0);
  });

  it('waits for the node in the place of the one before to join', async () => {
    const calls = pasted(await commandsFor(MANAGED, ['a', 'b', 'c']), 'nothing fails');
    const order = calls.flatMap((c) => /^sleep 10$|get nodes|drain \w/.exec(c)?.[0] ?? []);
    expect(order).toEqual([
      'drain a',
      'get nodes',
      'sleep 10',
      'get nodes',
      'sleep 10',
      'get nodes',
      'drain b',
      'get nodes',
      'drain c',
    ]);
  });

  describe.each(['bash', 'zsh', 'fish', 'dash'].filter((shell) => spawnSync(shell, ['-c', 'true']).status === 0))(
    'in %s',
    (shell) => {
      it('gives up the wait for a node that does not come, says so, and touches no further node', async () => {
        const [, second = ''] = await commandsFor(MANAGED, ['a', 'b', 'c']);
        const { status, stderr } = spawnSync(shell, ['-c', second], {
          env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, FAIL: 'get nodes' },
          encoding: 'utf8',
        });
        const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
        expect(status).toBe(1);
        expect(stderr.trim()).toBe(
          'fewer than 3 nodes of eks.amazonaws.com/nodegroup=workers after 15 minutes: look at the group, then go on',
        );
        expect(calls.filter((c) => c === 'sleep 10')).toHaveLength(90);
        expect(calls.filter((c) => c.includes('drain'))).toEqual([]);
      });
    },
  );

  it('ends no instance whose node could not be drained', async () => {
    const calls = pasted(await commandsFor(MANAGED, ['a', 'b']), 'drain');
    expect(calls.filter((c) => c.includes('drain'))).toHaveLength(2);
    expect(ended(calls)).toBe(0);
  });

  it.each([
    ['no label tells the group', {}, 'True'],
    ['the nodes are not ready anyway', MANAGED, 'False'],
  ] as const)('waits for the node before to be gone where %s', async (_, labels, ready) => {
    const commands = await commandsFor(labels, ['a', 'b', 'c'], ready);
    expect(commands.map((c) => /^kubectl wait --for=delete node (\w)/.exec(c)?.[1])).toEqual([undefined, 'a', 'b']);
    expect(ended(pasted(commands, '--for=delete node a'))).toBe(2); // a itself, and c: here b counts as gone
  });

  it('leaves draining to Karpenter', async () => {
    expect(await commandsFor({ 'karpenter.sh/nodepool': 'default' }, ['a', 'b'])).toEqual(
      ['a', 'b'].map(
        (n) =>
          `kubectl wait --for=condition=Ready node -l karpenter.sh/nodepool=default --timeout=15m && kubectl delete node ${n}`,
      ),
    );
  });
});
