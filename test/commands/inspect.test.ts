import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { InspectFlags } from '../../src/cli/inspect.ts';
import { NoVerdictError, UsageError } from '../../src/commands/exit-code.ts';
import { run } from '../../src/commands/inspect.ts';
import type { Io } from '../../src/commands/io.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { calm } from '../support/calm.ts';
import { POD_SUBNETS, shop } from '../support/shop.ts';
import { denied, node, snapshot } from '../support/snapshot-builder.ts';

async function inspect(of: ClusterSnapshot, flags: Partial<InspectFlags> = {}, cluster?: string) {
  let stdout = '';
  let stderr = '';
  const sink = (take: (text: string) => void) =>
    new Writable({
      write(chunk, _, done) {
        take(String(chunk));
        done();
      },
    });
  const io: Io = {
    stdin: Readable.from([JSON.stringify(of)]),
    stdout: sink((t) => (stdout += t)),
    stderr: sink((t) => (stderr += t)),
    env: { COLUMNS: '100' },
  };
  const code = await run(io, cluster, { from: '-', ...flags } as InspectFlags);
  return { code, stdout, stderr };
}

async function report(of: ClusterSnapshot, flags: Partial<InspectFlags> = {}): Promise<Inspection> {
  return JSON.parse((await inspect(of, { ...flags, output: ['json'] })).stdout);
}

describe('exit codes', () => {
  it('are 0 whatever is found, unless told to fail', async () => {
    expect((await inspect(shop())).code).toBe(0);
  });

  it.each(['table', 'wide', 'json'])('are the same as %s', async (format) => {
    const output = [format];
    expect((await inspect(shop(), { output, failOn: 'error' })).code).toBe(1);
    expect((await inspect(calm(), { output, failOn: 'info' })).code).toBe(0);
  });

  it('are 3 where a check that could fail was not evaluated, and 1 where one failed anyway', async () => {
    const blind = { networkInterfaces: denied('ec2:DescribeNetworkInterfaces') };
    expect((await inspect(calm(blind), { failOn: 'error' })).code).toBe(3);
    expect((await inspect(calm(blind))).code).toBe(0);
    expect((await inspect(shop(blind), { failOn: 'error' })).code).toBe(1);
  });

  it('come without a verdict where nothing was read', async () => {
    await expect(inspect(snapshot())).rejects.toThrow(NoVerdictError);
    await expect(inspect(snapshot())).rejects.toThrow('not part of this test');
  });
});

describe('suppressed findings', () => {
  it('are left out by code, by id, and counted', async () => {
    const all = await report(shop());
    const leak = all.findings.find((f) => f.code === 'LEK001')!;
    for (const name of ['LEK001', leak.longCode, leak.id]) {
      const less = await report(shop(), { suppress: [`${name}, SUB009`] });
      expect(less.findings.map((f) => f.id)).toEqual(all.findings.map((f) => f.id).filter((id) => id !== leak.id));
      expect(less.coverage.suppressed).toBe(1);
    }
  });

  it('do not fail the run', async () => {
    const { findings } = await report(shop());
    const suppress = findings.map((f) => f.id);
    expect((await inspect(shop(), { suppress, failOn: 'info' })).code).toBe(0);
  });
});

describe('the report', () => {
  it('counts every check exactly once', async () => {
    const { CHECKS } = await import('../../src/inspect/checks/index.ts');
    for (const of of [shop(), calm(), shop({ pods: denied('pods: list') })]) {
      const { coverage } = await report(of);
      const { passed, failed, notApplicable, notEvaluated, suppressed } = coverage;
      expect(passed + failed + notApplicable + notEvaluated.length + suppressed).toBe(CHECKS.length);
    }
  });

  it('hands every waiting pod to a finding that is there', async () => {
    const { waitingPods, findings, verdict } = await report(shop());
    const ids = new Set(findings.map((f) => f.id));
    expect(waitingPods).toHaveLength(6);
    expect(waitingPods?.every((p) => p.cause !== null && ids.has(p.cause))).toBe(true);
    expect(verdict.causes.reduce((n, c) => n + c.pods, 0)).toBe(6);
  });

  it('goes to several places at once', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'report.json');
    const { stdout } = await inspect(shop(), { output: ['table', `json=${file}`] });
    expect(stdout).toContain('pods have no address');
    expect(JSON.parse(readFileSync(file, 'utf8')).kind).toBe('Inspection');
  });

  it('is refused for another cluster, and for a format that does not exist', async () => {
    await expect(inspect(shop(), {}, 'other')).rejects.toThrow(UsageError);
    await expect(inspect(shop(), { output: ['nope'] })).rejects.toThrow('unknown output format "nope"');
  });
});

