/** How lists are read from a real API server: pages, metadata alone, load, expired continue tokens. */
import http from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KUBERNETES_COLLECTORS } from '../../src/inspect/collect/kubernetes/index.ts';
import { openSession } from '../../src/inspect/collect/kubernetes/session.ts';
import { requiredPermissions } from '../../src/inspect/collect/permissions.ts';
import { missingServers } from './servers/missing.ts';
import { heard, KubernetesUnderTest } from './support/kubernetes.ts';

const missing = missingServers(console.error).apiServer;
const PODS = 1250;

describe.skipIf(missing)(`lists of a real API server${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let api: KubernetesUnderTest;
  beforeAll(async () => {
    api = await KubernetesUnderTest.start();
    await api.createPods(PODS);
  });
  afterAll(() => api?.stop());

  it('lists three pages, and counts every pod once', async () => {
    const { access, records } = heard(await api.session('admin'));
    const seen = new Set<string>();
    await access.list('/api/v1/pods', (p) => seen.add(p.metadata.uid));
    expect(seen.size).toBe(PODS);
    // pages are asked ahead: the last, shorter one may come before the second
    const pages = [...records].sort((a, b) => b.items - a.items);
    expect(pages.map((r) => [r.call, r.items, r.outcome])).toEqual([500, 500, 250].map((n) => ['list pods', n, 'ok']));
  });

  it('asks for the metadata of ReplicaSets alone', async () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await api.kube.call('POST', '/apis/apps/v1/namespaces/default/replicasets', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: 'odd',
        namespace: 'default',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '1', controller: true }],
      },
      spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template },
    });
    const items: object[] = [];
    const { access } = heard(await api.session('admin'));
    await access.list('/apis/apps/v1/replicasets', (item) => items.push(item), { metadataOnly: true });
    expect(items).toHaveLength(1);
    expect(Object.keys(items[0]!)).not.toContain('spec');
    expect((await api.collectAs('admin')).workloads).toMatchObject({
      data: { replicaSetOwners: { 'default/odd': 'web' } },
    });
  });

  it('rides out the API server refusing for load (429)', async () => {
    const flow = '/apis/flowcontrol.apiserver.k8s.io/v1';
    await api.kube.call('POST', `${flow}/prioritylevelconfigurations`, {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'PriorityLevelConfiguration',
      metadata: { name: 'starved' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, lendablePercent: 0, limitResponse: { type: 'Reject' } },
      },
    });
    await api.kube.call('POST', `${flow}/flowschemas`, {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: 'starved' },
      spec: {
        priorityLevelConfiguration: { name: 'starved' },
        matchingPrecedence: 2,
        rules: [
          {
            subjects: [{ kind: 'Group', group: { name: 'viewers' } }],
            resourceRules: [
              { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
            ],
          },
        ],
      },
    });
    await api.grant(requiredPermissions(KUBERNETES_COLLECTORS).rules);
    const talks = await Promise.all(Array.from({ length: 12 }, async () => heard(await api.session('viewer'))));
    const listed = await Promise.allSettled(
      talks.map(async ({ access }) => {
        let pods = 0;
        await access.list('/api/v1/pods', () => pods++);
        return pods;
      }),
    );
    const retries = talks.flatMap((t) => t.records).reduce((n, r) => n + r.retries, 0);
    expect(retries).toBeGreaterThan(0);
    for (const one of listed)
      if (one.status === 'fulfilled') expect(one.value).toBe(PODS);
      else expect(one.reason).toMatchObject({ kind: 'throttled' });
    expect(listed.some((l) => l.status === 'fulfilled')).toBe(true);
  });
});

describe.skipIf(missing)(`an API server that forgets${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let api: KubernetesUnderTest;
  beforeAll(async () => {
    api = await KubernetesUnderTest.start(['--etcd-compaction-interval=2s']);
    await api.createPods(PODS);
  });
  afterAll(() => api?.stop());

  /** Ages the continue tokens that pass: they then ask for a state long since compacted. */
  async function agingProxy(): Promise<string> {
    const proxy = http.createServer((request, response) => {
      const url = new URL(request.url ?? '/', api.server.endpoint);
      const token = url.searchParams.get('continue');
      const state = token ? (JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number }) : undefined;
      if (state && state.rv > 0)
        url.searchParams.set('continue', Buffer.from(JSON.stringify({ ...state, rv: 5 })).toString('base64url'));
      const headers = { ...request.headers, host: url.host };
      const onward = httpsRequest(url, { headers, ca: api.server.ca }, (reply) => {
        response.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.pipe(response);
      });
      onward.end();
    });
    await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
    api.closes(() => proxy.close());
    return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  }

  it('goes on where its continue token has expired (410), and says that the list is not of one moment', async () => {
    const old = '/api/v1/pods?limit=1&resourceVersion=5&resourceVersionMatch=Exact';
    const isGone = () =>
      api.kube.call('GET', old).then(
        () => false,
        (e) => e.status === 410,
      );
    for (let tries = 0; tries < 100 && !(await isGone()); tries++) await new Promise((r) => setTimeout(r, 200));
    const session = openSession({
      server: await agingProxy(),
      origin: 'a test',
      credentials: async () => ({ headers: { authorization: `Bearer ${api.server.adminToken}` }, tls: {} }),
    });
    api.closes(() => session.close());
    const { access, records, gaps } = heard(session);
    const seen: string[] = [];
    await access.list('/api/v1/pods', (p) => seen.push(p.metadata.name));
    expect(new Set(seen).size).toBe(PODS);
    expect(seen).toHaveLength(PODS);
    expect(records.map((r) => r.outcome)).toContain('other');
    expect(gaps).toEqual([{ reason: expect.stringContaining('list pods took so long') }]);
  });
});
