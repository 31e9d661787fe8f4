import type http from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { json, page, pem, plainText, status } from './fake-server.ts';
import { connectionTo, names, serve, talkTo } from './session-of.ts';

const many = (n: number) => Array.from({ length: n }, (_, i) => `p${i}`);

describe('pages', () => {
  it('asks for 500 at a time, follows the token and never sends a resourceVersion', async () => {
    const server = await serve((asked, response) =>
      json(response, 200, asked.url.searchParams.get('continue') === 'two' ? page(['c']) : page(['a', 'b'], 'two')),
    );
    const talk = talkTo(connectionTo(server.url));
    expect(await names(talk.access)).toEqual(['a', 'b', 'c']);
    expect(server.asked.map((a) => a.url.search)).toEqual(['?limit=500', '?limit=500&continue=two']);
    expect(server.connections()).toBe(1);
    expect(talk.records.map((r) => [r.call, r.items, r.outcome])).toEqual([
      ['list pods', 2, 'ok'],
      ['list pods', 1, 'ok'],
    ]);
  });

  it('takes a list without items for empty, as CRDs send it', async () => {
    const server = await serve((_, response) =>
      json(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: null }),
    );
    expect(await names(talkTo(connectionTo(server.url)).access)).toEqual([]);
  });

  it.each([
    ['a list of another kind', { kind: 'NodeList', apiVersion: 'v1', items: [] }],
    ['a list of another version', { kind: 'PodList', apiVersion: 'v2', items: [] }],
    ['a list of no kind', { items: [] }],
    ['an object', { kind: 'Pod', apiVersion: 'v1' }],
    ['a list without items', { kind: 'PodList', apiVersion: 'v1' }],
  ])('never takes %s for an empty list of pods', async (_, body) => {
    const server = await serve((_asked, response) => json(response, 200, body));
    await expect(names(talkTo(connectionTo(server.url)).access)).rejects.toMatchObject({ kind: 'not-an-api' });
  });

  it('never takes an object of another kind for the one it asked for', async () => {
    const server = await serve((_, response) => json(response, 200, { kind: 'Secret', apiVersion: 'v1' }));
    const { access } = talkTo(connectionTo(server.url));
    await expect(access.get('/api/v1/namespaces/kube-system/configmaps/x')).rejects.toMatchObject({
      kind: 'not-an-api',
    });
  });

  it('names a server that hands out the same page, or tokens in turns', async () => {
    const same = await serve((_, response, count) => json(response, 200, page(['a', 'b'], `token-${count}`)));
    await expect(names(talkTo(connectionTo(same.url)).access)).rejects.toThrow('the server repeats itself');
    const turns = await serve((_, response, count) => json(response, 200, page([`p${count}`], `token-${count % 2}`)));
    await expect(names(talkTo(connectionTo(turns.url)).access)).rejects.toThrow('the server repeats itself');
  });

  it('unpacks gzip, and asks for it', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify(page(many(500)))));
    });
    expect(await names(talkTo(connectionTo(server.url)).access)).toHaveLength(500);
    expect(server.asked[0]!.headers['accept-encoding']).toBe('gzip');
  });

  it('stops at a page of more than twice the limit: the server ignores it', async () => {
    const server = await serve((_, response) => json(response, 200, page(many(1001), 'more')));
    await expect(names(talkTo(connectionTo(server.url)).access)).rejects.toMatchObject({
      kind: 'other',
      message: expect.stringContaining('ignores limit=500 and sent 1001 items'),
    });
    expect(server.asked).toHaveLength(1);
  });

  it('stops reading a reply that outgrows the limit, whatever it holds', async () => {
    const server = await serve((_, response) => json(response, 200, page(many(500))));
    const talk = talkTo(connectionTo(server.url), { limits: { maxBytes: 4096 } });
    await expect(names(talk.access)).rejects.toMatchObject({ message: expect.stringContaining('in one reply') });
  });

  it('runs at most two requests at a time', async () => {
    let open = 0;
    let most = 0;
    const server = await serve((_, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        json(response, 200, page(['a']));
      }, 20);
    });
    const { access } = talkTo(connectionTo(server.url));
    await Promise.all(Array.from({ length: 12 }, () => names(access)));
    expect(most).toBe(2);
  });
});