describe('what the user asks to see', () => {
  it('leaves the verdict, the counts and the exit code as they are', async () => {
    const all = await report(shop());
    const some = await report(shop(), { only: ['CUS'] });
    expect(some.findings.filter((f) => f.causedBy === undefined).map((f) => f.code)).toEqual(['CUS001']);
    expect(some.findings.some((f) => f.causedBy?.startsWith('CUS001'))).toBe(true);
    expect(some.narrowing).toEqual({ by: '--only CUS', hidden: all.findings.length - some.findings.length });
    expect(some.verdict).toEqual(all.verdict);
    expect(some.coverage).toEqual(all.coverage);
    expect((await inspect(shop(), { only: ['LEK'], failOn: 'error' })).code).toBe(1);
  });

  it('goes by severity, namespace, node and subnet too', async () => {
    const all = await report(shop());
    const roots = (r: typeof all) => r.findings.filter((f) => f.causedBy === undefined);
    expect(roots(await report(shop(), { minSeverity: 'error' })).every((f) => f.severity === 'error')).toBe(true);
    expect(roots(await report(shop(), { namespace: 'nowhere' }))).toEqual([]);
    const pfx = all.findings.find((f) => f.code === 'PFX001')!;
    const bySubnet = roots(await report(shop(), { subnet: pfx.scope.subnets![0]! }));
    expect(bySubnet).toContainEqual(pfx);
    expect(bySubnet.length).toBeLessThan(roots(all).length);
    expect(roots(await report(shop(), { skip: ['PFX001'] }))).not.toContainEqual(pfx);
  });

  it('is refused where no check has the code', async () => {
    for (const flags of [{ only: ['ZZZ999'] }, { skip: ['SUB01'] }, { suppress: ['CUS999:x'] }])
      await expect(inspect(shop(), flags)).rejects.toThrow(/there is no check/);
  });
});

describe('the configuration', () => {
  const write = (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'c.yaml');
    writeFileSync(file, text);
    return file;
  };

  it('holds for inspect too: suppressions, severities, thresholds', async () => {
    const all = await report(shop());
    const config = write(
      'suppressions:\n  - { id: "LEK001*", reason: known }\nseverities: { MAX002: error }\nthresholds: { leakedEniMinutes: 30 }\n',
    );
    const some = await report(shop(), { config });
    expect(all.findings.some((f) => f.code === 'LEK001')).toBe(true);
    expect(some.findings.some((f) => f.code === 'LEK001')).toBe(false);
    expect(some.coverage.suppressed).toBe(1);
    expect(some.findings.filter((f) => f.code === 'MAX002').every((f) => f.severity === 'error')).toBe(true);
  });

  it('is told of suppressions that answer to nothing, and refused where no check has the code', async () => {
    const gone = 'SUB001:subnet-00000000000000000';
    expect((await report(shop(), { suppress: ['LEK001', gone] })).unusedSuppressions).toEqual([gone]);
    await expect(inspect(shop(), { config: write('suppressions:\n  - { id: LEK099, reason: x }\n') })).rejects.toThrow(
      /there is no check "LEK099"/,
    );
    await expect(inspect(shop(), { config: write('severities: { MAX999: info }\n') })).rejects.toThrow(/MAX999/);
  });
});

describe('a change laid over', () => {
  it('gives no verdict where it is not understood', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'rollout.yaml');
    const template = 'template: { spec: { containers: [{ name: a, image: b }] } }';
    writeFileSync(
      file,
      `kind: Rollout\napiVersion: x/v1\nmetadata: { name: r }\nspec: { replicas: 500, ${template} }\n`,
    );
    const suppress = (await report(shop())).findings.map((f) => f.id);
    expect((await inspect(shop(), { suppress, failOn: 'error' })).code).toBe(0);
    expect((await inspect(shop(), { suppress, failOn: 'error', change: [file] })).code).toBe(3);
  });
});

