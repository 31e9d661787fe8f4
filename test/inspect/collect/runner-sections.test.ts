import { describe, expect, it } from 'vitest';
import type { AwsAccess } from '../../../src/inspect/collect/aws/access.ts';
import {
  type Collector,
  defineAwsCollector,
  defineKubernetesCollector,
} from '../../../src/inspect/collect/define-collector.ts';
import { CollectFailure } from '../../../src/inspect/collect/failure.ts';
import { runCollectors, type Sides } from '../../../src/inspect/collect/runner-sections.ts';
import { instance, subnet } from '../../support/snapshot-builder.ts';

const both: Sides = {
  aws: { open: Promise.resolve(() => ({}) as AwsAccess) },
  kubernetes: { open: Promise.resolve(() => ({}) as never) },
};
const denied = new CollectFailure('denied', 'eks:DescribeCluster was denied', { permission: 'eks:DescribeCluster' });
const never = new AbortController().signal;

function aws(section: 'caller' | 'subnets' | 'instances' | 'addons', collect: () => Promise<unknown>): Collector {
  return defineAwsCollector({ section, purpose: 'x', calls: [], collect: collect as never }) as Collector;
}

describe('runCollectors', () => {
  it('makes ok of what is whole and partial of what is not', async () => {
    const collectors = [
      aws('subnets', async () => ({ data: [] })),
      aws('instances', async () => ({ data: [], missing: [{ reason: 'some denied' }] })),
    ];
    const sections = await runCollectors({ collectors, sides: both, signal: never });
    expect(sections.subnets).toEqual({ status: 'ok', data: [] });
    expect(sections.instances).toEqual({ status: 'partial', data: [], missing: [{ reason: 'some denied' }] });
    expect(sections.vpc).toMatchObject({ status: 'skipped' });
  });

  it('adds gaps that the access itself told of', async () => {
    const sides: Sides = {
      ...both,
      kubernetes: {
        open: Promise.resolve((_, gap) => {
          gap({ reason: 'the list expired on the way' });
          return {} as never;
        }),
      },
    };
    const nodes = defineKubernetesCollector({
      section: 'nodes',
      purpose: 'x',
      calls: [],
      collect: async () => ({ data: [] }),
    });
    const sections = await runCollectors({ collectors: [nodes], sides, signal: never });
    expect(sections.nodes).toMatchObject({ status: 'partial', missing: [{ reason: 'the list expired on the way' }] });
  });

  it('drops what cannot be used and names it, and keeps what stands twice once', async () => {
    const found = [subnet(), subnet(), subnet({ subnetId: 'subnet-2', cidr: '0.0.0.0/0' })];
    const sections = await runCollectors({
      collectors: [aws('subnets', async () => ({ data: found }))],
      sides: both,
      signal: never,
    });
    expect(sections.subnets).toMatchObject({
      status: 'partial',
      data: [{ subnetId: 'subnet-1a' }],
      missing: [{ kind: 'other', section: 'subnets', reason: expect.stringContaining('subnet-2 (cidr: ') }],
    });
  });

  it('waits for the sections a collector builds on, whatever their order', async () => {
    const first = defineAwsCollector({
      section: 'subnets',
      purpose: 'x',
      calls: [],
      collect: async (_, ctx) => ({
        data: (await ctx.need('instances')).map((i) => subnet({ subnetId: i.subnetId })),
      }),
    });
    const later = aws(
      'instances',
      () =>
        new Promise((done) =>
          setTimeout(() => done({ data: [instance({ instanceId: 'i-1', subnetId: 'subnet-1' })] }), 20),
        ),
    );
    const sections = await runCollectors({ collectors: [first as Collector, later], sides: both, signal: never });
    expect(sections.subnets).toMatchObject({ status: 'ok', data: [{ subnetId: 'subnet-1' }] });
  });

  it('passes the permission on to what is built on a denied section, once', async () => {
    const needs = (section: 'subnets' | 'addons', of: 'instances' | 'subnets') =>
      defineAwsCollector({
        section,
        purpose: 'x',
        calls: [],
        collect: async (_, ctx) => ({ data: (await ctx.need(of)) as never }),
      }) as Collector;
    const collectors = [
      needs('addons', 'subnets'),
      needs('subnets', 'instances'),
      aws('instances', () => Promise.reject(denied)),
    ];
    const sections = await runCollectors({ collectors, sides: both, signal: never });
    const expected = {
      status: 'denied',
      permission: 'eks:DescribeCluster',
      reason: 'eks:DescribeCluster was denied',
      needs: 'instances',
    };
    expect(sections.subnets).toEqual(expected);
    expect(sections.addons).toEqual(expected);
  });

  it('fails what is unfinished when the time is over, and what was built on it, and keeps the rest', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new CollectFailure('timeout', 'not finished within 1 s (--timeout)')), 20);
    const built = defineAwsCollector({
      section: 'addons',
      purpose: 'x',
      calls: [],
      collect: async (_, ctx) => ({ data: (await ctx.need('instances')) as never }),
    }) as Collector;
    const collectors = [
      aws('subnets', async () => ({ data: [] })),
      aws('instances', () => new Promise(() => {})),
      built,
    ];
    const sections = await runCollectors({ collectors, sides: both, signal: stop.signal });
    const late = { status: 'failed', kind: 'timeout', reason: 'timeout: not finished within 1 s (--timeout)' };
    expect(sections.subnets.status).toBe('ok');
    expect(sections.instances).toEqual(late);
    expect(sections.addons).toEqual(late);
  });

  it('skips the side that is switched off, and fails the side that cannot be opened with its reason', async () => {
    const sides: Sides = {
      aws: { open: Promise.reject(new CollectFailure('credentials', 'no AWS credentials')) },
      kubernetes: { off: 'switched off by --no-kube' },
    };
    const nodes = defineKubernetesCollector({
      section: 'nodes',
      purpose: 'x',
      calls: [],
      collect: async () => ({ data: [] }),
    });
    const sections = await runCollectors({
      collectors: [nodes, aws('subnets', async () => ({ data: [] }))],
      sides,
      signal: never,
    });
    expect(sections.nodes).toEqual({
      status: 'skipped',
      kind: 'switched-off',
      reason: 'switched off by --no-kube',
    });
    expect(sections.subnets).toEqual({ status: 'failed', kind: 'credentials', reason: 'no AWS credentials' });
  });

  it('survives a collector that throws what nobody expects', async () => {
    const sections = await runCollectors({
      collectors: [aws('subnets', () => Promise.reject(new TypeError('x is undefined')))],
      sides: both,
      signal: never,
    });
    expect(sections.subnets).toEqual({ status: 'failed', kind: 'other', reason: 'x is undefined' });
  });
});
