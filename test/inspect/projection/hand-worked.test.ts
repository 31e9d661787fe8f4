/** Clusters whose numbers were worked out by hand from the reading of ipamd; one fault of counting each. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import type { CapacityRow, Inspection } from '../../../src/inspect/contract/report.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import type { PodTable } from '../../../src/inspect/snapshot/pods.ts';
import { type ClusterSnapshot, parseSnapshot } from '../../../src/inspect/snapshot.ts';

function read(name: string): ClusterSnapshot {
  const path = `test/fixtures/numbers/${name}.json.gz`;
  return parseSnapshot(JSON.parse(gunzipSync(readFileSync(path)).toString()));
}

async function inspected(of: ClusterSnapshot): Promise<Inspection> {
  return buildInspection(new Run(of, await loadCatalog()), DEFAULT_POLICY, { name: 'vpccni', version: '0' });
}

function inForce(report: Inspection): CapacityRow {
  return report.capacity.find((r) => r.current)!;
}

function codes(report: Inspection): string[] {
  return report.findings.map((f) => `${f.code} ${f.severity}`);
}

describe('numbers worked out by hand', () => {
  it('place the ENIs of further network cards again: 100 on card 0, 2 on each of 31 others', async () => {
    const row = inForce(await inspected(read('multi-nic')));
    expect(row.addresses).toEqual({ node: 162, pod: 0 });
    expect(row.roomForNodes).toBe(24);
  });

  it('count blocks of a prefix reservation that EC2 leaves out of its free addresses', async () => {
    const report = await inspected(read('prefix-reservation-left-out'));
    expect(inForce(report).roomForNodes).toEqual({ min: 2, max: 3 });
    expect(codes(report)).not.toContain('SUB001 error');
  });

  it('read the tag cni=0 from the release that knows it', async () => {
    const row = inForce(await inspected(read('excluded-tag-old-cni')));
    expect(row.addresses).toEqual({ node: 90, pod: 0 });
    expect(row.roomForNodes).toBe(30);
  });

  it('leave a slot to a trunk that outlived the feature', async () => {
    const report = await inspected(read('trunk-left-over'));
    expect(report.nodes![0]).toMatchObject({ podIpCapacity: 18, predicted: { held: 18 }, deviation: null });
    expect(codes(report)).toContain('MAX001 error');
  });

  it('keep a slot on types that cannot trunk for an old release, and expect no trunk', async () => {
    const report = await inspected(read('sgp-old-cni-t3'));
    expect(report.nodes![0]).toMatchObject({ podIpCapacity: 22, predicted: { held: 22, enis: 2 } });
    expect(codes(report)).not.toContain('SGP003 error');
  });

  it('try every eligible subnet in turn', async () => {
    expect(inForce(await inspected(read('discovery-next-subnet'))).roomForNodes).toMatchObject({ max: 25 });
  });

  it('let the only ENI serve pods where no slot is left for a trunk', async () => {
    const row = inForce(await inspected(read('sgp-max-eni-1')));
    expect(row.clusterPods).toBe(11);
  });

  it('mix no modes where the release knows no prefixes', async () => {
    const rows = (await inspected(read('cni-1.8'))).capacity.filter((r) => r.pattern === 'default');
    const [secondary, prefix] = rows;
    expect(prefix).toMatchObject({
      ...secondary,
      mode: 'prefix',
      current: false,
      supported: false,
      blocks: 0,
      blockers: [{}],
    });
  });

  it('ask of a zone without nodes what the nodes of its group need', async () => {
    const report = await inspected(read('empty-zone'));
    expect(report.findings.find((f) => f.code === 'SUB001')).toMatchObject({
      severity: 'error',
      evidence: { free: 7, neededByOneNode: 10 },
    });
  });

  it("do not count AWS's own addresses as reserved", async () => {
    const found = codes(await inspected(read('reservation-aws-addresses')));
    // what its add-on document says beside the DaemonSet is no matter of addresses
    expect(found.filter((c) => !c.startsWith('ADD006'))).toEqual([]);
  });

  it('promise no more of a smaller warm pool than is idle in that subnet', async () => {
    const report = await inspected(read('frees-more-than-idle'));
    const promised = report.findings
      .filter((f) => f.code === 'SUB001')
      .map((f) => f.fixes.map((x) => x.frees?.addresses ?? 0));
    expect(promised).toHaveLength(2);
    expect(promised[0]![0]).toBeLessThanOrEqual(46);
    expect(promised[1]![0]).toBeLessThanOrEqual(44);
  });

  it('see a full subnet of Fargate, and no block where no address is free', async () => {
    const report = await inspected(read('all-fargate-full'));
    expect(codes(report)).toContain('SUB001 error');
    const full = report.subnets!.find((s) => s.addresses.free === 0)!;
    expect(full.blocks).toMatchObject({ free: 0, upperBound: true });
  });

  it("tell this cluster's addresses from another's", async () => {
    const owners = (await inspected(read('two-clusters-two'))).subnets!.flatMap((s) => s.owners ?? []);
    const ours = owners.filter((o) => o.ours).reduce((n, o) => n + o.addresses, 0);
    const theirs = owners.filter((o) => !o.ours).reduce((n, o) => n + o.addresses, 0);
    expect({ ours, theirs }).toEqual({ ours: 20, theirs: 160 });
  });

  it('count DaemonSets on the nodes of aws-node', async () => {
    const report = await inspected(read('mixed'));
    expect(report.daemonSets!.reduce((n, d) => n + d.addresses, 0)).toBe(4);
  });
});

describe('the same cluster told in another way', () => {
  const names = ['discovery-next-subnet', 'excluded-tag-old-cni', 'frees-more-than-idle', 'multi-nic'];

  it.each(names)('%s gives equal numbers with every list turned round', async (name) => {
    const of = read(name);
    const turned = Object.fromEntries(
      Object.entries(of).map(([key, section]) => [key, turnedRound(section)]),
    ) as unknown as ClusterSnapshot;
    const [a, b] = [await inspected(of), await inspected(turned)];
    expect(b.capacity).toEqual(a.capacity);
    expect(b.subnets).toEqual(a.subnets);
  });
});

function turnedRound(section: unknown): unknown {
  const data = (section as { data?: unknown }).data;
  if (Array.isArray(data)) return { ...(section as object), data: [...data].reverse() };
  if (typeof data === 'object' && data !== null && 'labelSets' in data) {
    const table = data as PodTable;
    const columns = Object.entries(table).map(([key, value]) =>
      key === 'texts' || key === 'labelSets' || !Array.isArray(value) ? [key, value] : [key, [...value].reverse()],
    );
    return { ...(section as object), data: { ...Object.fromEntries(columns), branchEni: {} } };
  }
  return section;
}
