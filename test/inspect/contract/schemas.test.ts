import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MaxPodsItem } from '../../../src/calc/maxpods/index.ts';
import { PAIRS } from '../../../src/calc/patterns.ts';
import type { Comparison, TimelineStep } from '../../../src/calc/pod-timeline/index.ts';
import * as explain from '../../../src/commands/explain.ts';
import * as maxpods from '../../../src/commands/maxpods.ts';
import * as permissions from '../../../src/commands/permissions.ts';
import * as simulate from '../../../src/commands/simulate.ts';
import * as subnets from '../../../src/commands/subnets.ts';
import * as why from '../../../src/commands/why.ts';
import { CHECK_CODES } from '../../../src/inspect/checks/index.ts';
import { REPORT_KINDS, type ReportKind, type Reports } from '../../../src/inspect/contract/kinds.ts';
import type { maxPodsItemSchema } from '../../../src/inspect/contract/max-pods.ts';
import { SCHEMAS } from '../../../src/inspect/contract/schemas.ts';
import type {
  ComparedSettings,
  SimulatedSettings,
  timelineStepSchema,
} from '../../../src/inspect/contract/simulation.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { parseScenario } from '../../../src/inspect/projection/scenarios/index.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { buildPlan } from '../../../src/inspect/report/plan/build.ts';
import { judgeGate } from '../../../src/inspect/report/plan/gate.ts';
import { snapshotSummary } from '../../../src/inspect/report/snapshot-summary.ts';
import { type FakeIo, fakeIo } from '../../commands/fake-io.ts';
import { shop } from '../../support/shop.ts';
import { denied, runOf, snapshot } from '../../support/snapshot-builder.ts';

const TOOL = { name: 'vpccni', version: '0.0.0' };
const JSON_OUT = { output: ['json'] };

const fileOf = (kind: string) => `schema/${kind.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()}.schema.json`;

async function printed(run: (io: FakeIo) => Promise<number>, stdin = ''): Promise<unknown> {
  const io = fakeIo({ stdin });
  expect(await run(io)).toBe(0);
  return JSON.parse(io.out());
}

const inspected = async (of: ReturnType<typeof snapshot>) => buildInspection(await runOf(of), DEFAULT_POLICY, TOOL);
const ipamd = (flags: Parameters<typeof simulate.run>[1]) => (io: FakeIo) =>
  simulate.run(io, { ...JSON_OUT, ...flags });

const GATE_RULES = { failOn: 'error', allowIncomplete: false } as const;
const planned = async (of: ReturnType<typeof snapshot>) => {
  const scenarios = [parseScenario('today'), parseScenario('nodes=+3', { instanceType: 'm5.large' })];
  return buildPlan(await runOf(of), { scenarios, pairs: PAIRS }, DEFAULT_POLICY, TOOL);
};

const DEMO_NODE = 'ip-10-40-2-249.eu-west-1.compute.internal';

