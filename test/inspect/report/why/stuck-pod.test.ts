import { describe, expect, it } from 'vitest';
import { Analyst } from '../../../../src/inspect/analyze.ts';
import { CHECKS } from '../../../../src/inspect/checks/index.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import type { ClusterEvent } from '../../../../src/inspect/snapshot/kubernetes.ts';
import type { Pod } from '../../../../src/inspect/snapshot/pods.ts';
import { denied, event, runOf, workloads } from '../../../support/snapshot-builder.ts';
import { CASES } from '../../checks/cases/index.ts';
import { custom, customSections, plain } from '../../checks/cases/worlds.ts';
import { World } from '../../checks/world.ts';
import { statuses, story, tell } from './tell.ts';

const needs = (part: Partial<NonNullable<Pod['needs']>>): Pod['needs'] => ({
  ...{ cpuMillis: 0, memoryBytes: 0, nodeSelector: {} },
  ...part,
});

const EXPLAINED = Object.entries(CASES).flatMap(([code, { fires }]) =>
  fires.flatMap(({ name, of, want }) =>
    want.flatMap(({ id, waiting }) => (waiting?.length ? [{ code, name, of, id, waiting }] : [])),
  ),
);

describe('a pod that waits for its network', () => {
  it('is tried for most causes', () => {
    expect(new Set(EXPLAINED.map((c) => c.code)).size).toBeGreaterThan(6);
  });

  it.each(EXPLAINED)('$code: $name', async ({ of, id, waiting }) => {
    const run = await runOf(of);
    for (const pod of waiting) {
      // a namespace may be called as a kind is
      const why = tell(run, `pod/${pod}`);
      expect([why.state, why.cause?.findingId, why.cause?.network]).toEqual(['stuck', id, true]);
      expect(why.chain.some((l) => l.status === 'broken')).toBe(true);
      expect(why.fixes.length).toBeGreaterThan(0);
      expect(why.summary).toContain(why.cause!.statement);
    }
  });
});

describe('the links of its chain', () => {
  it('break where the subnet has no block', async () => {
    const world = custom().waiting('late', 'a1');
    world.foreign('eni-lambda', 'subnet-pa', 14, {}, 16);
    const why = await story(world.snapshot(customSections), 'shop/late');
    expect(statuses(why)).toMatchObject({ scheduled: 'ok', node: 'ok', 'aws-node': 'ok', pattern: 'ok', limits: 'ok' });
    expect(why.chain.find((l) => l.step === 'pattern')).toMatchObject({
      statement:
        'custom networking by ENIConfig eu-west-1a, named by the label topology.kubernetes.io/zone of the node: subnet-pa with sg-pods',
      evidence: { eniConfig: 'eu-west-1a', namedBy: 'label', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] },
    });
    expect(why.chain.find((l) => l.step === 'subnet')?.evidence).toMatchObject({
      subnetId: 'subnet-pa',
      zone: 'eu-west-1a',
    });
    expect(why.chain.find((l) => l.step === 'events')?.statement).toMatch(
      /no address to give .*4 times, the last 60 s ago/,
    );
    // Two prefixes of sixteen on the further ENI, twenty pods in them.
    expect(why.enis?.map((e) => [e.role, e.closed, e.slots.map((s) => s.pods)])).toEqual([
      ['primary', true, []],
      ['data', false, [16, 4]],
    ]);
  });

  it('are unknown where nothing was read, and say which right would tell', async () => {
    const world = plain().waiting('late', 'n1');
    const blind = {
      networkInterfaces: denied('ec2:DescribeNetworkInterfaces'),
      events: denied('list events'),
      securityGroupPolicies: denied('list securitygrouppolicies.vpcresources.k8s.aws'),
    };
    const why = await story(world.snapshot(blind), 'shop/late');
    expect(statuses(why)).toMatchObject({ enis: 'unknown', events: 'unknown' });
    expect(why.caveats.join()).toMatch(/ec2:DescribeNetworkInterfaces.*list events/);
    expect(why.chain.find((l) => l.step === 'pattern')?.statement).toMatch(/not known \(list securitygrouppolicies/);
    expect(why.enis).toBeNull();
  });
});

