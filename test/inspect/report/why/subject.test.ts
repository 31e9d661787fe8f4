import { describe, expect, it } from 'vitest';
import { findSubject, type Sought } from '../../../../src/inspect/report/why/subject.ts';
import type { Section } from '../../../../src/inspect/snapshot/section.ts';
import type { SectionData } from '../../../../src/inspect/snapshot.ts';
import {
  denied,
  eni,
  node,
  pod,
  podTable,
  runOf,
  wholeSnapshot,
  workloads,
} from '../../../support/snapshot-builder.ts';

const PODS = [
  pod({ name: 'web-1', namespace: 'shop', owner: 'Deployment/web' }),
  pod({ name: 'web-2', namespace: 'shop', owner: 'Deployment/web' }),
  pod({ name: 'agent', namespace: 'shop', owner: 'DaemonSet/agent' }),
  pod({ name: 'agent', namespace: 'logs', owner: 'DaemonSet/agent' }),
  pod({ name: 'nightly-1', namespace: 'shop', owner: 'Job/nightly' }),
  // A namespace that is called like a kind.
  pod({ name: 'nightly', namespace: 'job' }),
  pod({ name: 'node-1', namespace: 'shop' }),
];

async function seek(
  text: string,
  pods: readonly ReturnType<typeof pod>[] | Section<SectionData<'pods'>> = PODS,
): Promise<Sought> {
  const of = wholeSnapshot({
    pods,
    nodes: [node({ name: 'node-1' }), node({ name: 'node-2' })],
    networkInterfaces: [eni({ eniId: 'eni-0a1', subnetId: 'subnet-1a' })],
    workloads: workloads({
      controllers: [{ kind: 'Deployment', namespace: 'shop', name: 'idle', replicas: 0, ready: 0 }],
    }),
  });
  return findSubject(await runOf(of), text);
}

function named(sought: Sought): string {
  if (!('subject' in sought)) return JSON.stringify(sought);
  const { subject: s } = sought;
  switch (s.kind) {
    case 'pod':
      return `pod ${s.pod.namespace}/${s.pod.name}`;
    case 'workload':
      return `${s.owner} of ${s.namespace}`;
    case 'node':
      return `node ${s.name}`;
    case 'eni':
      return s.eniId;
    case 'address':
      return s.address;
  }
}

describe('whom why is about', () => {
  it.each([
    ['shop/web-1', 'pod shop/web-1'],
    ['web-1', 'pod shop/web-1'],
    ['pod/web-1', 'pod shop/web-1'],
    ['po/shop/web-1', 'pod shop/web-1'],
    ['deploy/web', 'Deployment/web of shop'],
    ['Deployment/shop/web', 'Deployment/web of shop'],
    ['deploy/idle', 'Deployment/idle of shop'],
    ['ds/logs/agent', 'DaemonSet/agent of logs'],
    ['job/nightly', 'Job/nightly of shop'],
    ['pod/job/nightly', 'pod job/nightly'],
    ['web', 'Deployment/web of shop'],
    ['node-2', 'node node-2'],
    ['node/node-1', 'node node-1'],
    ['i-node-2', 'node node-2'],
    ['eni-0a1', 'eni-0a1'],
    ['eni/eni-0a1', 'eni-0a1'],
    ['10.0.0.9', '10.0.0.9'],
    ['ip/10.0.0.9', '10.0.0.9'],
    ['2600:db8::1', '2600:db8::1'],
  ])('%s is %s', async (text, expected) => {
    expect(named(await seek(text))).toBe(expected);
  });

  it('lists names that each say one of several', async () => {
    const both = await seek('agent');
    expect(both).toEqual({ several: ['pod/logs/agent', 'pod/shop/agent'] });
    if ('several' in both)
      expect(await Promise.all(both.several.map(async (n) => named(await seek(n))))).toEqual([
        'pod logs/agent',
        'pod shop/agent',
      ]);
    expect(await seek('ds/agent')).toEqual({ several: ['daemonset/logs/agent', 'daemonset/shop/agent'] });
    expect(await seek('node-1')).toEqual({ several: ['node/node-1', 'pod/shop/node-1'] });
  });

  it.each([
    'shop/web-9',
    'web-9',
    'deploy/none',
    'job/web',
    'node/none',
    'eni-0ff',
    'ip/web',
    'a/b/c/d',
    'pod/',
    '/',
    'node/a/b',
    '',
  ])('finds nothing for %j', async (text) => {
    expect(await seek(text)).toHaveProperty('nothing');
  });

  it('takes the kind where there is such a thing, else the pod of a namespace called like it', async () => {
    expect(named(await seek('job/nightly'))).toBe('Job/nightly of shop');
    const pods = PODS.filter((p) => p.owner !== 'Job/nightly');
    expect(named(await seek('job/nightly', pods))).toBe('pod job/nightly');
    expect(named(await seek('jobs/nightly-7', [...pods, pod({ name: 'nightly-7', namespace: 'jobs' })]))).toBe(
      'pod jobs/nightly-7',
    );
    expect(await seek('job/nightly-9', pods)).toHaveProperty('nothing');
  });

  it('knows no pod where pods were not read, or not all of them', async () => {
    const none = denied('list pods');
    expect(await seek('shop/web-1', none)).toMatchObject({ what: 'pods', unread: [{ permission: 'list pods' }] });
    expect(await seek('deploy/web', none)).toHaveProperty('unread');
    expect(await seek('web', none)).toHaveProperty('unread');
    expect(named(await seek('node-2', none))).toBe('node node-2');
    const some = { status: 'partial', data: podTable(PODS), missing: [{ reason: 'the list broke off' }] } as const;
    expect(named(await seek('shop/web-1', some))).toBe('pod shop/web-1');
    expect(await seek('shop/web-9', some)).toHaveProperty('unread');
  });
});
