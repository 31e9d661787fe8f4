import { describe, expect, it } from 'vitest';
import { podsOf } from '../../../src/inspect/snapshot/pods.ts';
import type { Section } from '../../../src/inspect/snapshot/section.ts';
import { type ClusterSnapshot, parseSnapshot, type SectionName } from '../../../src/inspect/snapshot.ts';
import { addon, cluster, eni, node, pod, pods, snapshot, subnet, workloads } from '../../support/snapshot-builder.ts';

/** What a file with this snapshot says of a section after it was changed. */
function reread<N extends SectionName>(
  of: ClusterSnapshot,
  section: N,
  change: (data: never) => void = () => {},
): Section<Extract<ClusterSnapshot[N], { status: 'ok' }>['data']> {
  const file = JSON.parse(JSON.stringify(of));
  change(file[section].data as never);
  return parseSnapshot(JSON.parse(JSON.stringify(file)))[section] as never;
}

function whyOf(section: Section<unknown>): string {
  return section.status === 'partial' ? section.missing[0]!.reason : '';
}

describe('one object that is not what it should be', () => {
  it.each([
    ['a subnet larger than any', { cidr: '0.0.0.0/0' }, 'cidr: not the range of a subnet, /16 to /28'],
    ['a subnet smaller than any', { cidr: '10.0.0.0/29' }, 'cidr: not the range of a subnet'],
    ['an octet too large', { cidr: '10.0.256.0/24' }, 'cidr: not the range of a subnet'],
    ['a number beyond all', { availableIps: 2 ** 60 }, 'availableIps: not a whole number'],
    ['less than nothing', { availableIps: -1 }, 'availableIps: not a whole number'],
    ['a fraction', { availableIps: 1.5 }, 'availableIps: not a whole number'],
    ['a number where a text should be', { state: 1 }, 'state: '],
    ['a text too long', { availabilityZone: 'x'.repeat(20_000) }, 'a text of 20000 characters'],
  ])('costs itself and is named: %s', (_, part, why) => {
    const section = reread(snapshot({ subnets: [subnet(), subnet({ subnetId: 'subnet-2' })] }), 'subnets', (data) =>
      Object.assign((data as object[])[1]!, part),
    );
    expect(section).toMatchObject({ status: 'partial', data: [{ subnetId: 'subnet-1a' }] });
    expect(whyOf(section)).toContain(`subnet-2 (${why}`);
  });

  it('is a node with a time that is none', () => {
    const section = reread(snapshot({ nodes: [node({ name: 'a', ready: 'False', readySince: 'garbage' })] }), 'nodes');
    expect(section).toMatchObject({ status: 'partial', data: [] });
  });

  it('is a prefix that is no /28', () => {
    const section = reread(
      snapshot({ networkInterfaces: [eni({ eniId: 'eni-1', prefixes: ['10.0.0.0/1'] })] }),
      'networkInterfaces',
    );
    expect(section).toMatchObject({ status: 'partial', data: [] });
  });

  it('is a document too deep to walk', () => {
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 150; i++) deep = { deep };
    const section = reread(
      snapshot({ addons: [addon({ configuration: deep }), addon({ name: 'coredns' })] }),
      'addons',
    );
    expect(section).toMatchObject({
      status: 'partial',
      data: [{ name: 'coredns' }],
      missing: [{ reason: 'addons: one object could not be used: vpc-cni (nested deeper than 64 levels)' }],
    });
  });

  it('is a part of a list inside a section', () => {
    const daemonSet = { namespace: 'a', name: 'b', hostNetwork: true, desired: 1, ready: 1, images: [] };
    const section = reread(snapshot({ workloads: workloads({ daemonSets: [daemonSet] }) }), 'workloads', (data) =>
      (data as { daemonSets: object[] }).daemonSets.push({ ...daemonSet, name: 'bad', desired: 'many' }),
    );
    expect(section).toMatchObject({ status: 'partial', data: { daemonSets: [daemonSet] } });
  });

  it('costs the section where the section is one object', () => {
    expect(reread(snapshot({ cluster: cluster({ createdAt: 'once' }) }), 'cluster')).toMatchObject({
      status: 'failed',
      kind: 'other',
      reason: 'cluster: one object could not be used: cluster (createdAt: not a time)',
    });
  });
});

describe('pods', () => {
  const three = snapshot({ pods: pods(3, 'web', { node: 'a', labels: { app: 'web' } }) });

  it.each([
    ['createdAt', 1e308],
    ['createdAt', -5],
    ['namespace', 99],
    ['labels', 1.5],
    ['class', 17],
  ] as const)('lose a row whose %s is %d, and name it', (column, value) => {
    const section = reread(three, 'pods', (data) => {
      (data as Record<string, number[]>)[column]![1] = value;
    });
    expect(section.status).toBe('partial');
    const table = (section as Extract<typeof section, { status: 'partial' }>).data;
    expect([...podsOf(table)].map((p) => p.name)).toEqual(['web-0', 'web-2']);
    expect(whyOf(section)).toMatch(/web-1 \(/);
  });

  it('stand once, their branch ENIs with them', () => {
    const one = pod({ name: 'a', branchEniId: 'eni-a' });
    const two = pod({ name: 'b', branchEniId: 'eni-b' });
    const section = reread(snapshot({ pods: [one, one, two] }), 'pods');
    expect(section.status).toBe('ok');
    const table = (section as Extract<typeof section, { status: 'ok' }>).data;
    expect([...podsOf(table)].map((p) => [p.name, p.branchEniId])).toEqual([
      ['a', 'eni-a'],
      ['b', 'eni-b'],
    ]);
  });

  it('keep what belongs to their rows where one of before is dropped', () => {
    const probes = [{ kind: 'liveness', by: 'tcp', port: 80 }] as const;
    const one = pod({ name: 'a', probes: [] });
    const two = pod({ name: 'b', claims: ['data'], hostPorts: [8162], probes, injected: true });
    const section = reread(snapshot({ pods: [one, one, two] }), 'pods');
    const [, last] = podsOf((section as Extract<typeof section, { status: 'ok' }>).data);
    expect([last!.name, last!.claims, last!.hostPorts, last!.probes, last!.injected]).toEqual([
      'b',
      ['data'],
      [8162],
      probes,
      true,
    ]);
  });
});

describe('names of any kind', () => {
  const names = ['constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty'];

  it('stay labels, and nothing is inherited', () => {
    const file = JSON.stringify(snapshot({ nodes: [node({ name: 'a' })], pods: [pod({ name: 'p' })] }))
      .replace('"labels":{', `"labels":{${names.map((n) => `"${n}":"crane"`).join(',')},`)
      .replace('"labelSets":[{', `"labelSets":[{${names.map((n) => `"${n}":"crane"`).join(',')}`);
    const read = parseSnapshot(JSON.parse(file));
    const [first] = (read.nodes as Extract<typeof read.nodes, { status: 'ok' }>).data;
    const [row] = podsOf((read.pods as Extract<typeof read.pods, { status: 'ok' }>).data);
    for (const labels of [first!.labels, row!.labels]) {
      expect(Object.keys(labels)).toEqual(expect.arrayContaining(names));
      expect(Object.getPrototypeOf(labels)).toBeNull();
    }
    expect(({} as Record<string, unknown>).crane).toBeUndefined();
  });
});
