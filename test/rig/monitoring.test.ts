/** The gauges, alerts and dashboard against a real Prometheus. Skipped where Debian's package cannot be installed. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubnetRunway } from '../../src/inspect/contract/since.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { buildSubnets } from '../../src/inspect/report/subnets/build.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { openmetrics } from '../../src/render/format/openmetrics.ts';
import { openmetricsBackfill } from '../../src/render/format/openmetrics-backfill.ts';
import { shop } from '../support/shop.ts';
import { denied, runOf } from '../support/snapshot-builder.ts';
import { ensurePrometheus, ensurePromtool } from './servers/debian.ts';
import { Unavailable } from './servers/process.ts';

const missing = reason(() => [ensurePromtool(console.log), ensurePrometheus(console.log)]);
if (missing) console.log(`skipped: ${missing}`);

function reason(ensure: () => unknown): string | undefined {
  try {
    ensure();
    return undefined;
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

const TOOL = { name: 'vpccni', version: '0.0.0' };
const OPTIONS = { color: false, ascii: false, width: 100, headers: true, now: 0, invocation: '' };
const HOUR = 3_600_000;
const STEP = 3 * HOUR;
const STEPS = 56;

const inspected = async (of: ClusterSnapshot) => buildInspection(await runOf(of), DEFAULT_POLICY, TOOL);
const gauges = async (of: ClusterSnapshot) => openmetrics.write(await inspected(of), OPTIONS) as string;

function promtool(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync('promtool', [...args], { input, encoding: 'utf8', timeout: 60_000 });
  return { status, output: `${stdout}${stderr}` };
}

describe.skipIf(missing !== undefined)('what promtool says', () => {
  it('accepts the gauges of both reports', async () => {
    expect(promtool(['check', 'metrics'], await gauges(shop()))).toEqual({ status: 0, output: '' });
    const subnets = buildSubnets(await runOf(shop()), { subnetIds: [], wholeVpc: true }, DEFAULT_POLICY, TOOL);
    expect(promtool(['check', 'metrics'], openmetrics.write(subnets, OPTIONS) as string)).toEqual({
      status: 0,
      output: '',
    });
  });

  it('fires each alert where it should, and not where it should not', () => {
    const { status, output } = promtool(['test', 'rules', 'monitoring/prometheus/vpccni.rules.test.yaml']);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});

/** A cluster whose subnets fill up over a week, and to which a permission was denied at its beginning. */
function atStep(step: number, now: number): ClusterSnapshot {
  const of = shop(step > STEPS - 4 ? { pods: denied('list pods') } : {});
  const { subnets } = of;
  if (!('data' in subnets)) throw new Error('the shop has subnets');
  const data = subnets.data.map((s) => ({ ...s, availableIps: Math.min(s.availableIps, 40 + step) }));
  return { ...of, collectedAt: new Date(now - step * STEP).toISOString(), subnets: { status: 'ok', data } };
}

describe.skipIf(missing !== undefined)('a Prometheus with a week of data', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vpccni-prometheus-'));
  let server: ReturnType<typeof spawn> | undefined;
  let target: Server | undefined;
  let base = '';
  const now = Math.floor(Date.now() / 1000) * 1000;

  beforeAll(async () => {
    const data = join(dir, 'data');
    for (let step = STEPS; step > 0; step--) {
      const file = join(dir, 'week.om');
      writeFileSync(file, openmetricsBackfill.write(await inspected(atStep(step, now)), OPTIONS) as string);
      const made = promtool(['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
      expect(made.status, made.output).toBe(0);
    }
    const text = await gauges(atStep(0, now));
    target = createServer((_, response) => {
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8');
      response.end(text);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => target!.once('listening', resolve));
    const { port } = target.address() as AddressInfo;
    const job = { job_name: 'file', scrape_interval: '1s', static_configs: [{ targets: [`127.0.0.1:${port}`] }] };
    writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify({ scrape_configs: [job] }));
    const own = await freePort();
    base = `http://127.0.0.1:${own}`;
    server = spawn(
      'prometheus',
      [
        `--config.file=${join(dir, 'prometheus.yml')}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${own}`,
        '--query.lookback-delta=3h',
        '--log.level=warn',
      ],
      { stdio: 'ignore' },
    );
    await until(async () => (await fetch(`${base}/-/ready`)).ok);
    await until(async () => (await query('up', now + 60_000)).length > 0);
  }, 240_000);

  afterAll(async () => {
    server?.kill('SIGTERM');
    target?.close();
    await new Promise((resolve) => (server ? server.once('exit', resolve) : resolve(undefined)));
    rmSync(dir, { recursive: true, force: true });
  });

  async function query(expr: string, at: number): Promise<{ value: [number, string] }[]> {
    const time = String(Math.min(at, Date.now()) / 1000);
    const reply = await fetch(`${base}/api/v1/query?${new URLSearchParams({ query: expr, time })}`);
    const body = (await reply.json()) as { data?: { result: { value: [number, string] }[] }; error?: string };
    if (!body.data) throw new Error(`${expr}: ${body.error}`);
    return body.data.result;
  }

  it('scrapes the text by its OpenMetrics parser', async () => {
    await until(async () => (await query('up == 1', Date.now())).length === 1);
    const [scraped] = await query('scrape_samples_scraped', Date.now());
    expect(Number(scraped!.value[1])).toBeGreaterThan(30);
  });

  it('answers every query of the dashboard, one of each panel', async () => {
    const { panels } = JSON.parse(readFileSync('monitoring/grafana/vpccni.json', 'utf8')) as {
      panels: { title: string; targets: { expr: string }[] }[];
    };
    expect(panels.length).toBeGreaterThan(8);
    const empty: string[] = [];
    for (const { title, targets } of panels)
      for (const { expr } of targets) {
        const text = expr.replaceAll('$cluster', '.*');
        // within the week, and at its end
        for (const at of [now - 24 * HOUR, now - STEP + 1000])
          if ((await query(text, at)).length === 0) empty.push(`${title}: ${text}`);
      }
    expect(empty).toEqual([]);
  });

  it('gives inspect its history: the pace of each subnet is that of the data', async () => {
    const of = { ...atStep(0, now), collectedAt: new Date(now - STEP).toISOString() };
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['bin/vpccni.js', 'inspect', '--from', '-', '--history', base, '--history-days', '6', '-o', 'json'],
      { input: JSON.stringify(of), encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    expect([status, stderr]).toEqual([0, '']);
    const { since } = JSON.parse(stdout) as { since: { runways: SubnetRunway[]; notCompared: string[] } };
    // the data lose one address in three hours
    const falling = since.runways.filter((r) => r.of === 'addresses' && r.trend === 'shrinking');
    expect(falling.length).toBeGreaterThan(0);
    for (const r of falling) {
      expect(r.perDay).toBeCloseTo(-8, 0);
      expect(r.daysLeft).toBeCloseTo(r.now / 8, 0);
      expect(r.samples.length).toBeGreaterThan(20);
    }
  });

  it('sees the subnets fill up, and says when', async () => {
    const [left] = await query(
      'predict_linear(vpccni_subnet_free_addresses{role="pods"}[3d], 7 * 86400)',
      now - STEP + 1000,
    );
    expect(Number(left!.value[1])).toBeLessThan(0);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (await holds().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error('waited for a minute in vain');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
