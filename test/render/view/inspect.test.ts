import stringWidth from 'string-width';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { renderText } from '../../../src/render/text/text.ts';
import { createTheme } from '../../../src/render/theme.ts';
import { inspectView } from '../../../src/render/view/inspect.ts';
import { shop } from '../../support/shop.ts';
import { denied, type GivenSections, runOf, snapshot } from '../../support/snapshot-builder.ts';

async function inspect(of: ReturnType<typeof snapshot>): Promise<Inspection> {
  return buildInspection(await runOf(of), DEFAULT_POLICY, { name: 'vpccni', version: '0.0.0' });
}

function show(report: Inspection, format: 'table' | 'wide', width: number, ascii = false): string {
  const wide = format === 'wide';
  return renderText(inspectView(report, { wide }), {
    theme: createTheme({ color: false, ascii, width }),
    wide,
    headers: true,
  });
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

/** Commands and what belongs to a here-document are copied whole, however wide. */
const COPIED = /^\s*(→|aws |kubectl |helm |[{'"])/;

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

  it('tells the verdict before anything else, and where to read on last', () => {
    const lines = show(report, 'table', 140).trimEnd().split('\n');
    const verdict = lines.findIndex((l) => l.slice(2).startsWith(report.verdict.text.slice(0, 40)));
    expect(verdict).toBeGreaterThan(0);
    expect(verdict).toBeLessThan(6);
    expect(lines.at(-1)).toMatch(/^more: .*-o json$/);
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
