import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../../../src/inspect/collect/kubernetes/connection.ts';
import { kubeconfigConnection } from '../../../../../src/inspect/collect/kubernetes/kubeconfig/index.ts';
import { base64, pem, pemPath } from '../fake-server.ts';
import { config, directory, write } from './write.ts';

type Fields = Record<string, unknown>;

async function credentials(user: Fields, cluster: Fields = {}, dir = directory()): Promise<Credentials> {
  const file = write(dir, 'config', config({ server: 'https://prod.example.com', ...cluster }, user));
  return (await kubeconfigConnection({ file, env: {} }))!.credentials();
}

const jwt = (claims: Fields) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

describe('who we are', () => {
  it('sends a token', async () => {
    expect((await credentials({ token: 't0' })).headers).toEqual({ Authorization: 'Bearer t0' });
  });

  it('reads tokenFile, relative to the kubeconfig, before a token', async () => {
    const dir = directory();
    write(dir, 'secrets/token', 'from-file\n');
    const got = await credentials({ tokenFile: 'secrets/token', token: 'other' }, {}, dir);
    expect(got.headers).toEqual({ Authorization: 'Bearer from-file' });
  });

  it('reads a replaced token file again when the server refuses the old token', async () => {
    const dir = directory();
    const token = write(dir, 'token', 'old');
    const file = write(dir, 'config', config({ server: 'https://a' }, { tokenFile: 'token' }));
    const connection = (await kubeconfigConnection({ file, env: {} }))!;
    expect((await connection.credentials()).headers).toEqual({ Authorization: 'Bearer old' });
    writeFileSync(token, 'new');
    expect((await connection.credentials()).headers).toEqual({ Authorization: 'Bearer old' });
    expect((await connection.credentials(true)).headers).toEqual({ Authorization: 'Bearer new' });
  });

  it('sends a user name and password', async () => {
    expect((await credentials({ username: 'ada', password: 'pw' })).headers).toEqual({
      authorization: 'Basic YWRhOnB3',
    });
  });

  it('impersonates a user with groups, uid and extras', async () => {
    const user = {
      token: 't',
      as: 'eve',
      'as-groups': ['a', 'b'],
      'as-uid': '7',
      'as-user-extra': { 'example.com/Team': ['x'] },
    };
    expect((await credentials(user)).headers).toEqual({
      Authorization: 'Bearer t',
      'Impersonate-User': 'eve',
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': '7',
      'impersonate-extra-example.com%2Fteam': ['x'],
    });
  });

  it('takes certificates from data or from files beside the kubeconfig, data first', async () => {
    const dir = directory();
    for (const name of ['client.pem', 'client.key', 'ca.pem']) write(dir, name, pem(name));
    const files = { 'client-certificate': 'client.pem', 'client-key': 'client.key' };
    const ofFiles = await credentials(files, { 'certificate-authority': 'ca.pem' }, dir);
    const data = { 'client-certificate-data': base64('client.pem'), 'client-key-data': base64('client.key') };
    const ofData = await credentials(
      { ...data, 'client-certificate': '/nowhere', 'client-key': '/nowhere' },
      {
        'certificate-authority-data': base64('ca.pem'),
        'certificate-authority': '/nowhere',
      },
    );
    for (const { tls } of [ofFiles, ofData]) {
      expect(String(tls.cert)).toBe(pem('client.pem'));
      expect(String(tls.key)).toBe(pem('client.key'));
      expect(String(tls.ca)).toBe(pem('ca.pem'));
    }
  });

  it('uses an OIDC token that is still good, and spends no refresh token', async () => {
    const token = jwt({ exp: 4_000_000_000 });
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': token, 'refresh-token': 'r' } } };
    expect((await credentials(user)).headers).toEqual({ Authorization: `Bearer ${token}` });
  });

  it.each<[string, Fields, Fields, string]>([
    [
      'an expired OIDC token',
      { 'auth-provider': { name: 'oidc', config: { 'id-token': jwt({ exp: 1 }), 'refresh-token': 'r' } } },
      {},
      'the OIDC id-token expired at 1970-01-01T00:00:01.000Z; run any kubectl command once',
    ],
    [
      'auth providers that left kubectl',
      { 'auth-provider': { name: 'gcp' } },
      {},
      'auth-provider "gcp" left kubectl in 1.26',
    ],
    [
      'an expired client certificate',
      { 'client-certificate': pemPath('client-expired.pem'), 'client-key': pemPath('client.key') },
      {},
      'the client certificate expired at 2021-01-01T00:00:00.000Z',
    ],
    [
      'a client certificate that is none',
      { 'client-certificate-data': Buffer.from('x').toString('base64') },
      {},
      'is not a PEM certificate',
    ],
    [
      'a missing certificate file',
      { 'client-certificate': '/nowhere/c.pem', 'client-key': '/nowhere/k.pem' },
      {},
      'no such file: /nowhere/c.pem',
    ],
    [
      'a missing authority file',
      { token: 't' },
      { 'certificate-authority': '/nowhere/ca.pem' },
      'no such file: /nowhere/ca.pem',
    ],
    [
      'a missing token file',
      { tokenFile: '/nowhere/token' },
      {},
      'tokenFile of user "ada": no such file: /nowhere/token',
    ],
    ['groups without a user', { token: 't', 'as-groups': ['a'] }, {}, 'as-groups, as-uid and as-user-extra need "as"'],
    [
      'an authority that is not to be checked',
      { token: 't' },
      { 'certificate-authority-data': 'eA==', 'insecure-skip-tls-verify': true },
      'together with insecure-skip-tls-verify is not allowed',
    ],
    ['a token beside a password', { token: 't', username: 'ada' }, {}, 'has both a token and a user name'],
  ])('refuses %s in one clear line', async (_, user, cluster, message) => {
    const error = await credentials(user, cluster).catch((e: Error) => e);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect((error as Error).message).not.toContain('\n');
  });
});