describe('an expired list (410)', () => {
  it('goes on with the token the server offers, and says that the list is not of one moment', async () => {
    const server = await serve((asked, response) => {
      const token = asked.url.searchParams.get('continue');
      if (token === 'old') status(response, 410, 'Expired', 'token too old', { continue: 'fresh' });
      else json(response, 200, token === 'fresh' ? page(['c']) : page(['a', 'b'], 'old'));
    });
    const talk = talkTo(connectionTo(server.url));
    expect(await names(talk.access)).toEqual(['a', 'b', 'c']);
    expect(talk.gaps).toEqual([{ reason: expect.stringContaining('list pods took so long') }]);
  });

  it('starts again once where no token is offered, and forgets what it had', async () => {
    let expired = false;
    const server = await serve((asked, response) => {
      if (asked.url.searchParams.get('continue') !== 'old')
        return json(response, 200, page(['a'], expired ? undefined : 'old'));
      expired = true;
      status(response, 410, 'Expired', 'token too old');
    });
    const talk = talkTo(connectionTo(server.url));
    expect(await names(talk.access)).toEqual(['a']);
    expect(talk.gaps).toEqual([]);
  });

  it('gives up the second time, and at once where the reader cannot forget', async () => {
    const server = await serve((asked, response) =>
      asked.url.searchParams.has('continue')
        ? status(response, 410, 'Expired', 'too old')
        : json(response, 200, page(['a'], 'old')),
    );
    const { access } = talkTo(connectionTo(server.url));
    await expect(names(access)).rejects.toMatchObject({
      message: expect.stringContaining('expired while it was read'),
    });
    expect(server.asked).toHaveLength(4);
    await expect(names(access, '/api/v1/pods', false)).rejects.toThrow('expired while it was read');
    expect(server.asked).toHaveLength(6);
  });
});

