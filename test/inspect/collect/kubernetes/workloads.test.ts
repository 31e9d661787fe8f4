import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { workloads } from '../../../../src/inspect/collect/kubernetes/workloads.ts';
import { workloadsSchema } from '../../../../src/inspect/snapshot/kubernetes.ts';
import { collect, fakeAccess, type Served } from './fake-access.ts';

const APPS = '/apis/apps/v1';

async function read(served: Served) {
  const all = Object.fromEntries(
    ['daemonsets', 'deployments', 'statefulsets', 'replicasets'].map((r) => [`${APPS}/${r}`, []]),
  );
  const result = await collect(
    workloads,
    fakeAccess({
      ...all,
      '/apis/autoscaling/v2/horizontalpodautoscalers': [],
      '/apis/policy/v1/poddisruptionbudgets': [],
      ...served,
    }),
  );
  expect(v.safeParse(workloadsSchema, result.data).issues).toBeUndefined();
  return result;
}

const meta = (name: string, more = {}) => ({ metadata: { name, namespace: 'shop', ...more } });

describe('workloads', () => {
  it('keeps DaemonSets with what they cost, controllers and autoscalers', async () => {
    const { data } = await read({
      [`${APPS}/daemonsets`]: [
        {
          ...meta('logs'),
          spec: { template: { spec: { containers: [{ image: 'r/logs:1' }] } } },
          status: { desiredNumberScheduled: 24, numberReady: 20 },
        },
        { ...meta('proxy'), spec: { template: { spec: { hostNetwork: true, containers: [] } } } },
      ],
      [`${APPS}/deployments`]: [
        { ...meta('web'), spec: { replicas: 6 }, status: { readyReplicas: 5 } },
        { ...meta('one'), spec: {} },
      ],
      [`${APPS}/statefulsets`]: [{ ...meta('db'), spec: { replicas: 0 } }],
      '/apis/autoscaling/v2/horizontalpodautoscalers': [
        {
          ...meta('web'),
          spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 40 },
          status: { currentReplicas: 6 },
        },
      ],
    });
    expect(data.daemonSets).toEqual([
      { namespace: 'shop', name: 'logs', hostNetwork: false, desired: 24, ready: 20, images: ['r/logs:1'] },
      { namespace: 'shop', name: 'proxy', hostNetwork: true, desired: 0, ready: 0, images: [] },
    ]);
    expect(data.controllers.map((c) => [c.kind, c.name, c.replicas, c.ready])).toEqual([
      ['Deployment', 'web', 6, 5],
      ['Deployment', 'one', 1, 0],
      ['StatefulSet', 'db', 0, 0],
    ]);
    expect(data.autoscalers).toEqual([
      {
        namespace: 'shop',
        name: 'web',
        targetKind: 'Deployment',
        targetName: 'web',
        minReplicas: 1,
        maxReplicas: 40,
        currentReplicas: 6,
      },
    ]);
  });

  it('tells an empty disruption budget, which covers all pods, from one without a selector, which covers none', async () => {
    const { data } = await read({
      '/apis/policy/v1/poddisruptionbudgets': [
        { ...meta('all'), spec: { selector: {} }, status: { disruptionsAllowed: 0 } },
        { ...meta('none'), spec: {} },
        {
          ...meta('some'),
          spec: {
            selector: {
              matchLabels: { app: 'web' },
              matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'] }],
            },
          },
          status: { disruptionsAllowed: 2 },
        },
      ],
    });
    expect(data.disruptionBudgets).toEqual([
      { namespace: 'shop', name: 'all', matchLabels: {}, disruptionsAllowed: 0 },
      {
        namespace: 'shop',
        name: 'some',
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'] }],
        disruptionsAllowed: 2,
      },
    ]);
  });

  it('keeps owners of ReplicaSets only where the name does not tell', async () => {
    const rs = (name: string, owner: string) =>
      meta(name, { ownerReferences: [{ kind: 'Deployment', name: owner, controller: true }] });
    const { data } = await read({ [`${APPS}/replicasets`]: [rs('web-7d4b9', 'web'), rs('odd', 'web'), meta('bare')] });
    expect(data.replicaSetOwners).toEqual({ 'shop/odd': 'web' });
  });

  it.each([
    [
      'by its label',
      { labels: { 'app.kubernetes.io/name': 'karpenter' } },
      'mirror/k:1',
      { env: [{ name: 'RESERVED_ENIS', value: '1' }] },
      1,
    ],
    ['by its image', {}, 'public.ecr.aws/karpenter/controller:1.5.0@sha256:00', {}, undefined],
    [
      'with a flag, which goes first',
      {},
      'public.ecr.aws/karpenter/controller:1.5.0',
      { args: ['--reserved-enis=2'], env: [{ name: 'RESERVED_ENIS', value: '1' }] },
      2,
    ],
  ])('finds Karpenter %s', async (_, metadata, image, container, reservedEnis) => {
    const deployment = {
      ...meta('karpenter', metadata),
      spec: { template: { spec: { containers: [{ image, ...container }] } } },
    };
    const { data } = await read({ [`${APPS}/deployments`]: [{ ...meta('web'), spec: {} }, deployment] });
    expect(data.karpenter).toEqual({
      namespace: 'shop',
      name: 'karpenter',
      ...(reservedEnis === undefined ? {} : { reservedEnis }),
    });
  });

  it('is partial where a part is denied, and denied where DaemonSets are', async () => {
    const { missing } = await read({
      '/apis/policy/v1/poddisruptionbudgets': 'denied',
      [`${APPS}/replicasets`]: 'denied',
    });
    expect(missing!.map((m) => m.permission).sort()).toEqual([
      'list poddisruptionbudgets.policy',
      'list replicasets.apps',
    ]);
    await expect(read({ [`${APPS}/daemonsets`]: 'denied' })).rejects.toMatchObject({ kind: 'denied' });
  });
});
