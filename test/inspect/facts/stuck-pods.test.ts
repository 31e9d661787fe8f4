import { describe, expect, it } from 'vitest';
import { daemonSetCost } from '../../../src/inspect/facts/daemonset-cost.ts';
import { stuckPods, waitingElsewhere } from '../../../src/inspect/facts/stuck-pods.ts';
import type { ClusterEvent } from '../../../src/inspect/snapshot/kubernetes.ts';
import type { Pod } from '../../../src/inspect/snapshot/pods.ts';
import { ago, cni, denied, event, node, pod, pods, runOf, snapshot } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

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

  it('are known in part without events, and unknown without pods', async () => {
    const run = await runOf(
      snapshot({ pods: [waiting('old', 600)], events: denied('events:list'), nodes: [node({ name: 'a' })] }),
    );
    expect(run.get(stuckPods)).toMatchObject({
      known: true,
      value: [{ pod: 'default/old' }],
      gaps: [expect.objectContaining({ permission: 'events:list' })],
    });
    expect((await runOf(snapshot({ pods: denied('pods:list') }))).get(stuckPods).known).toBe(false);
  });
});

describe('what else a pod without an address may wait for', () => {
  /** m5.large with eight idle addresses of nine. */
  const idle = () =>
    new World()
      .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
      .node('n1', { home: 'subnet-0a', primary: 9, running: 1 });
  const split = async (world: World, over: Parameters<World['snapshot']>[0] = {}) => {
    const run = await runOf(world.snapshot(over));
    return {
      stuck: run.valueOf(stuckPods)!.map((p) => p.pod),
      others: run.valueOf(waitingElsewhere)!.map((p) => [p.pod, p.waitsFor]),
    };
  };
  const waitingOn = (world: World, name: string, part: Partial<Pod> = {}) => {
    world.pods.push(waiting(name, 600, { node: 'n1', ...part }));
    return world;
  };

  it('is its volume: kubelet mounts before it makes the sandbox', async () => {
    const world = waitingOn(idle(), 'db-0');
    world.events.push(about('db-0', { kind: 'volume-failed', reason: 'FailedMount' }));
    expect(await split(world)).toEqual({ stuck: [], others: [['default/db-0', 'volume']] });
  });

  it('is unknown where nothing speaks of the network and the node has idle addresses', async () => {
    expect(await split(waitingOn(idle(), 'x'))).toEqual({ stuck: [], others: [['default/x', 'unknown']] });
  });

  it('is its kubelet, or a node that is gone', async () => {
    const silent = waitingOn(idle(), 'x');
    silent.events.push(about('x'));
    silent.nodes[0] = { ...silent.nodes[0]!, ready: 'Unknown', readyReason: 'kubelet-silent' };
    expect((await split(silent)).others).toEqual([['default/x', 'silent-node']]);
    const gone = waitingOn(idle(), 'x', { node: 'n9' });
    expect((await split(gone)).others).toEqual([['default/x', 'vanished-node']]);
  });

  it.each<[string, (world: World) => Parameters<World['snapshot']>[0] | undefined]>([
    ['its own event', (w) => void w.events.push(about('x', { kind: 'sandbox-failed' }))],
    [
      'a volume mounted meanwhile, and a sandbox that fails',
      (w) => void w.events.push(about('x', { kind: 'volume-failed' }), about('x')),
    ],
    [
      'aws-node, which does not run there',
      () => ({
        cni: cni({ pods: [{ name: 'aws-node-1', node: 'n1', ready: false, phase: 'Running', restarts: 9 }] }),
      }),
    ],
    [
      'a pool without an idle address',
      (w) => void w.pods.push(...pods(8, 'y', { node: 'n1' }, w.enis.flatMap((e) => e.secondaryIps).slice(1))),
    ],
    ['a pool that was not read', () => ({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })],
  ])('is the network by %s', async (_, change) => {
    const world = waitingOn(idle(), 'x');
    const over = change(world);
    expect((await split(world, over ?? {})).stuck).toEqual(['default/x']);
  });

  it('is no address where only the policy agent of aws-node is down', async () => {
    const container = { name: 'aws-eks-nodeagent', init: false, ready: false, restarts: 41, exitCode: 1 };
    const pod = { name: 'aws-node-1', node: 'n1', ready: false, phase: 'Running', restarts: 41 };
    const over = { cni: cni({ pods: [{ ...pod, containers: [container] }] }) };
    expect((await split(waitingOn(idle(), 'x'), over)).stuck).toEqual([]);
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
