import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { supportsPrefixes } from '../../../src/calc/catalog/instance-type.ts';

interface SourceType {
  vcpus: number | null;
  maxEnis: number;
  maxEnisTotal: number;
  networkCards: unknown[];
  ipv4PerEni: number;
  hypervisor: string;
  bareMetal: boolean;
  trunkingCompatible: boolean | null;
  branchInterfaces: number | null;
  sources: string[];
  inferred?: string[];
  memoryMiB: number | null;
  drift?: { value: number; networkCards: number; source: string; seen: string };
}

const source = JSON.parse(readFileSync('data/instance-types.json', 'utf8')).types as Record<string, SourceType>;
const catalog = await loadCatalog();

describe('catalog', () => {
  it('holds every type of the source with the same limits', () => {
    expect(catalog.names).toHaveLength(1434);
    expect([...catalog.names].sort()).toEqual(Object.keys(source).sort());
    for (const [name, want] of Object.entries(source)) {
      expect(catalog.get(name), name).toEqual({
        instanceType: name,
        vcpus: want.vcpus ?? undefined,
        memoryMiB: want.memoryMiB ?? undefined,
        sizeInferred: want.inferred?.includes('vcpus') || undefined,
        maxEnis: want.maxEnis,
        maxEnisTotal: want.maxEnisTotal,
        networkCards: want.networkCards.length,
        ipv4PerEni: want.ipv4PerEni,
        hypervisor: want.hypervisor,
        bareMetal: want.bareMetal,
        trunkingCompatible: want.trunkingCompatible ?? undefined,
        branchEnis: want.branchInterfaces ?? 0,
        sources: want.sources,
        later: want.drift && {
          maxEnis: want.drift.value,
          networkCards: want.drift.networkCards,
          source: want.drift.source,
          seen: want.drift.seen,
        },
      });
    }
  });

  it('is generated from the data in the tree', () => {
    const run = spawnSync(process.execPath, ['scripts/build-catalog.mjs', '--check'], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });

  it('says how old it is, as a whole and by source', () => {
    expect(catalog.dataDate).toBe('2026-08-11');
    expect(catalog.sources.bottlerocket?.date).toBe('2024-09-03');
    for (const { date } of Object.values(catalog.sources)) expect(date).toMatch(/^\d{4}-\d\d(-\d\d)?$/);
  });

  it('is shared between callers', async () => {
    expect(await loadCatalog()).toBe(catalog);
    expect(catalog.get('m5.large')).toBe(catalog.get('m5.large'));
  });

  it('knows names are case sensitive', () => {
    expect(catalog.has('m5.large')).toBe(true);
    expect(catalog.has('M5.large')).toBe(false);
    expect(catalog.get('M5.large')).toBeUndefined();
    expect(catalog.get('constructor')).toBeUndefined();
  });

  it('tells names without published limits from unknown ones', () => {
    expect(catalog.seenWithoutLimits('trn2u.48xlarge')).toMatch(/bandwidth/);
    expect(catalog.has('trn2u.48xlarge')).toBe(false);
    expect(catalog.seenWithoutLimits('toString')).toBeUndefined();
    expect(catalog.seenWithoutLimits('m5.larg')).toBeUndefined();
  });

  it('takes bare metal and Nitro as prefix capable, Xen and unknown hypervisors as not', () => {
    const capable = ['m5.large', 'm5.metal', 'm4.large', 'cr1.8xlarge', 'hs1.8xlarge'].map((name) =>
      supportsPrefixes(catalog.get(name)!),
    );
    expect(capable).toEqual([true, true, false, false, false]);
  });
});

describe('expand', () => {
  it('resolves names and comma lists in the order given, each once', () => {
    expect(catalog.expand(['t3.medium, m5.large', 'm5.large', ''])).toEqual({
      names: ['t3.medium', 'm5.large'],
      unknown: [],
    });
  });

  it('resolves globs, sizes ascending', () => {
    const { names } = catalog.expand(['m5.*']);
    expect(names).toEqual([
      ...[
        'm5.large',
        'm5.xlarge',
        'm5.2xlarge',
        'm5.4xlarge',
        'm5.8xlarge',
        'm5.12xlarge',
        'm5.16xlarge',
        'm5.24xlarge',
      ],
      'm5.metal',
    ]);
    expect(catalog.expand(['m?.large']).names).toEqual(['m1.large', 'm3.large', 'm4.large', 'm5.large']);
  });

  it('treats everything but * and ? literally', () => {
    expect(catalog.expand(['m5xlarge', 'm5.(large|xlarge)*', '[m]5.*']).names).toEqual([]);
  });

  it('returns what matches nothing', () => {
    expect(catalog.expand(['m5.larg,m5.large', 'zz9.*'])).toEqual({
      names: ['m5.large'],
      unknown: ['m5.larg', 'zz9.*'],
    });
  });
});