describe('a pod that waits for something else', () => {
  const pending = { phase: 'Pending', createdAt: '2026-11-01T11:40:00.000Z' } as const;
  const about = { kind: 'Pod', namespace: 'shop', name: 'data-0' };

  it('hangs on no node for lack of CPU', async () => {
    const world = plain();
    world.pods.push({
      ...world.pods.at(-1)!,
      ...pending,
      name: 'data-0',
      namespace: 'shop',
      node: undefined,
      ip: undefined,
    });
    world.events.push(event({ kind: 'scheduling-failed', reason: 'FailedScheduling', object: about }));
    const why = await story(world.snapshot(), 'shop/data-0');
    expect([why.state, why.cause?.network, why.cause?.code]).toEqual(['stuck', false, undefined]);
    expect(why.cause?.statement).toMatch(/^not the network: no node fits/);
    expect(statuses(why).scheduled).toBe('broken');
    expect(why.fixes[0]?.commands).toEqual(['kubectl --kubeconfig ./prod.kubeconfig -n shop describe pod data-0']);
  });

  it.each<[string, Pod['needs'], RegExp]>([
    [
      'a label no node has',
      needs({ nodeSelector: { disktype: 'ssd' } }),
      /; it asks for disktype=ssd, which none of the 2 nodes has$/,
    ],
    [
      'another architecture',
      needs({ affinity: [[{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }]] }),
      /; it asks for kubernetes\.io\/arch=arm64, and 2 nodes are amd64$/,
    ],
    [
      'two labels that no node has both of',
      needs({ nodeSelector: { a: '1', b: '1' } }),
      /; each thing it asks of a node is had by some, and none of the 2 nodes has all of it$/,
    ],
  ])('asks of its node %s', async (_, asked, says) => {
    const world = plain();
    const marks = [
      { a: '1', b: '2' },
      { a: '2', b: '1' },
    ];
    const nodes = world.nodes.map((n, i) => ({
      ...n,
      labels: { ...n.labels, ...marks[i], 'kubernetes.io/arch': 'amd64' },
    }));
    const own = { ...pending, name: 'data-0', namespace: 'shop', node: undefined, ip: undefined, needs: asked };
    world.pods.push({ ...world.pods.at(-1)!, ...own });
    const unfit = [{ what: 'affinity', nodes: 2 }] as const;
    world.events.push(
      event({ kind: 'scheduling-failed', reason: 'FailedScheduling', object: about, unfit: [...unfit] }),
    );
    const why = await story(world.snapshot({ nodes }), 'shop/data-0');
    expect([why.state, why.cause?.network, why.cause?.code]).toEqual(['stuck', false, undefined]);
    expect(why.cause?.statement).toMatch(/^not the network: no node fits: 2 nodes excluded by its selectors/);
    expect(why.cause?.statement).toMatch(says);
    expect(statuses(why).selectors).toBe('broken');
    expect(why.fixes[0]?.commands.at(-1)).toMatch(/ get nodes --show-labels$/);
  });

  it.each([
    ['deploy/shop/web', { kind: 'ReplicaSet', namespace: 'shop', name: 'web-5c4d8f7b9c' }],
    ['job/shop/nightly', { kind: 'Job', namespace: 'shop', name: 'nightly' }],
  ])('is not even made: %s', async (name, object) => {
    const world = plain();
    const refusal: ClusterEvent['refusal'] = {
      by: 'quota',
      name: 'compute',
      amounts: [{ resource: 'pods', asked: '1', used: '10', limit: '10' }],
    };
    world.events.push(
      event({
        ...{ kind: 'create-refused', reason: 'FailedCreate', object },
        refusal,
      }),
    );
    const of = world.snapshot({
      pods: world.pods.filter((p) => p.owner !== 'Deployment/web'),
      workloads: workloads({
        controllers: [{ kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 2, ready: 0 }],
      }),
    });
    const why = await story(of, name);
    expect([why.state, why.cause?.network]).toEqual(['stuck', false]);
    expect(why.cause?.statement).toBe(
      'not the network: the quota compute refuses its pods: pods 10 of 10 used, 1 asked',
    );
    expect(why.fixes[0]?.commands[0]).toMatch(/-n shop get resourcequota compute -o yaml$/);
    // what was refused before it was told to have no pods is over
    const none = { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 0, ready: 0 } as const;
    const ended = { ...of, workloads: { status: 'ok' as const, data: workloads({ controllers: [none] }) } };
    if (name.startsWith('deploy')) expect((await story(ended, name)).state).not.toBe('stuck');
    const found = new Analyst(await runOf(of), DEFAULT_POLICY).judge(CHECKS).findings;
    expect(found.filter((f) => f.severity !== 'info').map((f) => f.id)).toEqual([]);
  });

  it('asks for labels that the one node there is has', async () => {
    const world = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a').node('n1', { home: 'subnet-0a' });
    const asked = needs({ nodeSelector: { 'eks.amazonaws.com/nodegroup': 'workers' } });
    const own = { ...pending, name: 'data-0', namespace: 'shop', node: undefined, ip: undefined, needs: asked };
    world.pods.push({ ...plain().pods.at(-1)!, ...own });
    const why = await story(world.snapshot(), 'shop/data-0');
    expect(why.chain.find((l) => l.step === 'selectors')?.statement).toBe('the one node matches its selectors');
  });

  it('has fewer pods than it wants, those there run, and a webhook refuses the others', async () => {
    const world = plain();
    const object = { kind: 'ReplicaSet', namespace: 'shop', name: 'web-5c4d8f7b9c' };
    const refusal = { by: 'webhook', name: 'check.example.com' } as const;
    world.events.push(event({ kind: 'create-refused', reason: 'FailedCreate', object, refusal }));
    const wanting = (replicas: number) =>
      world.snapshot({
        workloads: workloads({
          controllers: [{ kind: 'Deployment', namespace: 'shop', name: 'web', replicas, ready: 1 }],
        }),
      });
    const why = await story(wanting(400), 'deploy/shop/web');
    expect([why.state, why.cause?.network]).toEqual(['stuck', false]);
    expect(why.summary).toMatch(/pods running; not the network: the admission webhook check\.example\.com refuses/);
    expect(why.pods?.length).toBeGreaterThan(0);
    expect((await story(wanting(1), 'deploy/shop/web')).state).toBe('running');
  });

  it.each([
    [
      'volume-failed',
      'FailedAttachVolume',
      /^not the network: the volume web-data is not attached \(FailedAttachVolume\)$/,
    ],
    ['volume-failed', 'FailedMount', /^not the network: the volume web-data is not mounted \(FailedMount\)$/],
    ['image-pull-failed', 'Failed', /^not the network: its image cannot be pulled \(Failed\)$/],
  ] as const)('hangs on %s, %s', async (kind, reason, says) => {
    const world = plain();
    const ip = kind === 'image-pull-failed' ? '10.0.0.5' : undefined;
    world.pods.push({
      ...world.pods.at(-1)!,
      ...pending,
      name: 'data-0',
      namespace: 'shop',
      node: 'n1',
      ip,
      waiting: ip === undefined,
    });
    world.events.push(event({ kind, reason, object: about, ...(ip ? {} : { volume: 'web-data' }) }));
    const why = await story(world.snapshot(), 'shop/data-0');
    expect([why.state, why.cause?.network, why.cause?.statement]).toEqual([
      'stuck',
      false,
      expect.stringMatching(says),
    ]);
    expect(statuses(why)[ip ? 'image' : 'volume']).toBe('broken');
  });

  it('waits for something no event names, beside idle addresses', async () => {
    const world = plain().waiting('data-0', 'n1');
    world.events.length = 0;
    const why = await story(world.snapshot(), 'shop/data-0');
    expect([why.state, why.cause?.network]).toEqual(['stuck', false]);
    expect(why.cause?.statement).toMatch(/^not the network: its node has 6 idle addresses/);
  });

  it('hangs on a node whose kubelet is silent', async () => {
    const world = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a').node('n1', {
      home: 'subnet-0a',
      primary: 9,
      running: 3,
      node: { ready: 'Unknown', readyReason: 'kubelet-silent' },
    });
    world.waiting('data-0', 'n1');
    world.events.length = 0;
    const why = await story(world.snapshot(), 'shop/data-0');
    expect([why.state, why.cause?.network]).toEqual(['stuck', false]);
    expect(why.cause?.statement).toBe('not the network: the kubelet of n1 has stopped reporting');
  });

  it('is young and may still start', async () => {
    const world = plain();
    world.waiting('data-0', 'n1', { createdAt: '2026-11-01T11:59:40.000Z' });
    world.events.length = 0;
    const why = await story(world.snapshot(), 'shop/data-0');
    expect([why.state, why.cause, why.fixes]).toEqual(['pending', null, []]);
  });
});
