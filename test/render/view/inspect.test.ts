import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { renderTable } from '../../../src/render/text/table.ts';
import { layOut } from '../../../src/render/text/text.ts';
import { createTheme } from '../../../src/render/theme.ts';
import { inspectView } from '../../../src/render/view/inspect.ts';
import { shop } from '../../support/shop.ts';
import { denied, type GivenSections, runOf, snapshot } from '../../support/snapshot-builder.ts';

async function inspect(of: ReturnType<typeof snapshot>): Promise<Inspection> {
  return buildInspection(await runOf(of), DEFAULT_POLICY, { name: 'vpccni', version: '0.0.0' });
}

function show(report: Inspection, format: 'table' | 'wide', width: number, ascii = false): string {
  const wide = format === 'wide';
  const laid = { theme: createTheme({ color: false, ascii, width }), wide, headers: true };
  return layOut(
    inspectView(report, { wide, now: Date.parse('2026-11-26T09:00:00Z'), invocation: 'vpccni inspect' }),
    laid,
    (table) => renderTable(table, laid),
  );
}

const KUBERNETES = [
  'nodes',
  'pods',
  'workloads',
  'events',
  'cni',
  'eniConfigs',
  'securityGroupPolicies',
  'cniNodes',
] as const;
const AWS = [
  'cluster',
  'addons',
  'nodegroups',
  'vpc',
  'subnets',
  'networkInterfaces',
  'instances',
  'instanceTypes',
] as const;

function without(sections: readonly string[]): GivenSections {
  return Object.fromEntries(sections.map((s) => [s, denied(`test:${s}`)])) as GivenSections;
}

const variants: readonly (readonly [string, ReturnType<typeof snapshot>])[] = [
  ['whole', shop()],
  ['without Kubernetes', shop(without(KUBERNETES))],
  ['without AWS', shop(without(AWS))],
  ['without ENIs', shop(without(['networkInterfaces']))],
  ['without anything', snapshot()],
];

/** A word of a command that is wider than the screen stands alone on its line: it must stay copyable. */
const COPIED = /^\s*((--\S+ )?\S+( \\)?|aws .*|kubectl .*|helm .*|[{'"].*)$/;

describe.each(variants)('the screen of a cluster %s', (_, of) => {
  let report: Inspection;
  beforeAll(async () => {
    report = await inspect(of);
  });

  it.each([80, 100, 140])('fits %i columns', (width) => {
    const wide = show(report, 'table', width)
      .split('\n')
      .filter((l) => stringWidth(l) > width && !COPIED.test(l));
    expect(wide).toEqual([]);
  });

  it.each(['table', 'wide'] as const)('prints no value that is none, as %s', (format) => {
    expect(show(report, format, 120)).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object |\bInfinity\b/);
  });

  it('is ASCII where asked', () => {
    expect(show(report, 'wide', 120, true)).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('says first of when it is, and answers last, on no more rows than a small terminal keeps in view', () => {
    const lines = show(report, 'table', 80).trimEnd().split('\n');
    expect(lines.slice(0, 2).join(' ')).toMatch(/SNAPSHOT of 20\d\d-\d\d-\d\d \d\d:\d\d UTC, \d+ days old/);
    const answer = lines.slice(lines.lastIndexOf('') + 1);
    expect(answer.length).toBeLessThanOrEqual(12);
    const stuck = report.waitingPods?.length ?? 0;
    expect(answer[0]).toContain(stuck > 0 ? `${stuck} pods have no address` : report.verdict.text.slice(0, 40));
    for (const { code, pods } of report.verdict.causes)
      expect(answer.some((l) => l.includes(code ?? '?') && l.includes(String(pods)))).toBe(true);
  });
});

describe('the screen', () => {
  it('keeps capacity back while pods wait, and shows it in the wide format', async () => {
    const report = await inspect(shop());
    expect(report.verdict.stuckPods).toBe(6);
    expect(show(report, 'table', 100)).not.toContain('CAPACITY');
    expect(show(report, 'wide', 140)).toContain('CAPACITY');
    const calm = await inspect(shop({ pods: denied('pods: list') }));
    expect(show(calm, 'table', 100)).toContain('CAPACITY');
  });

  it('names who misses which permission, and never writes an unknown number as zero', async () => {
    const report = await inspect(shop(without(['networkInterfaces'])));
    const text = show(report, 'table', 100);
    expect(text).toContain('needs test:networkInterfaces');
    expect(report.nodes?.every((n) => n.held === null && n.warm === null)).toBe(true);
    expect(report.subnets?.every((s) => s.blocks === null)).toBe(true);
  });

  it('says what is left where neither side tells anything of the nodes', async () => {
    const text = show(await inspect(shop(without([...KUBERNETES, ...AWS]))), 'table', 100);
    expect(text).toContain('pattern and mode unknown');
    expect(text).toContain('? ');
    expect(text).not.toContain('✔ No errors');
  });

  it('makes names of users harmless', async () => {
    const report = await inspect(shop());
    const evil = { ...report, cluster: { ...report.cluster, name: 'a\u001b[2Jb' } };
    expect(show(evil, 'table', 100)).not.toContain('\u001b');
  });
});
