import { describe, expect, it } from 'vitest';
import { Analyst } from '../../../../src/inspect/analyze.ts';
import type { Check } from '../../../../src/inspect/checks/define-check.ts';
import { CHECKS } from '../../../../src/inspect/checks/index.ts';
import { stuckPods } from '../../../../src/inspect/facts/stuck-pods.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { Causes } from '../../../../src/inspect/report/why/cause.ts';
import { runOf } from '../../../support/snapshot-builder.ts';
import { CASES } from '../../checks/cases/index.ts';

describe('the cause of a subject, looked for among the checks that can account for it', () => {
  it.each(Object.entries(CASES))('is that of a run of all checks in the cases of %s', async (_, { fires }) => {
    for (const { name, of } of fires) {
      const run = await runOf(of);
      const analyst = new Analyst(run, DEFAULT_POLICY);
      const all = analyst.judge(CHECKS);
      const full = new Causes({ run, judge: () => all, worstOf: () => 'error' });
      const findings = [...all.findings, ...all.suppressed];
      const named = (kind: 'pods' | 'nodes') => findings.flatMap((f) => f.scope[kind] ?? []);
      const pods = new Set([...(run.valueOf(stuckPods)?.map((p) => p.pod) ?? []), ...named('pods')]);
      const enis = new Set(findings.flatMap((f) => f.resources.flatMap((r) => (r.kind === 'eni' ? [r.id] : []))));
      const lazily = () => new Causes(new Analyst(run, DEFAULT_POLICY));
      for (const pod of pods) expect([name, pod, lazily().ofPod(pod)]).toEqual([name, pod, full.ofPod(pod)]);
      for (const eni of enis) expect([name, eni, lazily().ofEni(eni)]).toEqual([name, eni, full.ofEni(eni)]);
      for (const node of new Set(named('nodes')))
        expect([name, node, lazily().ofNode(node)]).toEqual([name, node, full.ofNode(node)]);
    }
  });

  it('leaves out the checks that cannot account for a pod on a full node', async () => {
    const [sample] = CASES.MAX001.fires.filter((c) => c.want.some((w) => w.waiting?.length));
    const run = await runOf(sample!.of);
    const ran: (readonly Check[])[] = [];
    const analyst = new Analyst(run, DEFAULT_POLICY);
    const judge = (checks: readonly Check[]) => {
      ran.push(checks);
      return analyst.judge(checks);
    };
    const causes = new Causes({ run, judge, worstOf: (c) => analyst.worstOf(c) });
    expect(causes.ofPod(run.valueOf(stuckPods)![0]!.pod)?.code).toBe('MAX001');
    expect(ran).toHaveLength(1);
    expect(ran[0]!.length).toBeLessThan(CHECKS.length / 3);
  });
});
