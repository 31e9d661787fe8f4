/** The whole collection against the emulated AWS and a real API server, on good days and on bad ones. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import {
  type CollectOptions,
  collectSnapshot,
  NothingAnswered,
  TargetError,
} from '../../src/inspect/collect/runner.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { newKey, redact } from '../../src/inspect/redact.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { type ClusterSnapshot, parseSnapshot, SECTION_NAMES } from '../../src/inspect/snapshot.ts';
import { type Fault, type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');

describe.skipIf(missing)(`collecting from real servers${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ say: console.error });
    for (const [name, value] of Object.entries(rig.env)) vi.stubEnv(name, value);
  });
  afterEach(async () => {
    await rig.faults.clear();
    await rig.moto.post('paging', { maxPage: null });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rig?.stop();
  });

  const options = (part: Partial<CollectOptions> = {}): CollectOptions => ({
    cluster: rig.scenario.cluster.name,
    context: rig.viewerContext,
    kubernetes: true,
    aws: true,
    env: rig.env,
    tool: { name: 'vpccni', version: '0.0.0' },
    timeoutMs: 60_000,
    concurrency: 5,
    retryMode: 'standard',
    ...part,
  });
  const collect = (part?: Partial<CollectOptions>) => collectSnapshot(options(part));
  const failing = async (fault: Fault, part?: Partial<CollectOptions>) => {
    await rig.faults.set([fault]);
    return collect(part);
  };
  const statuses = (s: ClusterSnapshot) => Object.fromEntries(SECTION_NAMES.map((n) => [n, s[n].status]));
  /** Logs and metrics are read where they are asked for. */
  const askedFor = SECTION_NAMES.filter((n) => n !== 'cniLogs' && n !== 'cniMetrics');
  const notOk = (s: ClusterSnapshot) => askedFor.filter((n) => s[n].status !== 'ok');
  /** What it holds, whatever it took and when. */
  const content = (s: ClusterSnapshot) => JSON.stringify({ ...s, sources: [], collectedAt: '' });

  it('reads everything with the rights it asks for, five calls at a time, and only reads', async () => {
    await rig.moto.calls({ clear: true });
    const snapshot = await collect();
    expect(notOk(snapshot)).toEqual([]);
    const { peak, calls } = await rig.moto.calls();
    expect(peak).toBeLessThanOrEqual(5);
    expect(calls.length).toBeLessThan(70);
    expect(calls.filter((c) => !/^(Describe|Get|List)/.test(c.action))).toEqual([]);
    expect(snapshot.sources.reduce((n, s) => n + s.requests, 0)).toBeGreaterThanOrEqual(calls.length);
    expect(parseSnapshot(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
  });

  it('reads the same in pages of five', async () => {
    const whole = await collect();
    await rig.moto.post('paging', { maxPage: 5 });
    const paged = await collect();
    expect(paged.sources.find((s) => s.call === 'ec2:DescribeNetworkInterfaces')?.requests).toBeGreaterThan(20);
    expect(content(paged)).toBe(content(whole));
  });

  it('finds its way through EKS without a kubeconfig, and by the kubeconfig without a name', async () => {
    const throughEks = await collect({ context: undefined, env: { ...rig.env, KUBECONFIG: '/dev/null' } });
    expect(notOk(throughEks)).toEqual([]);
    const byServer = await collect({ cluster: undefined });
    expect(byServer.cluster).toMatchObject({ data: { name: rig.scenario.cluster.name } });
    expect(content(byServer)).toBe(content(await collect()));
  });

  it('never mixes two clusters', async () => {
    const other = join(dirname(rig.kubeconfig), 'other.yaml');
    const text = readFileSync(rig.kubeconfig, 'utf8')
      .replace(/https:\/\/127\.0\.0\.1:\d+/g, 'https://127.0.0.1:1')
      .replace(/certificate-authority-data: [^,}\s]+/g, 'certificate-authority-data: QUJD');
    writeFileSync(other, text);
    await expect(collect({ kubeconfig: other })).rejects.toThrow(TargetError);
    await expect(collect({ cluster: 'nowhere' })).rejects.toThrow('there is no EKS cluster nowhere');
  });

  it('names the permission of what is denied, and keeps the rest as it was', async () => {
    const whole = await collect();
    const snapshot = await failing({ service: 'ec2', action: 'DescribeNetworkInterfaces', kind: 'deny' });
    expect(notOk(snapshot)).toEqual(['networkInterfaces']);
    expect(snapshot.networkInterfaces).toMatchObject({ status: 'denied', permission: 'ec2:DescribeNetworkInterfaces' });
    const { networkInterfaces: _, ...rest } = statuses(snapshot);
    expect(rest).toEqual(
      Object.fromEntries(Object.entries(statuses(whole)).filter(([n]) => n !== 'networkInterfaces')),
    );
    expect(snapshot.pods).toEqual(whole.pods);
  });

  it('is partial where some subnets may not be asked', async () => {
    const snapshot = await failing({ service: 'ec2', action: 'GetSubnetCidrReservations', kind: 'deny', times: 3 });
    expect(snapshot.cidrReservations).toMatchObject({
      status: 'partial',
      missing: [{ permission: 'ec2:GetSubnetCidrReservations' }],
    });
  });

  it('still knows the VPC where EKS may not be asked', async () => {
    const snapshot = await failing({ service: 'eks', action: 'DescribeCluster', kind: 'deny' });
    expect(notOk(snapshot)).toEqual(['cluster', 'addonVersions']);
    expect(snapshot.addonVersions).toMatchObject({ status: 'denied', permission: 'eks:DescribeCluster' });
  });

  it('rides out throttling, and says so where it does not end', async () => {
    const rough = await failing({ service: 'ec2', action: '*', kind: 'throttle', times: 6 });
    expect(notOk(rough)).toEqual([]);
    expect(rough.sources.reduce((n, s) => n + s.retries, 0)).toBe(6);
    const refused = await failing({ service: 'ec2', action: 'DescribeSubnets', kind: 'throttle' });
    expect(refused.subnets).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^throttled: .* 6 times/),
    });
    expect(refused.cidrReservations).toMatchObject({ status: 'failed', reason: expect.stringMatching(/^throttled: /) });
  });

  it('survives a proxy that answers with a page', async () => {
    const snapshot = await failing({ service: '*', action: '*', kind: 'html' });
    expect(snapshot.subnets.status).toBe('failed');
    expect(snapshot.caller).toMatchObject({ reason: expect.stringContaining(new URL(rig.awsEndpoint).host) });
    expect(snapshot.pods.status).toBe('ok');
  });

  it('gives up in time what does not answer, and keeps what did', async () => {
    const start = Date.now();
    const snapshot = await failing(
      { service: 'ec2', action: 'DescribeNetworkInterfaces', kind: 'hang', seconds: 15 },
      { timeoutMs: 4000 },
    );
    expect(Date.now() - start).toBeLessThan(8000);
    const late = 'timeout: not finished within 4 s (--timeout)';
    expect(snapshot.networkInterfaces).toEqual({ status: 'failed', kind: 'timeout', reason: late });
    expect(snapshot.subnets.status).toBe('ok');
  });

  it('reports one side when the other is down, and nothing when both are', async () => {
    const down = join(dirname(rig.kubeconfig), 'down.yaml');
    writeFileSync(
      down,
      readFileSync(rig.kubeconfig, 'utf8').replace(/https:\/\/127\.0\.0\.1:\d+/g, 'https://localhost:1'),
    );
    const awsOnly = await collect({ kubeconfig: down });
    expect([awsOnly.subnets.status, awsOnly.pods.status]).toEqual(['ok', 'failed']);
    await rig.faults.set([{ service: '*', action: '*', kind: 'html' }]);
    await expect(collect({ kubeconfig: down })).rejects.toThrow(NothingAnswered);
    const interrupted = new AbortController();
    interrupted.abort(new Error('ctrl-c'));
    await expect(collect({ signal: interrupted.signal })).rejects.toThrow('ctrl-c');
  });

  it('leads to the same findings redacted', async () => {
    const snapshot = await collect();
    const catalog = await loadCatalog();
    const gist = (s: ClusterSnapshot) => {
      const report = buildInspection(new Run(s, catalog), DEFAULT_POLICY, { name: 'vpccni', version: '0' });
      const { passed, failed, notApplicable, notEvaluated } = report.coverage;
      return {
        findings: report.findings.map((f) => [f.code, f.severity, f.resourcesTotal, f.fixes.length].join(' ')).sort(),
        coverage: [passed, failed, notApplicable, notEvaluated.length],
        capacity: report.capacity.map((c) => [c.clusterPods, c.addresses, c.blocks, c.roomForNodes]),
        subnets: report.subnets?.map((s2) => JSON.stringify([s2.addresses, s2.blocks])).sort(),
      };
    };
    const redacted = redact(snapshot, newKey());
    expect(gist(redacted)).toEqual(gist(snapshot));
    const ids = new Set(
      JSON.stringify(snapshot).match(/\b(?:subnet|eni|i|sg|vpc|lt)-[0-9a-f]{8,17}\b|arn:aws[^"\s]*:\d{12}:[^"\s]*/g),
    );
    const hidden = JSON.stringify(redacted);
    expect(ids.size).toBeGreaterThan(100);
    expect([...ids].filter((id) => hidden.includes(id))).toEqual([]);
  });
});
