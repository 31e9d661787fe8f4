/** The bundled demo is a snapshot of this rig: taken anew, it tells the same story. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { inspect } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');

describe.skipIf(missing)(`the demo${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ say: console.error });
  });
  afterAll(() => rig?.stop());

  it('is what a snapshot of shop-prod shows', async () => {
    const args = ['bin/vpccni.js', 'inspect', '--demo', '-o', 'json'];
    const demo: Inspection = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 }));
    expect(story(demo)).toEqual(story(await inspect(rig)));
  });
});

/** What does not depend on the ids a build happens to get. */
function story(r: Inspection) {
  return {
    findings: r.findings.map((f) => [f.code, f.subReason, f.severity, f.resourcesTotal, f.fixes.length]).sort(),
    coverage: r.coverage,
    pods: r.cluster.pods,
    nodes: r.nodes?.map((n) => [n.instanceType, n.group, n.demand, n.held, n.stuckPods]).sort(),
    subnets: r.subnets?.map((s) => [s.cidr, s.addresses, s.blocks]).sort(),
    capacity: r.capacity.map((c) => [c.pattern, c.mode, c.clusterPods, c.addresses, c.blocks]),
  };
}