describe('exec plugins', () => {
  const status = (fields: Fields, apiVersion = 'client.authentication.k8s.io/v1') =>
    JSON.stringify({ apiVersion, kind: 'ExecCredential', status: fields });
  const exec = (command: string, more: Fields = {}) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'IfAvailable', ...more },
  });
  const script = (dir: string, body: string) => write(dir, 'bin/plugin', `#!/bin/sh\n${body}\n`, 0o700);
  const open = async (user: Fields, dir: string, execTimeoutMs = 5000, env = process.env) => {
    const file = write(
      dir,
      'config',
      config({ server: 'https://prod.example.com', 'certificate-authority-data': base64('ca.pem') }, user),
    );
    return (await kubeconfigConnection({ file, env, execTimeoutMs }))!;
  };

  it('runs a command relative to the kubeconfig, with its arguments and environment', async () => {
    const dir = directory();
    script(dir, `printf '%s' '${status({ token: 'TOKEN' })}' | sed "s/TOKEN/$1-$WHO/"`);
    const connection = await open(exec('./bin/plugin', { args: ['one'], env: [{ name: 'WHO', value: 'ada' }] }), dir);
    expect((await connection.credentials()).headers).toEqual({ Authorization: 'Bearer one-ada' });
  });

  it('looks a bare command up in PATH', async () => {
    const dir = directory();
    script(dir, `printf '%s' '${status({ token: 'found' })}'`);
    const connection = await open(exec('plugin'), dir, 5000, { PATH: `${join(dir, 'bin')}:${process.env.PATH}` });
    expect((await connection.credentials()).headers).toEqual({ Authorization: 'Bearer found' });
  });

  it('tells the plugin which version it speaks, that nobody types, and the cluster where it asks', async () => {
    const dir = directory();
    script(dir, `printf '%s' "$KUBERNETES_EXEC_INFO" > ${join(dir, 'info')}; printf '%s' '${status({ token: 't' })}'`);
    await (await open(exec('./bin/plugin', { provideClusterInfo: true }), dir)).credentials();
    const { readFileSync } = await import('node:fs');
    expect(JSON.parse(readFileSync(join(dir, 'info'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: { server: 'https://prod.example.com', 'certificate-authority-data': base64('ca.pem') },
      },
    });
  });

  it('closes standard input, so that a plugin that asks a question ends', async () => {
    const dir = directory();
    script(dir, `read answer || { echo "no answer" >&2; exit 3; }; printf '%s' '${status({ token: 't' })}'`);
    const error = await (await open(exec('./bin/plugin'), dir)).credentials().catch((e: Error) => e);
    expect((error as Error).message).toMatch(/exec plugin .*bin\/plugin: exit code 3: no answer$/);
  });

  it('gives up a plugin that hangs, even where a child of it keeps the pipe open', async () => {
    const dir = directory();
    script(dir, 'echo "open https://device.example.com" >&2; sleep 4 & sleep 4');
    const started = Date.now();
    await expect((await open(exec('./bin/plugin'), dir, 300)).credentials()).rejects.toThrow(
      /no credentials within 0.3 s .*: open https:\/\/device.example.com/,
    );
    expect(Date.now() - started).toBeLessThan(2000);
  });

  it('runs it once until the credentials expire or are refused', async () => {
    const dir = directory();
    script(
      dir,
      `echo run >> ${join(dir, 'runs')}; printf '%s' '${status({ token: 't', expirationTimestamp: '2999-01-01T00:00:00Z' })}'`,
    );
    const connection = await open(exec('./bin/plugin'), dir);
    const { readFileSync } = await import('node:fs');
    const runs = () => readFileSync(join(dir, 'runs'), 'utf8').split('\n').length - 1;
    await connection.credentials();
    await connection.credentials();
    expect(runs()).toBe(1);
    await connection.credentials(true);
    expect(runs()).toBe(2);
  });

  it('runs it again once its credentials have expired', async () => {
    const dir = directory();
    script(
      dir,
      `echo run >> ${join(dir, 'runs')}; printf '%s' '${status({ token: 't', expirationTimestamp: '2001-01-01T00:00:00Z' })}'`,
    );
    const connection = await open(exec('./bin/plugin'), dir);
    await connection.credentials();
    await connection.credentials();
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(join(dir, 'runs'), 'utf8')).toBe('run\nrun\n');
  });

  it('takes a client certificate from it', async () => {
    const dir = directory();
    write(dir, 'out', status({ clientCertificateData: pem('client.pem'), clientKeyData: pem('client.key') }));
    script(dir, `cat ${join(dir, 'out')}`);
    const { tls } = await (await open(exec('./bin/plugin'), dir)).credentials();
    expect([String(tls.cert), String(tls.key)]).toEqual([pem('client.pem'), pem('client.key')]);
  });

  it.each<[string, string, Fields, string]>([
    [
      'a missing command',
      'true',
      { command: 'no-such-plugin', installHint: 'brew install it\nsee docs' },
      'exec plugin no-such-plugin: not found: brew install it',
    ],
    [
      'a plugin that fails',
      'echo "first" >&2; echo "ForbiddenException: no access" >&2; exit 255',
      {},
      'exit code 255: ForbiddenException: no access',
    ],
    ['output that is no JSON', 'echo hello', {}, 'its output is not JSON'],
    [
      'another version',
      `printf '%s' '${status({ token: 't' }, 'client.authentication.k8s.io/v1beta1')}'`,
      {},
      'it answered with client.authentication.k8s.io/v1beta1, the kubeconfig says',
    ],
    ['nothing to show', `printf '%s' '${status({})}'`, {}, 'neither a token nor a client certificate'],
    ['a plugin that insists on a terminal', 'true', { interactiveMode: 'Always' }, 'wants a terminal'],
    [
      'a version nobody speaks any more',
      'true',
      { apiVersion: 'client.authentication.k8s.io/v1alpha1' },
      'apiVersion "client.authentication.k8s.io/v1alpha1" is not supported',
    ],
  ])('refuses %s in one clear line', async (_, body, more, message) => {
    const dir = directory();
    script(dir, body);
    const error = await (await open(exec('./bin/plugin', more), dir)).credentials().catch((e: Error) => e);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect((error as Error).message).not.toContain('\n');
  });
});
