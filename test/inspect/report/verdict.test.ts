import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../src/inspect/analyze.ts';
import type { Finding } from '../../../src/inspect/contract/finding.ts';
import type { Coverage, NotEvaluated } from '../../../src/inspect/contract/report.ts';
import { verdictOf } from '../../../src/inspect/report/verdict.ts';
import { waitingPods } from '../../../src/inspect/report/waiting-pods.ts';
import { ago, denied, type GivenSections, node, pod, runOf, snapshot } from '../../support/snapshot-builder.ts';

function finding(part: Partial<Finding> & { readonly code: string }): Finding {
  return {
    id: `${part.code}:x`,
    longCode: part.code,
    severity: 'error',
    confidence: 'derived',
    title: `Title of ${part.code}`,
    message: `message of ${part.code}`,
    grain: 'cluster',
    resources: [],
    resourcesTotal: 0,
    scope: {},
    evidence: {},
    fixes: [],
    explains: ['HLT001'],
    caveats: [],
    ...part,
  };
}

function notEvaluated(part: Partial<NotEvaluated> = {}): NotEvaluated {
  return {
    code: 'PFX001',
    title: 't',
    permissions: ['ec2:X'],
    reasons: ['denied'],
    severity: 'error',
    byChoice: false,
    ...part,
  };
}

function analysis(findings: readonly Finding[], coverage: Partial<Coverage> = {}): Analysis {
  return {
    findings,
    suppressed: [],
    coverage: { passed: 5, failed: 0, notApplicable: 0, notEvaluated: [], suppressed: 0, ...coverage },
  };
}

/** Pods waiting for so many minutes, by name, on the node given. */
function waiting(pods: Readonly<Record<string, readonly [string, number]>>): GivenSections {
  return {
    nodes: [node({ name: 'n1' }), node({ name: 'n2', zone: 'eu-west-1b' })],
    pods: Object.entries(pods).map(([name, [at, minutes]]) =>
      pod({ name, node: at, phase: 'Pending', waiting: true, createdAt: ago(minutes * 60) }),
    ),
  };
}

async function verdict(of: GivenSections, result: Analysis) {
  const run = await runOf(snapshot(of));
  return verdictOf(run, result, waitingPods(run, result.findings));
}

describe('the verdict on waiting pods', () => {
  it('counts each pod once, most pods first', async () => {
    const v = await verdict(
      waiting({ a: ['n1', 23], b: ['n1', 5], c: ['n2', 9] }),
      analysis([
        finding({ code: 'PFX001', grain: 'subnet', scope: { nodes: ['n1'] } }),
        finding({ code: 'MAX001', scope: { nodes: ['n1', 'n2'], pods: ['default/c'] } }),
      ]),
    );
    expect(v).toEqual({
      severity: 'error',
      text: '3 pods have no address (oldest 23 min): 2 no free /28 in eu-west-1a (PFX001), 1 on full nodes (MAX001)',
      stuckPods: 3,
      causes: [
        { code: 'PFX001', pods: 2, text: 'no free /28 in eu-west-1a' },
        { code: 'MAX001', pods: 1, text: 'on full nodes' },
      ],
    });
  });

  it('hands pods of a folded symptom to its cause', async () => {
    const symptom = finding({ code: 'MAX001', scope: { pods: ['default/a'] }, causedBy: 'CUS001:x' });
    const v = await verdict(waiting({ a: ['n1', 3] }), analysis([symptom, finding({ code: 'CUS001', grain: 'zone' })]));
    expect(v.text).toBe('1 pod has no address (3 min): no ENIConfig in eu-west-1a (CUS001)');
  });

  it('still knows a cause that the user suppressed', async () => {
    const run = await runOf(snapshot(waiting({ a: ['n1', 3] })));
    const suppressed = [finding({ code: 'PFX001', grain: 'subnet', scope: { nodes: ['n1'] } })];
    const pods = waitingPods(run, suppressed);
    expect(verdictOf(run, { ...analysis([]), suppressed }, pods).text).toBe(
      '1 pod has no address (3 min): no free /28 in eu-west-1a (PFX001, suppressed)',
    );
  });

  it('says where no cause is known', async () => {
    const other = finding({ code: 'SUB004', scope: { nodes: ['n1'] }, explains: [] });
    const v = await verdict(waiting({ a: ['n1', 3], b: ['n2', 4] }), analysis([other]));
    expect(v.text).toBe('2 pods have no address (oldest 4 min): no cause established');
    expect(v.causes).toEqual([{ code: null, pods: 2, text: 'no cause established' }]);
  });
});

describe('the verdict where no pod waits', () => {
  it('is the gravest finding and how much else there is', async () => {
    const others = ['warning', 'warning', 'error'].map((severity, i) =>
      finding({ code: `AAA00${i}`, severity: severity as Finding['severity'] }),
    );
    const v = await verdict({ pods: [] }, analysis([finding({ code: 'SUB001' }), ...others]));
    expect(v).toMatchObject({
      severity: 'error',
      stuckPods: 0,
      text: 'message of SUB001 (SUB001); 1 more error, 2 warnings',
    });
  });

  it('is OK only where everything grave was evaluated', async () => {
    expect(await verdict({ pods: [] }, analysis([]))).toMatchObject({
      severity: 'ok',
      text: 'No errors or warnings: 5 checks passed',
    });
    const minor = analysis([finding({ code: 'SUB005', severity: 'info' })], {
      notEvaluated: [notEvaluated({ severity: 'info' })],
    });
    expect(await verdict({ pods: [] }, minor)).toMatchObject({
      severity: 'ok',
      text: 'No errors or warnings: 5 checks passed, 1 not evaluated',
    });
    expect(await verdict({ pods: [] }, analysis([], { notEvaluated: [notEvaluated()] }))).toMatchObject({
      severity: 'unknown',
      text: 'Nothing wrong in what could be read; 1 of 6 checks could not be evaluated',
    });
  });

  it('is never OK where pods could not be read', async () => {
    const v = await verdict({ pods: denied('pods: list') }, analysis([]));
    expect(v).toMatchObject({
      severity: 'unknown',
      stuckPods: null,
      text: 'Nothing wrong in what could be read; whether pods wait for an address is unknown (needs pods: list)',
    });
    const found = await verdict({ pods: denied('pods: list') }, analysis([finding({ code: 'SUB001' })]));
    expect(found.text).toBe(
      'message of SUB001 (SUB001); whether pods wait for an address is unknown (needs pods: list)',
    );
  });

  it('tells nothing from nothing', async () => {
    const v = await verdict({}, analysis([], { passed: 0, notEvaluated: [notEvaluated()] }));
    expect(v).toMatchObject({
      severity: 'unknown',
      text: 'Nothing could be evaluated: neither faults nor health can be told',
    });
  });
});
