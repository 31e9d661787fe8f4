import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { proxyOf } from '../../../../../src/inspect/collect/kubernetes/http/agent.ts';
import { json, page } from '../fake-server.ts';
import { connectionTo, names, serve, talkTo } from '../session-of.ts';

const PROXY = 'http://proxy.example.com:3128';

describe('proxyOf', () => {
  const through = (server: string, env: Record<string, string>) => proxyOf({ server, env });

  it.each([
    ['https://eks.example.com', { HTTPS_PROXY: PROXY }, PROXY],
    ['https://eks.example.com', { https_proxy: PROXY }, PROXY],
    ['https://eks.example.com', { HTTPS_PROXY: 'proxy.example.com:3128' }, PROXY],
    ['https://eks.example.com', { HTTP_PROXY: PROXY }, undefined],
    ['http://eks.example.com', { HTTP_PROXY: PROXY }, PROXY],
    ['https://eks.example.com', {}, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: PROXY }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: PROXY }, undefined],
    ['https://localhost:6443', { HTTPS_PROXY: PROXY }, undefined],
  ])('%s with %o goes through %s', (server, env, expected) => {
    expect(through(server, env as Record<string, string>)).toBe(expected);
  });

  // golang.org/x/net/http/httpproxy: the table in its documentation of NoProxy
  it.each([
    ['https://a.eks.amazonaws.com', '.amazonaws.com', false],
    ['https://amazonaws.com', '.amazonaws.com', true],
    ['https://a.eks.amazonaws.com', 'amazonaws.com', false],
    ['https://amazonaws.com', 'amazonaws.com', false],
    ['https://notamazonaws.com', 'amazonaws.com', true],
    ['https://a.amazonaws.com', '*.amazonaws.com', false],
    ['https://a.example.com', 'x.com, *', false],
    ['https://10.1.2.3', '10.0.0.0/8', false],
    ['https://11.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3', '10.1.2.0/33', true],
    ['https://[fd00::5]', 'fd00::/8', false],
    ['https://a.example.com:8443', 'example.com:8443', false],
    ['https://a.example.com', 'example.com:8443', true],
    ['https://a.example.com', ' , ', true],
  ])('%s with NO_PROXY=%s', (server, noProxy, proxied) => {
    expect(through(server, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy })).toBe(proxied ? PROXY : undefined);
  });

  it('lets proxy-url of the kubeconfig beat the environment', () => {
    const options = { server: 'https://eks.example.com', env: { NO_PROXY: '*' }, proxyUrl: 'socks5://127.0.0.1:1080' };
    expect(proxyOf(options)).toBe('socks5://127.0.0.1:1080');
  });
});

describe('through a proxy', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A CONNECT proxy that leads every host to one port of 127.0.0.1. */
  async function connectProxy(target: () => number, refuse = false): Promise<{ url: string; connects: string[] }> {
    const connects: string[] = [];
    const proxy = http.createServer();
    proxy.on('connect', (request, socket) => {
      connects.push(request.url ?? '');
      if (refuse) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      const upstream = connect(target(), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
    closing.push(() => proxy.close());
    return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, connects };
  }

  it('keeps one tunnel for many requests, and checks the certificate inside it', async () => {
    const server = await serve((asked, response) =>
      json(response, 200, asked.url.searchParams.has('continue') ? page(['b']) : page(['a'], 'two')),
    );
    const proxy = await connectProxy(() => Number(new URL(server.url).port));
    // resolvable by nobody: only the proxy knows where it is
    const connection = connectionTo('https://kubernetes.default:6443');
    const { access } = talkTo(connection, { env: { HTTPS_PROXY: proxy.url } });
    expect(await names(access)).toEqual(['a', 'b']);
    expect(await names(access)).toEqual(['a', 'b']);
    expect(proxy.connects).toEqual(['kubernetes.default:6443']);
    expect(server.connections()).toBe(1);
    const wrongName = talkTo(connectionTo('https://other.example.com'), { env: { HTTPS_PROXY: proxy.url } });
    await expect(names(wrongName.access)).rejects.toThrow('its certificate is for another name');
  });

  it('uses proxy-url even for loopback, and says what a refusing proxy said', async () => {
    const proxy = await connectProxy(() => 0, true);
    const { access } = talkTo(connectionTo('https://127.0.0.1:6443', { proxyUrl: proxy.url }));
    await expect(names(access)).rejects.toMatchObject({
      kind: 'not-an-api',
      message: expect.stringContaining('refused by something before the API server (403'),
    });
    expect(proxy.connects).toEqual(['127.0.0.1:6443']);
  });

  it('refuses a proxy of an unknown kind', async () => {
    const { access } = talkTo(connectionTo('https://eks.example.com', { proxyUrl: 'ftp://proxy' }));
    await expect(names(access)).rejects.toThrow('proxy "ftp://proxy" is not an http, https or socks URL');
  });
});