/** Real answers of every kind: whole ones, and those in which as much as possible is unknown. */
const ANSWERS: { readonly [K in ReportKind]: Readonly<Record<string, () => Promise<unknown>>> } = {
  Inspection: {
    'a cluster with faults': () => inspected(shop()),
    nothing: () => inspected(snapshot()),
    'no Kubernetes': () => inspected(shop({ nodes: denied('nodes: list'), pods: denied('pods: list') })),
  },
  MaxPods: {
    'several types': () => printed((io) => maxpods.run(io, [], { ...JSON_OUT, instance: ['m5.large,t3.nano'] })),
    'all modes': () => printed((io) => maxpods.run(io, [], { ...JSON_OUT, instance: ['m7i.*'], allModes: true })),
    Windows: () => printed((io) => maxpods.run(io, [], { ...JSON_OUT, instance: ['m5.large'], windows: true })),
  },
  Plan: {
    'a cluster with faults': () => planned(shop()),
    nothing: () => planned(snapshot()),
    'no ENIs': () => planned(shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })),
  },
  Gate: {
    'a cluster with faults': async () => judgeGate(await planned(shop()), GATE_RULES),
    nothing: async () => judgeGate(await planned(snapshot()), GATE_RULES),
  },
  Simulation: {
    'a type': () =>
      printed(ipamd({ instance: 'm5.large', pods: '0,5,20', env: ['WARM_IP_TARGET=2', 'WARM_IP_TARGE=1'] })),
    IPv6: () =>
      printed(ipamd({ instance: 'm5.large', pods: '0,5', env: ['ENABLE_IPv6=true', 'ENABLE_PREFIX_DELEGATION=true'] })),
    'a comparison': () => printed(ipamd({ instance: 'm5.large', pods: '0,9', compare: ['WARM_IP_TARGET=2'] })),
    'a node of a cluster': () => printed(ipamd({ demo: true, node: DEMO_NODE, pods: '0,9' })),
    'a batch': () => printed(ipamd({ input: '-' }), JSON.stringify(oneOfEachKind())),
  },
  SnapshotSummary: {
    'a cluster': async () => snapshotSummary(shop(), TOOL),
    nothing: async () => snapshotSummary(snapshot(), TOOL),
  },
  Subnets: {
    'the demo': () => printed((io) => subnets.run(io, { ...JSON_OUT, demo: true })),
    'a block, a reservation and room to grow': () =>
      printed((io) =>
        subnets.run(io, {
          ...JSON_OUT,
          demo: true,
          subnet: ['subnet-b68817b2ec7b57c65'],
          block: '0',
          reserve: 1,
          grow: '/24',
        }),
      ),
  },
  Why: Object.fromEntries(
    ['pod/kube-system/ebs-csi-node-wc4s5', `node/${DEMO_NODE}`].map((subject) => [
      subject,
      () => printed((io) => why.run(io, subject, { ...JSON_OUT, demo: true })),
    ]),
  ),
  CheckList: { all: () => printed((io) => explain.run(io, undefined, JSON_OUT)) },
  Check: Object.fromEntries(CHECK_CODES.map((code) => [code, () => printed((io) => explain.run(io, code, JSON_OUT))])),
  Permissions: {
    bare: () => printed((io) => permissions.run(io, JSON_OUT)),
    whole: () =>
      printed((io) =>
        permissions.run(io, { ...JSON_OUT, cluster: 'prod', principal: 'arn:aws:iam::111122223333:role/sre' }),
      ),
  },
};

const CASE_KINDS = ['steady', 'after-churn', 'oscillation', 'capacity', 'ipv6', 'windows', 'trace'];

function oneOfEachKind(): readonly unknown[] {
  const cases: { kind: string }[] = JSON.parse(readFileSync('test/vectors/steady-state.json', 'utf8'));
  return CASE_KINDS.flatMap((kind) => cases.find((each) => each.kind === kind) ?? []);
}

const cases = REPORT_KINDS.flatMap((kind) =>
  Object.entries(ANSWERS[kind]).map(([what, answer]) => ({ kind, what, answer })),
);

describe('reports', () => {
  it.each(cases)('of kind $kind ($what) are what their schema says, with no field more', async ({ kind, answer }) => {
    const report = JSON.parse(JSON.stringify(await answer()));
    expect(v.parse(SCHEMAS[kind], report)).toEqual(report);
    const valid = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(fileOf(kind), 'utf8')));
    expect(valid(report), JSON.stringify(valid.errors)).toBe(true);
  });

  it('have types inferred from the schemas, and those of the arithmetic agree', () => {
    expectTypeOf<v.InferOutput<typeof maxPodsItemSchema>>().toEqualTypeOf<MaxPodsItem>();
    expectTypeOf<v.InferOutput<typeof timelineStepSchema>>().toEqualTypeOf<TimelineStep>();
    expectTypeOf<Omit<ComparedSettings, 'label' | 'settings'>>().toEqualTypeOf<Comparison>();
    expectTypeOf<ComparedSettings['settings']>().toEqualTypeOf<SimulatedSettings>();
    expectTypeOf<{ [K in ReportKind]: Reports[K]['kind'] }>().toExtend<Readonly<Record<ReportKind, string>>>();
  });
});

describe('the shipped schemas', () => {
  it('are up to date', () => {
    expect(() =>
      execFileSync(process.execPath, ['scripts/build-schemas.mjs', '--check'], { stdio: 'pipe' }),
    ).not.toThrow();
  });

  it('are one a kind of report, the snapshot, and the configuration', () => {
    const files = [
      ...REPORT_KINDS.map(fileOf),
      'schema/cluster-snapshot.schema.json',
      'schema/configuration.schema.json',
    ];
    expect(
      readdirSync('schema')
        .map((file) => `schema/${file}`)
        .sort(),
    ).toEqual(files.sort());
  });

  it('write each shape once', () => {
    const { properties, $defs } = JSON.parse(readFileSync('schema/inspection.schema.json', 'utf8'));
    expect(properties.findings.items).toEqual({ $ref: '#/$defs/Finding' });
    expect($defs.Finding.properties.fixes.items).toEqual({ $ref: '#/$defs/Fix' });
  });
});
