import { execFileSync } from 'node:child_process';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { inspectionSchema } from '../../../src/inspect/contract/inspection-schema.ts';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { shop } from '../../support/shop.ts';
import { denied, runOf, snapshot } from '../../support/snapshot-builder.ts';

const TOOL = { name: 'vpccni', version: '0.0.0' };

describe('the schema of the inspection', () => {
  it('says what the types say', () => {
    expectTypeOf<v.InferOutput<typeof inspectionSchema>>().toEqualTypeOf<Inspection>();
  });

  it.each([
    ['of a cluster with faults', shop()],
    ['of a snapshot without anything', snapshot()],
    ['of a snapshot without Kubernetes', shop({ nodes: denied('nodes: list'), pods: denied('pods: list') })],
  ])('holds every field of a report %s', async (_, of) => {
    const report = buildInspection(await runOf(of), DEFAULT_POLICY, TOOL);
    expect(v.parse(inspectionSchema, JSON.parse(JSON.stringify(report)))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  it('is shipped as it is', () => {
    expect(() =>
      execFileSync(process.execPath, ['scripts/build-schemas.mjs', '--check'], { stdio: 'pipe' }),
    ).not.toThrow();
  });
});
