/** An API server of its own for a test that changes objects and rights, and vpccni's Kubernetes side over it. */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBERNETES_COLLECTORS } from '../../../src/inspect/collect/kubernetes/index.ts';
import { kubeconfigConnection } from '../../../src/inspect/collect/kubernetes/kubeconfig/index.ts';
import { type KubernetesSession, openSession } from '../../../src/inspect/collect/kubernetes/session.ts';
import { type RequiredRule, requiredPermissions } from '../../../src/inspect/collect/permissions.ts';
import { runCollectors } from '../../../src/inspect/collect/runner-sections.ts';
import type { RequestRecord } from '../../../src/inspect/collect/source-log.ts';
import type { Gap } from '../../../src/inspect/snapshot/section.ts';
import type { Sections } from '../../../src/inspect/snapshot.ts';
import { inParallel, type Kube, kubeClient } from '../clients/kube.ts';
import { type ApiServer, ensureApiServer, startApiServer } from '../servers/kube-apiserver.ts';

const LIMIT_MS = 60_000;

export class KubernetesUnderTest {
  readonly server: ApiServer;
  /** With all rights. */
  readonly kube: Kube;
  readonly #dir: string;
  readonly #closing: (() => void)[] = [];
  #grants = 0;

  private constructor(server: ApiServer, dir: string) {
    this.server = server;
    this.kube = kubeClient(server, server.adminToken);
    this.#dir = dir;
  }

  static async start(flags: string[] = []): Promise<KubernetesUnderTest> {
    const dir = mkdtempSync(join(tmpdir(), 'vpccni-kubernetes-'));
    return new KubernetesUnderTest(await startApiServer(ensureApiServer(console.error), dir, flags), dir);
  }

  async stop(): Promise<void> {
    for (const close of this.#closing) close();
    this.kube.close();
    await this.server.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Something to end with the server. */
  closes(close: () => void): void {
    this.#closing.push(close);
  }

  async session(context: string): Promise<KubernetesSession> {
    const session = openSession((await kubeconfigConnection({ file: this.server.kubeconfig, context }))!);
    this.closes(() => session.close());
    return session;
  }

  /** What every collector makes of the server, as this context. */
  async collectAs(context: string): Promise<Sections> {
    const session = await this.session(context);
    const signal = AbortSignal.timeout(LIMIT_MS);
    setMaxListeners(0, signal);
    return runCollectors({
      collectors: KUBERNETES_COLLECTORS,
      signal,
      sides: {
        aws: { off: 'not here' },
        kubernetes: {
          open: Promise.resolve((c, gap) => session.access({ section: c.section, signal, record: () => {}, gap })),
        },
      },
    });
  }

  async createPods(total: number): Promise<void> {
    const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
    await inParallel(
      Array.from({ length: total }, (_, i) => i),
      8,
      async (i) => {
        const metadata = { name: `p${i}`, namespace: 'default' };
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
        await this.kube.call('POST', '/api/v1/namespaces/default/pods', pod);
      },
    );
  }

  /** Gives the group `viewers` exactly these rights, and waits until the authorizer knows. */
  async grant(rules: readonly RequiredRule[]): Promise<void> {
    const rbac = 'rbac.authorization.k8s.io';
    const marker = `granted-${++this.#grants}`;
    const write = async (kind: string, namespace: string | undefined, more: object) => {
      const path = `/apis/${rbac}/v1/${namespace ? `namespaces/${namespace}/` : ''}${kind.toLowerCase()}s`;
      const metadata = { name: 'asked', ...(namespace ? { namespace } : {}) };
      await this.kube.call('DELETE', `${path}/asked`).catch(() => {});
      await this.kube.call('POST', path, { apiVersion: `${rbac}/v1`, kind, metadata, ...more });
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
    const viewer = kubeClient(this.server, 'viewer-token');
    const known = (namespace: string) =>
      viewer.call('GET', `/api/v1/namespaces/${namespace}/configmaps/${marker}`).catch((e) => e.status === 404);
    for (let tries = 0; tries < 100 && !((await known('default')) && (await known('kube-system'))); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    viewer.close();
  }
}

/** Access that remembers what it was asked and what it could not tell. */
export function heard(session: KubernetesSession) {
  const records: RequestRecord[] = [];
  const gaps: Gap[] = [];
  const signal = AbortSignal.timeout(LIMIT_MS);
  const access = session.access({ section: 'pods', signal, record: (r) => records.push(r), gap: (g) => gaps.push(g) });
  return { access, records, gaps };
}