describe('refusals', () => {
  it('names the permission of a 403', async () => {
    const server = await serve((_, response) =>
      status(response, 403, 'Forbidden', 'pods is forbidden: User "eve" cannot list'),
    );
    const talk = talkTo(connectionTo(server.url));
    await expect(names(talk.access)).rejects.toMatchObject({
      kind: 'denied',
      permission: 'list pods',
      message: 'pods is forbidden: User "eve" cannot list',
    });
    expect(talk.records.map((r) => r.outcome)).toEqual(['denied']);
    await expect(talk.access.get('/api/v1/namespaces/kube-system/configmaps/amazon-vpc-cni')).rejects.toMatchObject({
      permission: 'get configmaps/amazon-vpc-cni in kube-system',
    });
  });

  describe('of a kind that comes from a CRD', () => {
    const GROUP = '/apis/crd.k8s.amazonaws.com/v1alpha1';
    const groups = (...versions: string[]) => ({
      kind: 'APIGroupList',
      groups: [{ name: 'crd.k8s.amazonaws.com', versions: versions.map((groupVersion) => ({ groupVersion })) }],
    });
    const kinds = { kind: 'APIResourceList', resources: [{ name: 'eniconfigs' }] };
    const paths = (asked: readonly { url: URL }[]) => asked.map((a) => a.url.pathname);

    it('asks discovery first, once, because a limited user gets 403 for one that does not exist', async () => {
      const server = await serve((asked, response) =>
        asked.url.pathname === '/apis'
          ? json(response, 200, groups())
          : status(response, 403, 'Forbidden', 'forbidden'),
      );
      const { access } = talkTo(connectionTo(server.url));
      expect(await access.list(`${GROUP}/eniconfigs`, () => {})).toBe(false);
      expect(await access.get(`${GROUP}/eniconfigs/a`)).toBeUndefined();
      expect(paths(server.asked)).toEqual(['/apis']);
    });

    it('tells one that exists but is refused from one that does not exist', async () => {
      const replies: Record<string, unknown> = { '/apis': groups('crd.k8s.amazonaws.com/v1alpha1'), [GROUP]: kinds };
      const server = await serve((asked, response) => {
        const reply = replies[asked.url.pathname];
        if (reply) json(response, 200, reply);
        else status(response, 403, 'Forbidden', 'forbidden');
      });
      const { access } = talkTo(connectionTo(server.url));
      await expect(access.list(`${GROUP}/eniconfigs`, () => {})).rejects.toMatchObject({
        kind: 'denied',
        permission: 'list eniconfigs.crd.k8s.amazonaws.com',
      });
      expect(await access.list(`${GROUP}/others`, () => {})).toBe(false);
      expect(paths(server.asked)).toEqual(['/apis', GROUP, `${GROUP}/eniconfigs`]);
    });

    it('takes one that went away since for none', async () => {
      const replies: Record<string, unknown> = { '/apis': groups('crd.k8s.amazonaws.com/v1alpha1'), [GROUP]: kinds };
      const server = await serve((asked, response) => {
        const reply = replies[asked.url.pathname];
        if (reply) json(response, 200, reply);
        else plainText(response, 404, '404 page not found\n');
      });
      expect(await talkTo(connectionTo(server.url)).access.list(`${GROUP}/eniconfigs`, () => {})).toBe(false);
    });

    it('lets the list decide where discovery is refused', async () => {
      const server = await serve((asked, response) =>
        asked.url.pathname === '/apis'
          ? status(response, 403, 'Forbidden', 'no')
          : json(response, 200, {
              ...(page(['a']) as object),
              kind: 'ENIConfigList',
              apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
            }),
      );
      expect(await names(talkTo(connectionTo(server.url)).access, `${GROUP}/eniconfigs`)).toEqual(['a']);
    });
  });

  it('never takes a 404 from something that is no API server for an empty cluster', async () => {
    const server = await serve((_, response) => plainText(response, 404, '404 page not found\n'));
    const { access } = talkTo(connectionTo(server.url));
    await expect(names(access)).rejects.toMatchObject({ kind: 'not-an-api' });
    await expect(names(access, '/apis/karpenter.sh/v1/nodepools')).rejects.toMatchObject({ kind: 'not-an-api' });
    await expect(access.get('/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node')).rejects.toMatchObject({
      kind: 'not-an-api',
    });
  });

  it('returns nothing for an object that does not exist', async () => {
    const server = await serve((_, response) => status(response, 404, 'NotFound', 'configmaps "x" not found'));
    const { access } = talkTo(connectionTo(server.url));
    expect(await access.get('/api/v1/namespaces/kube-system/configmaps/x')).toBeUndefined();
  });

  it('renews the credentials once when they are refused, for all parallel requests together', async () => {
    let made = 0;
    const server = await serve((asked, response) =>
      asked.headers.authorization === 'Bearer 1'
        ? status(response, 401, 'Unauthorized', 'Unauthorized')
        : json(response, 200, page(['a'])),
    );
    const { access } = talkTo(
      connectionTo(server.url, {
        credentials: async (renew) => {
          if (renew || made === 0) made++;
          return { headers: { authorization: `Bearer ${made}` }, tls: { ca: pem('ca.pem') } };
        },
      }),
    );
    expect(await Promise.all([names(access), names(access), names(access)])).toEqual([['a'], ['a'], ['a']]);
    expect(made).toBe(2);
  });

  it('says so where renewed credentials are refused as well', async () => {
    const server = await serve((_, response) => status(response, 401, 'Unauthorized', 'Unauthorized'));
    await expect(names(talkTo(connectionTo(server.url)).access)).rejects.toMatchObject({
      kind: 'credentials',
      message: expect.stringContaining('does not accept the credentials of a test (401 Unauthorized)'),
    });
    expect(server.asked).toHaveLength(2);
  });
});

