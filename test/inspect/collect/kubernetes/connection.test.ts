import { describe, expect, it } from 'vitest';
import { eksConnection } from '../../../../src/inspect/collect/kubernetes/connection.ts';
import { inClusterConnection } from '../../../../src/inspect/collect/kubernetes/in-cluster.ts';
import { kubeconfigConnection } from '../../../../src/inspect/collect/kubernetes/kubeconfig/index.ts';
import { type Answer, base64, json, page, pem, pemPath, plainText } from './fake-server.ts';
import { config, directory, write } from './kubeconfig/write.ts';
import { names, serve, talkTo } from './session-of.ts';

const pods: Answer = (_, response) => json(response, 200, page(['a']));

async function listWith(
  cluster: Record<string, unknown>,
  user: Record<string, unknown> = { token: 't' },
): Promise<string[]> {
  const file = write(directory(), 'config', config(cluster, user));
  return names(talkTo((await kubeconfigConnection({ file, env: {} }))!).access);
}

describe('trust', () => {
  it('trusts the authority of the kubeconfig, and no other', async () => {
    const { url } = await serve(pods);
    expect(await listWith({ server: url, 'certificate-authority': pemPath('ca.pem') })).toEqual(['a']);
    await expect(listWith({ server: url, 'certificate-authority-data': base64('other-ca.pem') })).rejects.toMatchObject(
      {
        kind: 'unreachable',
        message: expect.stringMatching(
          /its certificate is not signed by the authority of context "prod" of .*config; check certificate-authority-data$/,
        ),
      },
    );
    await expect(listWith({ server: url })).rejects.toThrow('is not signed by the authority');
  });

  it('checks nothing with insecure-skip-tls-verify', async () => {
    const { url } = await serve(pods, { certificate: 'server-other-name.pem' });
    expect(await listWith({ server: url, 'insecure-skip-tls-verify': true })).toEqual(['a']);
  });

  it('names the host a certificate is for, and accepts it under tls-server-name', async () => {
    const { url } = await serve(pods, { certificate: 'server-other-name.pem' });
    const cluster = { server: url, 'certificate-authority-data': base64('ca.pem') };
    await expect(listWith(cluster)).rejects.toThrow('its certificate is for another name (DNS:kubernetes.default)');
    expect(await listWith({ ...cluster, 'tls-server-name': 'kubernetes.default' })).toEqual(['a']);
  });

  it('says that the server certificate has expired', async () => {
    const { url } = await serve(pods, { certificate: 'server-expired.pem' });
    await expect(listWith({ server: url, 'certificate-authority-data': base64('ca.pem') })).rejects.toThrow(
      'its certificate has expired',
    );
  });

  it('says that certificate and key do not belong together', async () => {
    const { url } = await serve(pods);
    const user = { 'client-certificate': pemPath('client.pem'), 'client-key': pemPath('server.key') };
    await expect(listWith({ server: url, 'certificate-authority-data': base64('ca.pem') }, user)).rejects.toMatchObject(
      {
        kind: 'credentials',
        message: expect.stringContaining('is not usable'),
      },
    );
  });

  it('shows its client certificate', async () => {
    const server = await serve(pods, { clientCertificates: true });
    const user = { 'client-certificate-data': base64('client.pem'), 'client-key-data': base64('client.key') };
    await listWith({ server: server.url, 'certificate-authority-data': base64('ca.pem') }, user);
    expect(server.asked[0]).toMatchObject({ client: 'ada' });
    expect(server.asked[0]!.headers.authorization).toBeUndefined();
  });

  it('sends every impersonated group in a header of its own', async () => {
    const server = await serve(pods);
    const user = { token: 't', as: 'eve', 'as-groups': ['a', 'b'] };
    await listWith({ server: server.url, 'certificate-authority-data': base64('ca.pem') }, user);
    const { rawHeaders } = server.asked[0]!;
    const groups = rawHeaders.filter((_, i) => /^impersonate-group$/i.test(rawHeaders[i - 1] ?? ''));
    expect(groups).toEqual(['a', 'b']);
  });

  it('talks to a plain http server, as kubectl proxy is one', async () => {
    const { url } = await serve(pods, { plain: true });
    expect(await listWith({ server: url })).toEqual(['a']);
  });

  it('says that a plain server does not speak TLS', async () => {
    const { url } = await serve(pods, { plain: true });
    await expect(listWith({ server: url.replace('http:', 'https:') })).rejects.toThrow('does not speak TLS');
  });

  it('says that a name does not resolve', async () => {
    await expect(listWith({ server: 'https://no-such-host.invalid' })).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no-such-host.invalid: the name does not resolve'),
    });
  });
});

describe('other ways in', () => {
  it('reaches EKS with its authority and a token that is made again when refused', async () => {
    let tokens = 0;
    const server = await serve((asked, response) =>
      asked.headers.authorization === 'Bearer k8s-aws-v1.2'
        ? json(response, 200, page(['a']))
        : plainText(response, 401, 'no'),
    );
    const connection = eksConnection({
      clusterName: 'prod',
      server: server.url,
      caData: base64('ca.pem'),
      token: async () => `k8s-aws-v1.${++tokens}`,
    });
    expect(connection.origin).toBe('EKS cluster prod');
    expect(await names(talkTo(connection).access)).toEqual(['a']);
    expect(tokens).toBe(2);
  });

  it('uses the service account of its own pod', async () => {
    const server = await serve(pods);
    const dir = directory();
    write(dir, 'token', 'of-the-pod\n');
    write(dir, 'ca.crt', pem('ca.pem'));
    const { hostname, port } = new URL(server.url);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const connection = await inClusterConnection({ env, directory: dir });
    expect(await names(talkTo(connection!).access)).toEqual(['a']);
    expect(server.asked[0]!.headers.authorization).toBe('Bearer of-the-pod');
  });

  it('is in no cluster without the environment or the token of a pod', async () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(await inClusterConnection({ env, directory: directory() })).toBeUndefined();
    const dir = directory();
    write(dir, 'token', 't');
    expect(await inClusterConnection({ env: {}, directory: dir })).toBeUndefined();
    expect(await inClusterConnection({ env, directory: dir })).toMatchObject({ server: 'https://[fd00::1]:443' });
  });
});
