import { describe, expect, it } from 'vitest';
import { daemonSetCost } from '../../../src/inspect/facts/daemonset-cost.ts';
import { stuckPods } from '../../../src/inspect/facts/stuck-pods.ts';
import type { ClusterEvent } from '../../../src/inspect/snapshot/kubernetes.ts';
import type { Pod } from '../../../src/inspect/snapshot/pods.ts';
import { ago, denied, event, node, pod, runOf, snapshot } from '../../support/snapshot-builder.ts';

async function stuck(pods: Pod[], events: ClusterEvent[] = []) {
  const run = await runOf(snapshot({ nodes: [node({ name: 'a' })], pods, events }));
  return run.valueOf(stuckPods)!;
}

const waiting = (name: string, seconds: number, part: Partial<Pod> = {}) =>
  pod({ name, node: 'a', phase: 'Pending', waiting: true, createdAt: ago(seconds), ...part });
const about = (name: string, part: Partial<ClusterEvent> = {}) =>
  event({ kind: 'assign-ip-failed', object: { kind: 'Pod', namespace: 'default', name }, ...part });

describe('stuck pods', () => {
  it('are those that waited for a minute, the oldest first', async () => {
    const found = await stuck([waiting('young', 59), waiting('old', 600), waiting('minute', 60)]);
    expect(found.map((p) => [p.pod, p.ageSeconds])).toEqual([
      ['default/old', 600],
      ['default/minute', 60],
    ]);
    expect(found[0]).toMatchObject({ node: 'a', zone: 'eu-west-1a', since: ago(600), events: [], wantsBranch: false });
  });

  it('or failed three times, however young', async () => {
    const pods = [waiting('three', 20), waiting('two', 20)];
    const recent = { firstAt: ago(15), lastAt: ago(2) };
    const found = await stuck(pods, [about('three', { count: 3, ...recent }), about('two', { count: 2, ...recent })]);
    expect(found.map((p) => p.pod)).toEqual(['default/three']);
  });

  it('date from their first event, not from creation: they may have waited for a node first', async () => {
    const found = await stuck([waiting('late', 4000)], [about('late', { firstAt: ago(300), lastAt: ago(10) })]);
    expect(found[0]).toMatchObject({ ageSeconds: 300, events: ['assign-ip-failed'] });
  });

  it('do not inherit the events of a former pod of the same name', async () => {
    const found = await stuck(
      [waiting('db-0', 70)],
      [about('db-0', { firstAt: ago(900), lastAt: ago(300), count: 9 })],
    );
    expect(found[0]).toMatchObject({ ageSeconds: 70, events: [] });
  });

  it('list the kinds of their events by how often they happened', async () => {
    const events = [about('x', { kind: 'sandbox-failed', count: 2 }), about('x', { count: 7 })];
    expect((await stuck([waiting('x', 600)], events))[0]!.events).toEqual(['assign-ip-failed', 'sandbox-failed']);
  });

  it('are neither unscheduled, running, terminating nor on the host network', async () => {
    const pods = [
      waiting('unscheduled', 600, { node: undefined }),
      waiting('going', 600, { terminating: true }),
      waiting('host', 600, { class: 'host-network' }),
      pod({ name: 'running', node: 'a', createdAt: ago(600) }),
    ];
    expect(await stuck(pods)).toEqual([]);
  });

  it('say whether they want a branch ENI', async () => {
    expect((await stuck([waiting('sgp', 600, { class: 'branch' })]))[0]!.wantsBranch).toBe(true);
  });

  it('are known without events, with a caveat, and unknown without pods', async () => {
    const run = await runOf(snapshot({ pods: [waiting('old', 600)], events: denied('events:list'), nodes: [] }));
    expect(run.get(stuckPods)).toMatchObject({
      known: true,
      value: [{ pod: 'default/old' }],
      gaps: [],
      caveats: expect.arrayContaining([expect.objectContaining({ permission: 'events:list' })]),
    });
    expect((await runOf(snapshot({ pods: denied('pods:list') }))).get(stuckPods).known).toBe(false);
  });
});

describe('the cost of DaemonSets', () => {
  it('counts pods and addresses of each, the dearest first', async () => {
    const of = (name: string, ds: string, part: Partial<Pod> = {}) =>
      pod({ name, node: 'a', owner: `DaemonSet/${ds}`, ...part });
    const pods = [
      of('n1', 'aws-node', { class: 'host-network', namespace: 'kube-system' }),
      of('n2', 'aws-node', { class: 'host-network', namespace: 'kube-system' }),
      of('l1', 'log'),
      of('l2', 'log'),
      of('l3', 'log', { phase: 'Failed' }),
      of('m1', 'mesh', { class: 'branch' }),
      pod({ name: 'web', node: 'a', owner: 'Deployment/web' }),
    ];
    expect((await runOf(snapshot({ pods }))).valueOf(daemonSetCost)).toEqual([
      { namespace: 'default', name: 'log', pods: 2, hostNetwork: false, addresses: 2 },
      { namespace: 'default', name: 'mesh', pods: 1, hostNetwork: false, addresses: 1 },
      { namespace: 'kube-system', name: 'aws-node', pods: 2, hostNetwork: true, addresses: 0 },
    ]);
  });
});