describe('the exit code of a change laid over', () => {
  const config = (zone: string, subnet: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'vpccni-')), 'eniconfig.yaml');
    writeFileSync(
      file,
      `apiVersion: crd.k8s.amazonaws.com/v1alpha1\nkind: ENIConfig\nmetadata: { name: ${zone} }\nspec: { subnet: ${subnet} }\n`,
    );
    return file;
  };

  it('is that of the findings the change makes: what stood before fails no pull request', async () => {
    expect((await inspect(shop(), { failOn: 'error' })).code).toBe(1);
    const same = config('eu-west-1a', POD_SUBNETS.a);
    expect((await inspect(shop(), { failOn: 'error', change: [same] })).code).toBe(0);
    const otherZone = config('eu-west-1a', POD_SUBNETS.b);
    expect((await inspect(shop(), { failOn: 'error', change: [otherZone] })).code).toBe(1);
  });
});

describe('what is told beside the report', () => {
  it('cannot move a cursor', async () => {
    const { stderr } = await inspect(shop(), { suppress: ['SUB001:\u001b[31mx\u202e'] });
    expect(stderr).toMatch(/^vpccni: the suppression of SUB001:/);
    expect(stderr).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('what is asked for by name', () => {
  const NODE = 'ip-10-0-1-9.eu-west-1.compute.internal';
  const named = (flags: Partial<InspectFlags>, name = NODE, other: Partial<ClusterSnapshot> = {}) => {
    const nodes = {
      status: 'ok' as const,
      data: [node({ name }), node({ name: 'ip-10-0-1-90.eu-west-1.compute.internal' })],
    };
    return inspect(calm({ nodes, ...other }), flags);
  };

  it('is a usage error where all were read and there is none, with what was meant perhaps', async () => {
    await expect(named({ node: 'ip-10-0-1-8' })).rejects.toThrow(
      'there is no node "ip-10-0-1-8"; did you mean ip-10-0-1-9 or ip-10-0-1-90?',
    );
    await expect(named({ node: 'i' })).rejects.toThrow(UsageError);
    await expect(named({ node: '' })).rejects.toThrow(UsageError);
    const known = calm().subnets;
    const id = 'data' in known ? known.data[0]!.subnetId : '';
    await expect(named({ subnet: `${id}x` })).rejects.toThrow(`not among the subnets read; did you mean ${id}`);
  });

  it('may be there where not all were read', async () => {
    for (const nodes of [denied('list nodes'), { status: 'partial' as const, data: [], missing: [{ reason: 'late' }] }])
      expect((await inspect(calm({ nodes }), { node: 'gone' })).code).toBe(0);
  });

  it('may leave out the domain of a node, as screens do', async () => {
    const { code, stdout } = await named({ node: 'ip-10-0-1-9' });
    expect([code, stdout]).toEqual([0, expect.stringContaining(`--node ${NODE};`)]);
    await expect(named({ node: 'ip-10-0-1-90' }, 'ip-10-0-1-90.ec2.internal')).rejects.toThrow('could mean');
  });

  it('is told of on the screen where it is a namespace in which nothing was read', async () => {
    const { code, stdout } = await inspect(shop(), { namespace: 'shpo' });
    expect([code, stdout]).toEqual([0, expect.stringContaining('is in namespace shpo; did you mean shop?')]);
    expect((await inspect(shop(), { namespace: 'shop' })).stdout).not.toContain('nothing that was read');
    const { narrowing } = await report(shop(), { namespace: 'nowhere' });
    expect(narrowing?.note).toBe('nothing that was read is in namespace nowhere');
  });

  it('lists no cause of waiting pods that is left out', async () => {
    const row = /^ +\d+ {2}([A-Z]{3}\d{3}) /gm;
    const causes = async (flags: Parameters<typeof inspect>[1]) =>
      [...(await inspect(shop(), flags)).stdout.matchAll(row)].map((m) => m[1]);
    const all = await causes({});
    expect(all.length).toBeGreaterThan(1);
    expect(await causes({ only: [all[0]!] })).toEqual([all[0]]);
    expect(await causes({ namespace: 'nowhere' })).toEqual([]);
    expect((await inspect(shop(), { namespace: 'nowhere' })).stdout).not.toContain('CAUSE');
  });
});
