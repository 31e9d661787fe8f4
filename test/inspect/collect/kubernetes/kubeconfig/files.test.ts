import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kubeconfigConnection } from '../../../../../src/inspect/collect/kubernetes/kubeconfig/index.ts';
import { config, directory, write } from './write.ts';

const server = (url: string) => ({ server: url });
const named = (name: string, url: string, token: string, current?: string) =>
  config(
    {},
    {},
    {
      'current-context': current ?? '',
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name, cluster: server(url) }],
      users: [{ name, user: { token } }],
    },
  );

describe('which files', () => {
  it('merges the files of KUBECONFIG: the first that defines a name wins, a missing file is skipped', async () => {
    const dir = directory();
    const a = write(dir, 'a', named('x', 'https://first:1', 'one'));
    const b = write(dir, 'b', named('x', 'https://second:2', 'two', 'x'));
    const c = write(dir, 'c', named('y', 'https://third:3', 'three', 'y'));
    const env = { KUBECONFIG: [a, join(dir, 'missing'), b, c].join(delimiter) };
    const chosen = await kubeconfigConnection({ env });
    expect(chosen).toMatchObject({ context: 'x', server: 'https://first:1' });
    expect((await chosen!.credentials()).headers).toMatchObject({ Authorization: 'Bearer one' });
    expect(await kubeconfigConnection({ env, context: 'y' })).toMatchObject({ server: 'https://third:3' });
  });

  it('reads the home directory where KUBECONFIG is empty', async () => {
    const home = directory();
    write(home, '.kube/config', named('home', 'https://home:1', 't', 'home'));
    expect(await kubeconfigConnection({ env: {}, home })).toMatchObject({ context: 'home' });
    expect(await kubeconfigConnection({ env: { KUBECONFIG: '' }, home })).toMatchObject({ context: 'home' });
  });

  it('finds nothing, and says so without an error, where no file defines a context', async () => {
    const home = directory();
    expect(await kubeconfigConnection({ env: {}, home })).toBeUndefined();
    expect(await kubeconfigConnection({ env: { KUBECONFIG: '/dev/null' }, home })).toBeUndefined();
    expect(await kubeconfigConnection({ env: { KUBECONFIG: join(home, 'gone') }, home })).toBeUndefined();
  });

  it.each([
    ['a --kubeconfig that does not exist', (d: string) => ({ file: join(d, 'gone') }), 'gone: no such file'],
    ['a --kubeconfig without a context', (d: string) => ({ file: write(d, 'k', '{}') }), 'it defines no context'],
    [
      'a --context that is not there',
      (d: string) => ({ file: write(d, 'k', named('a', 'https://a', 't')), context: 'b' }),
      'no context "b" in',
    ],
    [
      'no current context',
      (d: string) => ({ file: write(d, 'k', named('a', 'https://a', 't')) }),
      'no current-context; pass --context; there are: a',
    ],
    ['a file that is no YAML', (d: string) => ({ file: write(d, 'k', 'a: [1') }), 'not valid YAML'],
    ['a file that is something else', (d: string) => ({ file: write(d, 'k', 'hello') }), 'not a kubeconfig'],
    [
      'a context of a missing cluster',
      (d: string) => ({ file: write(d, 'k', config({}, {}, { clusters: [] })) }),
      'names the cluster "prod", which',
    ],
    [
      'a context of a missing user',
      (d: string) => ({ file: write(d, 'k', config(server('https://a'), {}, { users: [] })) }),
      'names the user "ada", which',
    ],
    [
      'a server that is no URL',
      (d: string) => ({ file: write(d, 'k', config(server('a.example.com'), {})) }),
      'its server is no http or https URL',
    ],
  ])('refuses %s in one line', async (_, options, message) => {
    const error = await kubeconfigConnection({ env: {}, ...options(directory()) }).catch((e: Error) => e);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect((error as Error).message).not.toContain('\n');
  });

  it.skipIf(process.getuid?.() === 0)('says that a file may not be read', async () => {
    const file = write(directory(), 'k', named('a', 'https://a', 't'));
    chmodSync(file, 0);
    await expect(kubeconfigConnection({ file, env: {} })).rejects.toThrow('permission denied');
  });
});
