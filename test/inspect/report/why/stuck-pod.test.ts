import { describe, expect, it } from 'vitest';
import { denied, event, runOf } from '../../../support/snapshot-builder.ts';
import { CASES } from '../../checks/cases/index.ts';
import { custom, customSections, plain } from '../../checks/cases/worlds.ts';
import { World } from '../../checks/world.ts';
import { statuses, story, tell } from './tell.ts';

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
