import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { buildSubnets } from '../../../src/inspect/report/subnets/build.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import { openmetrics } from '../../../src/render/format/openmetrics.ts';
import { openmetricsBackfill } from '../../../src/render/format/openmetrics-backfill.ts';
import { calm } from '../../support/calm.ts';
import { shop } from '../../support/shop.ts';
import { cluster, denied, NOW, runOf } from '../../support/snapshot-builder.ts';

const TOOL = { name: 'vpccni', version: '0.0.0' };
const OPTIONS = { color: false, ascii: false, width: 100, headers: true, now: 0, invocation: '' };

async function inspection(of: ClusterSnapshot): Promise<string> {
  return openmetrics.write(buildInspection(await runOf(of), DEFAULT_POLICY, TOOL), OPTIONS) as string;
}

async function subnets(of: ClusterSnapshot): Promise<string> {
  const ask = { subnetIds: [], wholeVpc: false };
  return openmetrics.write(buildSubnets(await runOf(of), ask, DEFAULT_POLICY, TOOL), OPTIONS) as string;
}

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly time?: number;
}

/** Strict: what the exposition format does not allow is an error. */
function read(text: string): Series[] {
  expect(text.endsWith('# EOF\n')).toBe(true);
  const lines = text.split('\n').slice(0, -2);
  const families = new Set<string>();
  let current = '';
  return lines.flatMap((line): Series[] => {
    const meta = /^# (TYPE|UNIT|HELP) (vpccni_[a-z_]+) (.+)$/.exec(line);
    if (meta) {
      if (meta[1] === 'TYPE') {
        expect(meta[3]).toBe('gauge');
        expect(families.has(meta[2]!)).toBe(false);
        families.add(meta[2]!);
        current = meta[2]!;
      }
      expect(meta[2]).toBe(current);
      return [];
    }
    const sample = /^(\w+)(?:\{(.*)\})? (-?[\d.]+(?:e[+-]\d+)?)(?: ([\d.]+))?$/.exec(line);
    if (!sample) throw new Error(`no sample: ${line}`);
    expect(sample[1]).toBe(current);
    const pairs = [...(sample[2] ?? '').matchAll(/([a-z_]+)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/g)];
    expect(pairs.map((p) => p[0]).join('')).toBe(sample[2] ?? '');
    return [
      {
        name: current.replace('vpccni_', ''),
        labels: Object.fromEntries(pairs.map(([, name, value]) => [name!, value!])),
        value: Number(sample[3]),
        ...(sample[4] ? { time: Number(sample[4]) } : {}),
      },
    ];
  });
}

const named = (series: readonly Series[], name: string) => series.filter((s) => s.name === name);

describe('the gauges', () => {
  it('are the same for a subnet, whether inspected or asked for', async () => {
    const both = [read(await inspection(shop())), read(await subnets(shop()))];
    for (const name of [
      'subnet_free_addresses',
      'subnet_free_blocks',
      'subnet_usable_blocks',
      'subnet_reserved_addresses',
    ]) {
      const [a, b] = both.map((s) =>
        named(s, name).map((x) => [x.labels.subnet, x.labels.cluster, x.labels.az, x.value]),
      );
      expect(a!.length).toBeGreaterThan(3);
      expect(b).toEqual(expect.arrayContaining(a!));
    }
  });

  it('add up to the subnet', async () => {
    const series = read(await subnets(shop()));
    for (const { labels, value } of named(series, 'subnet_addresses')) {
      const of = (name: string) =>
        named(series, name)
          .filter((s) => s.labels.subnet === labels.subnet)
          .reduce((n, s) => n + s.value, 0);
      const parts = ['free', 'used', 'reserved', 'invisible'].map((p) => of(`subnet_${p}_addresses`));
      expect(parts.reduce((n, p) => n + p, 0)).toBe(value);
    }
  });

  it('carry the labels that are published, and never an ENI or a pod', async () => {
    const allowed = [
      'cluster',
      'region',
      'account',
      'subnet',
      'az',
      'role',
      'mode',
      'owner',
      'cause',
      'code',
      'severity',
    ];
    for (const text of [await inspection(shop()), await subnets(shop())]) {
      for (const s of read(text)) for (const label of Object.keys(s.labels)) expect(allowed).toContain(label);
      expect(text).not.toMatch(/eni-[0-9a-f]|web-a1-/);
    }
  });

  it('tell who waits and what was found', async () => {
    const series = read(await inspection(shop()));
    expect(named(series, 'pods_without_address').map((s) => [s.labels.cause, s.value])).toEqual([
      ['PFX001', 4],
      ['CUS001', 2],
    ]);
    expect(named(series, 'findings').find((s) => s.labels.code === 'PFX001')).toMatchObject({
      labels: { severity: 'error' },
      value: 1,
    });
    expect(named(series, 'snapshot_timestamp_seconds')[0]!.value).toBe(Date.parse(NOW) / 1000);
  });

  it('are zero where that is known', async () => {
    const series = read(await inspection(calm()));
    expect(named(series, 'pods_without_address')).toMatchObject([{ labels: { cause: 'none' }, value: 0 }]);
    expect(named(series, 'leaked_addresses').map((s) => s.value)).toEqual(
      named(series, 'subnet_free_addresses').map(() => 0),
    );
    expect(named(series, 'check_not_evaluated')).toEqual([]);
  });

  it('are absent where nothing is known', async () => {
    const blind = shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces'), pods: denied('list pods') });
    for (const text of [await inspection(blind), await subnets(blind)]) {
      const series = read(text);
      expect(named(series, 'subnet_free_addresses').length).toBeGreaterThan(3);
      for (const name of ['subnet_free_blocks', 'subnet_used_addresses', 'leaked_addresses', 'pods_without_address'])
        expect(named(series, name)).toEqual([]);
    }
    const missing = named(read(await inspection(blind)), 'check_not_evaluated').map((s) => s.labels.code);
    expect(missing).toContain('LEK001');
  });

  it('do not let a name out of its quotes', async () => {
    const text = await inspection(shop({ cluster: cluster({ name: 'a"} 1\n# EOF\\' }) }));
    expect(read(text)[0]!.labels.cluster).toBe('a\\"} 1?# EOF\\\\');
  });

  it('have a time only where they are to be backfilled', async () => {
    expect(read(await inspection(shop())).every((s) => s.time === undefined)).toBe(true);
    const report = buildInspection(await runOf(shop()), DEFAULT_POLICY, TOOL);
    const timed = read(openmetricsBackfill.write(report, OPTIONS) as string);
    expect(new Set(timed.map((s) => s.time))).toEqual(new Set([Date.parse(NOW) / 1000]));
  });
});

describe('the alerts and the dashboard', () => {
  const rules = readFileSync('monitoring/prometheus/vpccni.rules.yaml', 'utf8');
  const dashboard = readFileSync('monitoring/grafana/vpccni.json', 'utf8');

  it('ask for series that are written', async () => {
    const written = new Set(
      [await inspection(shop()), await inspection(shop({ pods: denied('list pods') }))].flatMap((t) =>
        read(t).map((s) => `vpccni_${s.name}`),
      ),
    );
    const asked = [...`${rules}${dashboard}`.matchAll(/vpccni_\w+/g)].map((m) => m[0]);
    expect(new Set(asked).size).toBeGreaterThan(8);
    for (const name of asked) expect(written).toContain(name);
  });
});
