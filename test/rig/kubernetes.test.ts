import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KUBERNETES_COLLECTORS } from '../../src/inspect/collect/kubernetes/index.ts';
import { kubeconfigConnection } from '../../src/inspect/collect/kubernetes/kubeconfig/index.ts';
import { type KubernetesSession, openSession } from '../../src/inspect/collect/kubernetes/session.ts';
import { type RequiredRule, requiredPermissions } from '../../src/inspect/collect/permissions.ts';
import { runCollectors } from '../../src/inspect/collect/runner-sections.ts';
import type { RequestRecord } from '../../src/inspect/collect/source-log.ts';
import type { Gap } from '../../src/inspect/snapshot/section.ts';
import type { Sections } from '../../src/inspect/snapshot.ts';
import { buildCustomKinds } from './build/kube-base.ts';
import { KubeWriter } from './build/kube-writer.ts';
import { inParallel, type Kube, kubeClient } from './clients/kube.ts';
import { type ApiServer, ensureApiServer, startApiServer } from './servers/kube-apiserver.ts';
import { missingServers } from './servers/missing.ts';

const missing = missingServers(console.error).apiServer;
const PODS = 1250;
const SECTIONS = KUBERNETES_COLLECTORS.map((c) => c.section);

/** A server of its own: its objects and rights are changed by the tests. */
async function start(flags: string[] = []): Promise<{ server: ApiServer; kube: Kube; stop: () => Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'vpccni-kubernetes-'));
  const server = await startApiServer(ensureApiServer(console.error), dir, flags);
  const kube = kubeClient(server, server.adminToken);
  const stop = async () => {
    kube.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { server, kube, stop };
}

