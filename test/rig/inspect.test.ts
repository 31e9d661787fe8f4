/** `inspect` as a user runs it, live: it names the scenario's faults and nothing else, and says what it cannot see. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { inspect, vpccni } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');
/** Evidence without its ages, which grow between two runs. */
const ageless = (evidence: object | undefined) =>
  Object.fromEntries(Object.entries(evidence ?? {}).filter(([k]) => !/seconds$|minutes$/i.test(k)));
const STACK = /\n\s+at /;

describe.skipIf(missing)(`inspecting shop-prod live${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  let whole: Inspection;

  beforeAll(async () => {
    rig = await startRig({ say: console.error });
    whole = await inspect(rig);
  });
  afterEach(async () => {
    await rig.faults.clear();
    await rig.rights.restore();
  });
  afterAll(() => rig?.stop());

  const grave = (r: Inspection) => r.findings.filter((f) => f.severity !== 'info');
  const idOf = (key: string) => rig.ids.subnets[key] ?? rig.ids.nodes[key]?.name ?? key;

  it('names the faults of the scenario', () => {
    for (const { code, about } of rig.scenario.expected.findings.required) {
      const found = grave(whole).filter((f) => f.code === code);
      const resources = found.flatMap((f) => f.resources.map((r) => r.id));
      expect(resources, code).toEqual(expect.arrayContaining(about.map(idOf)));
    }
  });

  it('names nothing else at warning or above', () => {
    const { required, allowed } = rig.scenario.expected.findings;
    const known = new Set([...required.map((r) => r.code), ...allowed]);
    expect(grave(whole).filter((f) => !known.has(f.code))).toEqual([]);
  });

  it('counts what the scenario states', () => {
    const { pods, nodes, waiting, subnets } = rig.scenario.expected;
    expect(whole.cluster.nodes).toBe(nodes.total);
    expect(whole.cluster.pods).toMatchObject({
      // who waits holds no address
      addressed: pods.ordinary - waiting.total,
      branch: pods.branch,
      hostNetwork: pods.hostNetwork,
      stuck: waiting.total,
    });
    expect(whole.verdict.causes.map((c) => [c.code, c.pods])).toEqual(
      expect.arrayContaining([
        ['CUS001', waiting.missingEniConfig],
        ['PFX001', waiting.noFreeBlock],
        ['MAX001', waiting.fullNodes],
      ]),
    );
    for (const [key, { free, freeBlocks }] of Object.entries(subnets)) {
      const subnet = whole.subnets?.find((s) => s.subnetId === idOf(key));
      if (!subnet) continue;
      expect([key, subnet.addresses.free]).toEqual([key, free]);
      if (freeBlocks !== undefined) expect([key, subnet.blocks?.free]).toEqual([key, freeBlocks]);
    }
  });

  it('evaluates every check', () => {
    expect(whole.coverage.notEvaluated).toEqual([]);
  });

  it('keeps its evidence without interfaces, and names the permission', async () => {
    await rig.faults.set([{ service: 'ec2', action: 'DescribeNetworkInterfaces', kind: 'deny' }]);
    const partial = await inspect(rig);
    expect(partial.coverage.notEvaluated.flatMap((n) => n.permissions)).toContain('ec2:DescribeNetworkInterfaces');
    expect(partial.subnets?.every((s) => s.addresses.seen === null && s.owners === null)).toBe(true);
    expectSameEvidence(partial);
  });

  it('keeps its evidence without pods, and names the right', async () => {
    await rig.rights.remove('pods');
    const partial = await inspect(rig);
    expect(partial.coverage.notEvaluated.flatMap((n) => n.permissions)).toContain('list pods');
    expect(partial.cluster.pods).toBeNull();
    expectSameEvidence(partial);
  });

  it('reports what Kubernetes tells while AWS is down', async () => {
    await rig.faults.set([{ service: '*', action: '*', kind: 'html' }]);
    const partial = await inspect(rig);
    expect(partial.subnets).toBeNull();
    expect(partial.cluster.pods?.stuck).toBe(rig.scenario.expected.waiting.total);
    expect(partial.coverage.notEvaluated.length).toBeGreaterThan(5);
  });

  it('reports what AWS tells while the API server is out of reach', async () => {
    const partial = await inspect(rig, ['--no-kube']);
    expect(partial.cluster.pods).toBeNull();
    expect(partial.nodes).toBeNull();
    expect(partial.subnets?.length).toBeGreaterThan(0);
    expect(partial.coverage.notEvaluated.every((n) => n.byChoice)).toBe(true);
  });

  it('has no verdict when both are down: one line, exit 3', async () => {
    await rig.faults.set([{ service: '*', action: '*', kind: 'html' }]);
    const r = await vpccni(rig, ['inspect', 'shop-prod', '--timeout', '20s'], { KUBECONFIG: '/dev/null' });
    expect([r.code, r.stdout]).toEqual([3, '']);
    expect(r.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(r.stderr).not.toMatch(STACK);
  });

  it.each([80, 140])('fits a terminal of %d columns', async (columns) => {
    const r = await vpccni(rig, ['inspect', 'shop-prod', '--context', 'viewer'], { COLUMNS: String(columns) });
    expect(r.code).toBe(0);
    const wide = r.stdout
      .split('\n')
      .filter((l) => [...l].length > columns && !/^\s*(aws |kubectl |helm |\$|→|[{"'])|https?:/.test(l));
    expect(wide).toEqual([]);
    expect(r.stdout).not.toMatch(/undefined|NaN|\[object /);
  });

  it('reports what AWS tells to a user whom Kubernetes denies everything', async () => {
    const partial = await inspect(rig, ['--context', 'nobody']);
    expect(partial.cluster.pods).toBeNull();
    expect(partial.subnets?.length).toBeGreaterThan(0);
    expect(partial.coverage.notEvaluated.flatMap((n) => n.permissions)).toEqual(
      expect.arrayContaining(['list pods', 'list nodes']),
    );
    expectSameEvidence(partial);
  });

  it('has no verdict for a user whom everything is denied', async () => {
    const r = await vpccni(rig, ['inspect', 'shop-prod', '--context', 'nobody', '--no-aws']);
    expect([r.code, r.stdout]).toEqual([3, '']);
    expect(r.stderr).toMatch(/denied/);
    expect(r.stderr).not.toMatch(STACK);
  });

  /** Findings that remain say what they said with everything in hand. */
  function expectSameEvidence(partial: Inspection) {
    const before = new Map(whole.findings.map((f) => [f.id, f]));
    for (const f of partial.findings.filter((x) => before.has(x.id) && x.caveats.length === 0))
      expect(ageless(f.evidence)).toEqual(ageless(before.get(f.id)?.evidence));
    const codes = new Set(whole.findings.filter((f) => f.severity === 'error').map((f) => f.code));
    expect(partial.findings.filter((f) => f.severity === 'error' && !codes.has(f.code))).toEqual([]);
  }
});

describe.skipIf(missing)(`shop-prod without its API server${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ say: console.error });
    await rig.apiServer.stop();
  });
  afterAll(() => rig?.stop());

  it('is reported as far as AWS tells, and never as healthy', async () => {
    const partial = await inspect(rig);
    expect(partial.cluster.pods).toBeNull();
    expect(partial.nodes).toBeNull();
    expect(partial.subnets?.length).toBeGreaterThan(0);
    expect(partial.verdict.severity).not.toBe('ok');
    expect(partial.unread.map((u) => u.section)).toEqual(expect.arrayContaining(['nodes', 'pods', 'cni']));
  });
});