describe('trouble on the way', () => {
  it('waits as long as a 429 in plain text asks, and tries again', async () => {
    const server = await serve((_, response, count) =>
      count < 3
        ? plainText(response, 429, 'Too many requests, please try again later.\n', { 'retry-after': '1' })
        : json(response, 200, page(['a'])),
    );
    const talk = talkTo(connectionTo(server.url));
    expect(await names(talk.access)).toEqual(['a']);
    expect(talk.records).toMatchObject([{ retries: 2, outcome: 'ok' }]);
    for (const ms of talk.waits) expect(ms).toBeGreaterThanOrEqual(1000);
  });

  it('gives up after four retries, and says throttled', async () => {
    const server = await serve((_, response) => plainText(response, 429, 'Too many requests'));
    const talk = talkTo(connectionTo(server.url));
    await expect(names(talk.access)).rejects.toMatchObject({ kind: 'throttled' });
    expect(server.asked).toHaveLength(5);
    expect(talk.waits).toHaveLength(4);
    expect(Math.max(...talk.waits)).toBeLessThanOrEqual(10_000);
  });

  it('never waits longer than ten seconds, whatever the server asks', async () => {
    const server = await serve((_, response, count) =>
      count === 1 ? plainText(response, 503, 'down', { 'retry-after': '3600' }) : json(response, 200, page([])),
    );
    const talk = talkTo(connectionTo(server.url));
    await names(talk.access);
    expect(talk.waits).toEqual([10_000]);
  });

  it('survives a web page instead of the API, with any status', async () => {
    for (const code of [200, 403, 404]) {
      const server = await serve((_, response) => {
        response.writeHead(code, { 'content-type': 'text/html' });
        response.end('<!DOCTYPE html><html><body>Sign in</body></html>');
      });
      await expect(names(talkTo(connectionTo(server.url)).access)).rejects.toMatchObject({
        kind: 'not-an-api',
        message: expect.stringContaining('a web page'),
      });
    }
  });

  it('does not follow a redirect to a login page', async () => {
    const server = await serve((_, response) => {
      response.writeHead(302, { location: 'https://login.example.com/' });
      response.end();
    });
    await expect(names(talkTo(connectionTo(server.url)).access)).rejects.toMatchObject({
      kind: 'not-an-api',
      message: expect.stringContaining('a redirect to https://login.example.com/'),
    });
  });

  it('tries again after a connection that breaks in the middle of a reply, packed or not', async () => {
    for (const packed of [false, true]) {
      const body = Buffer.from(JSON.stringify(page(many(400))));
      const server = await serve((_, response, count) => {
        const bytes = packed ? gzipSync(body) : body;
        response.writeHead(200, {
          'content-type': 'application/json',
          ...(packed ? { 'content-encoding': 'gzip' } : {}),
        });
        if (count > 1) return response.end(bytes);
        response.write(bytes.subarray(0, 200));
        setTimeout(() => response.destroy(), 20);
      });
      const talk = talkTo(connectionTo(server.url));
      expect(await names(talk.access)).toHaveLength(400);
      expect(talk.records).toMatchObject([{ retries: 1, outcome: 'ok' }]);
    }
  });

  it('gives up a server that falls silent, before or within its reply', async () => {
    for (const start of [false, true]) {
      const server = await serve((_, response) => {
        if (start) response.writeHead(200, { 'content-type': 'application/json' }).write('{"items":[');
      });
      const talk = talkTo(connectionTo(server.url), { limits: { idleMs: 150 } });
      await expect(names(talk.access)).rejects.toMatchObject({
        kind: 'timeout',
        message: expect.stringContaining('no answer for'),
      });
      // once more, since a list that stalls may come the next time
      expect(server.asked).toHaveLength(2);
    }
  });

  it('goes on with a list that stalled in the middle', async () => {
    const server = await serve((asked, response, count) => {
      const second = asked.url.searchParams.get('continue') === 'two';
      if (count !== 2) return json(response, 200, second ? page(['c']) : page(['a', 'b'], 'two'));
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"items":[');
    });
    const talk = talkTo(connectionTo(server.url), { limits: { idleMs: 150 } });
    expect(await names(talk.access)).toEqual(['a', 'b', 'c']);
    expect(talk.gaps).toEqual([]);
  });

  it('takes again a page that is half a JSON, and gives up where it stays so', async () => {
    const whole = JSON.stringify(page(many(400)));
    const half = (response: http.ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(whole.slice(0, whole.length / 2));
    };
    const once = await serve((_, response, count) => (count === 1 ? half(response) : json(response, 200, page(['a']))));
    expect(await names(talkTo(connectionTo(once.url)).access)).toEqual(['a']);
    const always = await serve((_, response) => half(response));
    await expect(names(talkTo(connectionTo(always.url)).access)).rejects.toThrow('the answer is not JSON');
    expect(always.asked).toHaveLength(3);
  });

  it('counts no silence while it does not listen itself', async () => {
    const server = await serve((_, response) => {
      setTimeout(() => json(response, 200, page(['a'])), 60);
    });
    const talk = talkTo(connectionTo(server.url), { limits: { idleMs: 400 } });
    const list = names(talk.access);
    await new Promise((later) => setTimeout(later, 20));
    // as long as a process that is stopped, or too busy to look at its sockets
    const until = performance.now() + 1500;
    while (performance.now() < until);
    expect(await list).toEqual(['a']);
    expect(server.asked).toHaveLength(1);
  });

  it('asks for the next page before it has read this one', async () => {
    const order: string[] = [];
    const server = await serve((asked, response) => {
      const token = asked.url.searchParams.get('continue') ?? '1';
      order.push(`asked ${token}`);
      json(response, 200, page([`p${token}`], token === '3' ? undefined : String(Number(token) + 1)));
    });
    const talk = talkTo(connectionTo(server.url));
    await talk.access.list('/api/v1/pods', (pod) => {
      order.push(`read ${pod.metadata.name}`);
      const until = performance.now() + 100;
      while (performance.now() < until);
    });
    expect(order.filter((o) => o.startsWith('read'))).toEqual(['read p1', 'read p2', 'read p3']);
    expect(server.asked.map((a) => a.url.searchParams.get('continue'))).toEqual([null, '2', '3']);
    expect(talk.records).toHaveLength(3);
  });

  it('asks for the next page while this one still comes, and for no more than one', async () => {
    const pages = Array.from({ length: 5 }, (_, i) =>
      gzipSync(
        JSON.stringify(
          page(
            many(500).map((n) => `${i}-${n}`),
            i < 4 ? `t${i + 1}` : undefined,
          ),
        ),
      ),
    );
    const rest = new Map<string, () => void>();
    let ahead = 0;
    const server = await serve((asked, response) => {
      const token = asked.url.searchParams.get('continue') ?? 't0';
      const body = pages[Number(token.slice(1))]!;
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      const half = Math.floor(body.length / 2);
      response.write(body.subarray(0, half));
      rest.set(token, () => response.end(body.subarray(half)));
      ahead = Math.max(ahead, rest.size);
      // a page ends when the next one is asked for, the last one soon
      rest.get(`t${Number(token.slice(1)) - 1}`)?.();
      rest.delete(`t${Number(token.slice(1)) - 1}`);
      if (token === 't4') setTimeout(() => rest.get(token)?.(), 20);
    });
    const talk = talkTo(connectionTo(server.url));
    expect(await names(talk.access)).toHaveLength(2500);
    expect(server.asked.map((a) => a.url.searchParams.get('continue'))).toEqual([null, 't1', 't2', 't3', 't4']);
    expect(ahead).toBe(2);
    expect(server.connections()).toBe(2);
  });

  it('loses one object that cannot be read, and names it', async () => {
    const server = await serve((_, response) => json(response, 200, page(['a', 'bad', 'c'])));
    const talk = talkTo(connectionTo(server.url));
    const read: string[] = [];
    await talk.access.list('/api/v1/pods', ({ metadata }) => {
      if (metadata.name === 'bad') throw new RangeError('Invalid time value');
      read.push(metadata.name);
    });
    expect(read).toEqual(['a', 'c']);
    expect(talk.gaps).toEqual([{ kind: 'other', reason: 'list pods: one object could not be read: default/bad' }]);
  });

  it('ends at once when the time is up', async () => {
    const server = await serve(() => {});
    const talk = talkTo(connectionTo(server.url), {}, AbortSignal.timeout(100));
    await expect(names(talk.access)).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('finds out once that nothing can be reached, not once a request', async () => {
    const server = await serve(() => {});
    await server.close();
    const talk = talkTo(connectionTo(server.url));
    await expect(names(talk.access)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('connection refused'),
    });
    await expect(names(talk.access)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(talk.waits).toEqual([]);
  });
});

describe('what a pod answers as text', () => {
  const LOG = '/api/v1/namespaces/kube-system/pods/aws-node-1/log';

  it('is read as it is, with what narrows it', async () => {
    const server = await serve((_, response) => plainText(response, 200, 'first\nsecond\n'));
    const talk = talkTo(connectionTo(server.url));
    expect(await talk.access.text(LOG, { container: 'aws-node', tailLines: '200' })).toBe('first\nsecond\n');
    expect(server.asked.map((a) => a.url.search)).toEqual(['?container=aws-node&tailLines=200']);
    expect(talk.records.map((r) => r.call)).toEqual(['get pods/log in kube-system']);
  });

  it('names the right it lacks', async () => {
    const server = await serve((_, response) => status(response, 403, 'Forbidden', 'forbidden'));
    await expect(talkTo(connectionTo(server.url)).access.text(LOG)).rejects.toMatchObject({
      kind: 'denied',
      permission: 'get pods/log in kube-system',
    });
  });
});