async function createPods(kube: Kube, total: number): Promise<void> {
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
  await inParallel(
    Array.from({ length: total }, (_, i) => i),
    8,
    async (i) => {
      const metadata = { name: `p${i}`, namespace: 'default' };
      await kube.call('POST', '/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    },
  );
}

function heard(session: KubernetesSession) {
  const records: RequestRecord[] = [];
  const gaps: Gap[] = [];
  const signal = AbortSignal.timeout(60_000);
  const access = session.access({ section: 'pods', signal, record: (r) => records.push(r), gap: (g) => gaps.push(g) });
  return { access, records, gaps };
}

describe.skipIf(missing)(`a real API server${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let api: Awaited<ReturnType<typeof start>>;
  const sessions: KubernetesSession[] = [];
  beforeAll(async () => {
    api = await start();
    await createPods(api.kube, PODS);
  });
  afterAll(async () => {
    for (const s of sessions) s.close();
    await api?.stop();
  });

  async function sessionOf(context: string): Promise<KubernetesSession> {
    const session = openSession((await kubeconfigConnection({ file: api.server.kubeconfig, context }))!);
    sessions.push(session);
    return session;
  }

  async function collectAs(context: string): Promise<Sections> {
    const session = await sessionOf(context);
    const signal = AbortSignal.timeout(60_000);
    setMaxListeners(0, signal);
    return runCollectors({
      collectors: KUBERNETES_COLLECTORS,
      signal,
      sides: {
        aws: { off: 'not here' },
        kubernetes: {
          door: Promise.resolve((c, gap) => session.access({ section: c.section, signal, record: () => {}, gap })),
        },
      },
    });
  }

  const statusOf = (sections: Sections) => Object.fromEntries(SECTIONS.map((s) => [s, sections[s].status]));

  let grants = 0;
  /** Gives the group `viewers` exactly these rights, and waits until the authorizer knows. */
  async function grant(rules: readonly RequiredRule[]): Promise<void> {
    const rbac = 'rbac.authorization.k8s.io';
    const marker = `granted-${++grants}`;
    const write = async (kind: string, namespace: string | undefined, more: object) => {
      const path = `/apis/${rbac}/v1/${namespace ? `namespaces/${namespace}/` : ''}${kind.toLowerCase()}s`;
      const metadata = { name: 'asked', ...(namespace ? { namespace } : {}) };
      await api.kube.call('DELETE', `${path}/asked`).catch(() => {});
      await api.kube.call('POST', path, { apiVersion: `${rbac}/v1`, kind, metadata, ...more });
    };
    const all = requiredPermissions(KUBERNETES_COLLECTORS).rules;
    for (const namespace of [...new Set(all.map((r) => r.namespace))]) {
      const scope = namespace ? '' : 'Cluster';
      const own = rules.filter((r) => r.namespace === namespace).map(({ namespace: _, ...rule }) => rule);
      const visible = { apiGroups: [''], resources: ['configmaps'], resourceNames: [marker], verbs: ['get'] };
      await write(`${scope}Role`, namespace, { rules: [...own, visible] });
      await write(`${scope}RoleBinding`, namespace, {
        roleRef: { apiGroup: rbac, kind: `${scope}Role`, name: 'asked' },
        subjects: [{ kind: 'Group', apiGroup: rbac, name: 'viewers' }],
      });
    }
    const viewer = kubeClient(api.server, 'viewer-token');
    const known = (namespace: string) =>
      viewer.call('GET', `/api/v1/namespaces/${namespace}/configmaps/${marker}`).catch((e) => e.status === 404);
    for (let tries = 0; tries < 100 && !((await known('default')) && (await known('kube-system'))); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    viewer.close();
  }

  it('lists three pages, and counts every pod once', async () => {
    const { access, records } = heard(await sessionOf('admin'));
    const seen = new Set<string>();
    await access.list('/api/v1/pods', (p) => seen.add(p.metadata.uid));
    expect(seen.size).toBe(PODS);
    expect(records.map((r) => [r.call, r.items, r.outcome])).toEqual(
      [500, 500, 250].map((n) => ['list pods', n, 'ok']),
    );
  });

  it('finds no custom kind on a bare cluster, whatever the rights, and calls that no denial', async () => {
    const kinds = [
      'eniConfigs',
      'securityGroupPolicies',
      'cniNodes',
      'policyEndpoints',
      'nodePools',
      'nodeClasses',
    ] as const;
    for (const context of ['admin', 'viewer', 'nobody']) {
      const sections = await collectAs(context);
      for (const kind of kinds)
        expect([context, kind, sections[kind]]).toEqual([context, kind, { status: 'ok', data: [] }]);
    }
  });

  it('names the permission of everything that is denied', async () => {
    const sections = await collectAs('nobody');
    const denied = Object.fromEntries(
      SECTIONS.flatMap((s) => {
        const section = sections[s];
        return section.status === 'denied' ? [[s, section.permission]] : [];
      }),
    );
    expect(denied).toEqual({
      nodes: 'list nodes',
      pods: 'list pods',
      workloads: 'list daemonsets.apps',
      events: 'list events',
      cni: 'list daemonsets.apps',
      networkPolicies: 'list networkpolicies.networking.k8s.io',
    });
  });

  describe('with custom kinds', () => {
    const { rules } = requiredPermissions(KUBERNETES_COLLECTORS);
    beforeAll(async () => {
      await buildCustomKinds(new KubeWriter(api.kube));
      // a new group is served at once, and listed among the groups a moment later
      const groups = async () => JSON.stringify(await api.kube.call('GET', '/apis'));
      for (const g of [
        'crd.k8s.amazonaws.com',
        'networking.k8s.aws',
        'karpenter.k8s.aws',
        'karpenter.sh',
        'vpcresources.k8s.aws',
      ])
        await vi.waitFor(async () => expect(await groups()).toContain(`"${g}"`), { timeout: 20_000 });
    });

    it('reads everything with the rights that are printed', async () => {
      await grant(rules);
      expect(statusOf(await collectAs('viewer'))).toEqual(Object.fromEntries(SECTIONS.map((s) => [s, 'ok'])));
    });

    it('needs every one of them that can be missed on this cluster, and nothing is empty for lack of one', async () => {
      for (const rule of rules) {
        // read only where aws-node is installed, or served only by Auto Mode
        if (
          /controllerrevisions|serviceaccounts/.test(String(rule.resources)) ||
          rule.apiGroups[0] === 'eks.amazonaws.com'
        )
          continue;
        await grant(rules.filter((r) => r !== rule));
        const lost = Object.entries(statusOf(await collectAs('viewer'))).filter(([, status]) => status !== 'ok');
        expect(lost, JSON.stringify(rule)).not.toEqual([]);
      }
    }, 120_000);

    it('takes a kind that is gone for no objects, not for a denial', async () => {
      const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/eniconfigs.crd.k8s.amazonaws.com';
      await api.kube.call('POST', '/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs', {
        apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
        kind: 'ENIConfig',
        metadata: { name: 'a' },
        spec: { subnet: 'subnet-1', securityGroups: ['sg-1'] },
      });
      expect((await collectAs('admin')).eniConfigs).toEqual({
        status: 'ok',
        data: [{ name: 'a', subnetId: 'subnet-1', securityGroupIds: ['sg-1'] }],
      });
      await api.kube.call('DELETE', definition);
      const eniConfigs = async () => (await collectAs('viewer')).eniConfigs;
      await expect.poll(eniConfigs, { timeout: 10_000 }).toEqual({ status: 'ok', data: [] });
    });
  });

  it('finds events of aws-node that carry it as their reporting component only', async () => {
    await api.kube.call('POST', '/apis/events.k8s.io/v1/namespaces/kube-system/events', {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e1', namespace: 'kube-system' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'aws-node',
      reportingInstance: 'aws-node-x',
      action: 'ec2:CreateNetworkInterface',
      reason: 'SomethingNew',
      regarding: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-x' },
      note: 'UnauthorizedOperation',
      type: 'Warning',
    });
    const { events } = await collectAs('admin');
    expect(events).toMatchObject({
      data: [
        {
          kind: 'unauthorized',
          source: 'aws-node',
          action: 'ec2:CreateNetworkInterface',
          count: 1,
          object: { name: 'aws-node-x' },
        },
      ],
    });
  });

  it('tells wrong credentials from missing rights', async () => {
    const good = (await kubeconfigConnection({ file: api.server.kubeconfig, context: 'admin' }))!;
    const tls = (await good.credentials()).tls;
    const wrong = openSession({
      ...good,
      credentials: async () => ({ headers: { authorization: 'Bearer wrong' }, tls }),
    });
    const nobody = openSession({ ...good, credentials: async () => ({ headers: {}, tls }) });
    sessions.push(wrong, nobody);
    await expect(heard(wrong).access.list('/api/v1/pods', () => {})).rejects.toMatchObject({ kind: 'credentials' });
    await expect(heard(nobody).access.list('/api/v1/pods', () => {})).rejects.toMatchObject({
      kind: 'denied',
      permission: 'list pods',
      message: expect.stringContaining('system:anonymous'),
    });
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
    const { access } = heard(await sessionOf('admin'));
    await access.list('/apis/apps/v1/replicasets', (item) => items.push(item), { metadataOnly: true });
    expect(items).toHaveLength(1);
    expect(Object.keys(items[0]!)).not.toContain('spec');
    expect((await collectAs('admin')).workloads).toMatchObject({
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
    await grant(requiredPermissions(KUBERNETES_COLLECTORS).rules);
    const talks = await Promise.all(Array.from({ length: 12 }, async () => heard(await sessionOf('viewer'))));
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
  let api: Awaited<ReturnType<typeof start>>;
  const closing: (() => void)[] = [];
  beforeAll(async () => {
    api = await start(['--etcd-compaction-interval=2s']);
    await createPods(api.kube, PODS);
  });
  afterAll(async () => {
    for (const close of closing) close();
    await api?.stop();
  });

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
    closing.push(() => proxy.close());
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
    closing.push(() => session.close());
    const { access, records, gaps } = heard(session);
    const seen: string[] = [];
    await access.list('/api/v1/pods', (p) => seen.push(p.metadata.name));
    expect(new Set(seen).size).toBe(PODS);
    expect(seen).toHaveLength(PODS);
    expect(records.map((r) => r.outcome)).toContain('other');
    expect(gaps).toEqual([{ reason: expect.stringContaining('list pods took so long') }]);
  });
});
