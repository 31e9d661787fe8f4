import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/inspect/analyze.ts';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import { addon, cni, denied, runOf } from '../../support/snapshot-builder.ts';
import { cus001 } from './cases/cus-sgp.ts';
import { CASES } from './cases/index.ts';
import { max001, pfx001 } from './cases/pfx-max.ts';
import { customSections, plain } from './cases/worlds.ts';
import { World } from './world.ts';

async function analysisOf(of: ClusterSnapshot) {
  return analyze(await runOf(of), DEFAULT_POLICY);
}

/** Codes with what they were folded under. */
async function told(of: ClusterSnapshot): Promise<string[]> {
  const { findings } = await analysisOf(of);
  return findings.filter((f) => f.severity !== 'info').map((f) => (f.causedBy ? `${f.code} < ${f.causedBy}` : f.code));
}

/** A zone without ENIConfig, in which aws-node crashes and the add-on is degraded. */
function brokenZone(): World {
  return new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-nc', '10.0.2.0/24', 'eu-west-1c')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [2], prefixes: true, maxPods: 110, running: 20 })
    .node('c1', {
      home: 'subnet-nc',
      maxPods: 110,
      waiting: 3,
      node: { ready: 'False', readyReason: 'cni-not-initialized' },
    });
}
const broken = (world: World, over: Parameters<World['snapshot']>[0] = {}) =>
  world.snapshot({
    ...customSections,
    eniConfigs: customSections.eniConfigs.slice(0, 1),
    addons: [
      addon({
        status: 'DEGRADED',
        health: [{ code: 'InsufficientNumberOfReplicas', message: '', resourceIds: [] }],
        configuration: { env: customSections.env },
      }),
    ],
    cni: cni({
      env: customSections.env,
      pods: [
        { name: 'aws-node-a1', node: 'a1', ready: true, phase: 'Running', restarts: 0 },
        {
          name: 'aws-node-c1',
          node: 'c1',
          ready: false,
          phase: 'Running',
          restarts: 9,
          waitingReason: 'CrashLoopBackOff',
          exitCode: 1,
        },
      ],
    }),
    ...over,
  });

describe('causes and symptoms', () => {
  it('folds what follows from a missing ENIConfig', async () => {
    expect((await told(broken(brokenZone()))).sort()).toEqual([
      'ADD002 < CUS001/az:eu-west-1c',
      'CUS001',
      'HLT002 < CUS001/az:eu-west-1c',
      'HLT003 < CUS001/az:eu-west-1c',
    ]);
  });

  it('leaves a crash on another node to itself', async () => {
    const world = brokenZone().node('a2', { home: 'subnet-na', maxPods: 110, node: { ready: 'True' } });
    const findings = (
      await analysisOf(
        broken(world, {
          cni: cni({
            env: customSections.env,
            pods: ['a2', 'c1'].map((n) => ({
              name: `aws-node-${n}`,
              node: n,
              ready: false,
              phase: 'Running',
              restarts: 9,
              exitCode: 1,
            })),
          }),
        }),
      )
    ).findings;
    const crashes = findings.filter((f) => f.code === 'HLT002');
    expect(crashes.map((f) => [f.scope.nodes, f.causedBy ?? null]).sort()).toEqual([
      [['a2'], null],
      [['c1'], 'CUS001/az:eu-west-1c'],
    ]);
  });

  it('tells each waiting pod once: no HLT001 beside a cause that names it', async () => {
    for (const of of [cus001.fires[0]!.of, max001.fires[1]!.of, pfx001.fires[0]!.of]) {
      const { findings } = await analysisOf(of);
      expect(findings.filter((f) => f.code === 'HLT001')).toEqual([]);
      const pods = findings.filter((f) => !f.causedBy).flatMap((f) => f.scope.pods ?? []);
      expect(pods.length).toBeGreaterThan(0);
      expect(new Set(pods).size).toBe(pods.length);
    }
  });

  it('keeps HLT001 for pods whose cause could not be evaluated', async () => {
    const { findings, coverage } = await analysisOf({
      ...pfx001.fires[0]!.of,
      subnets: denied('ec2:DescribeSubnets'),
    });
    expect(findings.filter((f) => f.code === 'HLT001').flatMap((f) => f.scope.pods)).toEqual(['shop/late']);
    expect(coverage.notEvaluated.map((n) => n.code)).toContain('PFX001');
  });

  it('keeps HLT001 for a pod that no cause explains, beside one that has a cause', async () => {
    const world = brokenZone().waiting('odd', 'a1');
    const { findings } = await analysisOf(broken(world));
    expect(findings.filter((f) => f.code === 'HLT001').map((f) => f.scope.pods)).toEqual([['shop/odd']]);
  });
});

describe('coverage', () => {
  it('adds up to the registry in every case', async () => {
    for (const { fires } of Object.values(CASES)) {
      const { coverage: c } = await analysisOf(fires[0]!.of);
      expect(c.passed + c.failed + c.notApplicable + c.notEvaluated.length + c.suppressed).toBe(CHECKS.length);
    }
  });

  it('passes a cluster in order without a word', async () => {
    const { findings, coverage } = await analysisOf(plain().snapshot());
    expect(findings).toEqual([]);
    expect(coverage.notEvaluated).toEqual([]);
  });
});

describe('pods of a node whose subnets are all full', () => {
  it('are told once, with the subnet that ipamd tries first', async () => {
    const tags = { 'kubernetes.io/role/cni': '1' };
    const of = new World()
      .subnet('subnet-0a', '10.0.0.0/27', 'eu-west-1a')
      .subnet('subnet-0t', '10.0.0.32/27', 'eu-west-1a', { tags })
      .node('n1', { home: 'subnet-0a', primary: 9, running: 9, waiting: 2 })
      .foreign('eni-x', 'subnet-0a', 14)
      .foreign('eni-y', 'subnet-0t', 25)
      .snapshot({ addons: [addon()] });
    const { findings } = await analysisOf(of);
    const named = findings.filter((f) => f.code === 'SUB001').map((f) => [f.id, f.scope.pods]);
    expect(named).toEqual([
      ['SUB001:subnet-0a', ['shop/wait-n1-0', 'shop/wait-n1-1']],
      ['SUB001:subnet-0t', []],
    ]);
    expect(findings.some((f) => f.code === 'HLT001')).toBe(false);
  });
});
