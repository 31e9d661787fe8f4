import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type PrometheusQuestion,
  readPrometheus,
  shownUrl,
} from '../../../../src/inspect/collect/history/prometheus.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((s) => new Promise((done) => s.close(done))));
});

interface Asked {
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly method: string | undefined;
}

/** A server that answers every query so, and what it was asked. */
async function answering(answer: (asked: Asked) => { readonly status?: number; readonly body: unknown }) {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    const one = {
      path: url.pathname,
      query: url.searchParams.get('query') ?? '',
      authorization: request.headers.authorization,
      method: request.method,
    };
    asked.push(one);
    const { status = 200, body } = answer(one);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const matrix = (result: unknown) => ({ body: { status: 'success', data: { resultType: 'matrix', result } } });

function question(url: string, part: Partial<PrometheusQuestion> = {}): PrometheusQuestion {
  return { url, subnetIds: ['subnet-1', 'subnet-2'], from: 0, to: 86_400_000, env: {}, timeoutMs: 5000, ...part };
}

describe('the history of a Prometheus', () => {
  it('is a series of each subnet, of addresses and of blocks', async () => {
    const { url, asked } = await answering(({ query }) =>
      query.includes('blocks')
        ? matrix([{ metric: { subnet: 'subnet-1' }, values: [[60, '4']] }])
        : matrix([
            {
              metric: { subnet: 'subnet-1' },
              values: [[60, '10'], [120.5, '9.5'], [180, 'NaN'], [240, '+Inf'], [300, ''], [360]],
            },
            { metric: { subnet: 'subnet-2' }, values: [[60, '0']] },
            { metric: {}, values: [[60, '1']] },
            null,
          ]),
    );
    const series = await readPrometheus(question(`${url}/prom/`));
    expect([...series]).toEqual([
      [
        'subnet-1',
        {
          addresses: [
            { at: 60_000, value: 10 },
            { at: 120_500, value: 9.5 },
          ],
          blocks: [{ at: 60_000, value: 4 }],
        },
      ],
      ['subnet-2', { addresses: [{ at: 60_000, value: 0 }], blocks: [] }],
    ]);
    expect(asked.map((a) => [a.method, a.path, a.query])).toEqual([
      [
        'GET',
        '/prom/api/v1/query_range',
        'min by (subnet) (vpccni_subnet_free_addresses{subnet=~"subnet-1|subnet-2"})',
      ],
      ['GET', '/prom/api/v1/query_range', 'min by (subnet) (vpccni_subnet_free_blocks{subnet=~"subnet-1|subnet-2"})'],
    ]);
  });

  it('asks for many subnets in parts, and for no id that would be another query', async () => {
    const { url, asked } = await answering(() => matrix([]));
    const subnetIds = [...Array.from({ length: 100 }, (_, i) => `subnet-${i}`), 'x"}) or vector(1'];
    await readPrometheus(question(url, { subnetIds }));
    expect(asked).toHaveLength(6);
    expect(asked.some((a) => a.query.includes('vector'))).toBe(false);
  });

  it('logs in with a token, with a user, or with what the URL holds', async () => {
    const { url, asked } = await answering(() => matrix([]));
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    await readPrometheus(question(url));
    await readPrometheus(question(url, { bearerToken: 't0k' }));
    await readPrometheus(question(url, { basic: 'me:pa:ss' }));
    const inUrl = url.replace('http://', 'http://me:p%40ss@');
    await readPrometheus(question(inUrl));
    expect(asked.filter((_, i) => i % 2 === 0).map((a) => a.authorization)).toEqual([
      undefined,
      'Bearer t0k',
      basic('me:pa:ss'),
      basic('me:p@ss'),
    ]);
    expect(shownUrl(inUrl)).toBe(url);
  });

  it.each([
    ['a page', { body: '<html>login</html>' }, /is no answer of Prometheus/],
    ['JSON of something else', { body: { ok: true } }, /is no answer of Prometheus/],
    ['a refusal', { status: 401, body: '' }, /refuses the history \(401\)/],
    ['an error', { status: 400, body: { status: 'error', error: 'bad query\nx' } }, /: bad query$/],
    ['no list', { body: { status: 'success', data: {} } }, /status 200$/],
  ])('says in a line what is wrong with %s', async (_, answer, message) => {
    const { url } = await answering(() => answer);
    await expect(readPrometheus(question(url, { bearerToken: 'secret-token' }))).rejects.toThrow(message);
  });

  it('says where nobody answers, and what is no URL', async () => {
    await expect(readPrometheus(question('http://127.0.0.1:9'))).rejects.toThrow('127.0.0.1:9: connection refused');
    expect(() => shownUrl('prometheus')).toThrow('the URL of the history is none');
    expect(() => shownUrl('file:///etc/passwd')).toThrow('not file:');
  });
});
