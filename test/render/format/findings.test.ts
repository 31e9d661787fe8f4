import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding, Severity } from '../../../src/inspect/contract/finding.ts';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { render } from '../../../src/render/format/index.ts';
import { inspectView } from '../../../src/render/view/inspect.ts';
import { junitErrors, sarifErrors } from '../../support/published-schemas.ts';
import { shop } from '../../support/shop.ts';
import { runOf } from '../../support/snapshot-builder.ts';

const HOSTILE = 'x"]]><!--&%0A::error::\u001b[2J\ud800\n::stop-commands::t,a=b:c';

/** The copy of Ant's schema is older than its skipped tests. */
function allJudged(report: Inspection): Inspection {
  return { ...report, coverage: { ...report.coverage, notEvaluated: [] } };
}

function finding(i: number, severity: Severity, more: Partial<Finding> = {}): Finding {
  return {
    id: `SUB001:subnet-${i}`,
    code: 'SUB001',
    longCode: 'VPCCNI-SUB-001',
    severity,
    confidence: 'observed',
    title: 'Subnet is full',
    message: `subnet-${i} has no address`,
    grain: 'subnet',
    resources: [{ kind: 'subnet', id: `subnet-${i}` }],
    resourcesTotal: 1,
    scope: {},
    evidence: {},
    fixes: [{ title: 'Free some', commands: ['aws ec2 describe-subnets'], changes: 'nothing', effect: 'immediate' }],
    explains: [],
    caveats: [],
    ...more,
  };
}

let demo: Inspection;
beforeAll(async () => {
  demo = buildInspection(await runOf(shop()), DEFAULT_POLICY, { name: 'vpccni', version: '1.2.3' });
});

const hostile = (): Inspection => ({
  ...demo,
  cluster: { ...demo.cluster, name: HOSTILE },
  findings: [
    finding(0, 'error', { title: HOSTILE, message: HOSTILE, resources: [{ kind: 'pod', id: HOSTILE, name: HOSTILE }] }),
    finding(1, 'info', { id: HOSTILE, caveats: [HOSTILE] }),
  ],
  coverage: {
    ...demo.coverage,
    notEvaluated: [
      {
        code: 'SUB002',
        title: HOSTILE,
        permissions: ['ec2:X'],
        reasons: [HOSTILE],
        severity: 'error',
        byChoice: false,
      },
    ],
  },
});

function write(format: string, report: Inspection, artifact?: string) {
  const options = {
    color: false,
    ascii: false,
    width: 100,
    headers: true,
    now: Date.parse('2026-11-26T09:00:00Z'),
    invocation: 'vpccni inspect',
  };
  return render(format, { report, view: inspectView, artifact }, options);
}

const none = (): Inspection => ({ ...demo, findings: [] });

describe('JUnit', () => {
  it.each([
    ['a broken cluster', () => allJudged(demo)],
    ['a calm one', () => allJudged(none())],
    ['hostile names', () => allJudged(hostile())],
  ])("is valid by Ant's schema for %s", async (_, report) =>
    expect(await junitErrors((await write('junit', report())).text, 'JUnit.xsd')).toEqual([]),
  );

  it.each([
    ['a broken cluster', () => demo],
    ['a calm one', none],
    ['hostile names', hostile],
  ])("is valid by Jenkins' schema for %s", async (_, report) =>
    expect(await junitErrors((await write('junit', report())).text, 'jenkins-junit.xsd')).toEqual([]),
  );

  it('is told apart from what is not valid', async () => {
    const { text } = await write('junit', allJudged(demo));
    expect(await junitErrors(text.replace(' hostname="localhost"', ''), 'JUnit.xsd')).not.toEqual([]);
    expect(await junitErrors(text.replaceAll('failure', 'failing'), 'jenkins-junit.xsd')).not.toEqual([]);
  });

  it('fails what is an error or a warning, skips what could not be judged, and counts so', async () => {
    const findings = [finding(0, 'error'), finding(1, 'warning'), finding(2, 'info')];
    const { text } = await write('junit', { ...hostile(), findings });
    expect(text).toContain('tests="5" failures="2" errors="0" skipped="1"');
    expect(text.match(/<failure /g)).toHaveLength(2);
    expect(text).toContain('<testcase name="SUB001:subnet-2" classname="vpccni.SUB001" time="0"/>');
    expect(text).toContain('SUB001:subnet-2: subnet-2 has no address');
  });

  it('has a test that passes where nothing was found', async () => {
    expect((await write('junit', none())).text).toContain(
      '<testcase name="checks" classname="vpccni.checks" time="0"/>',
    );
  });
});

describe('annotations of GitHub Actions', () => {
  it('end each on its line, whatever names hold', async () => {
    const { text } = await write('github', hostile(), 'snap,shots/a:b.json');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatch(/^::(error|warning|notice) title=[^,:]*,file=snap%2Cshots\/a%3Ab\.json,line=1::/);
      expect(line).not.toMatch(/\u001b|\r/);
    }
    expect(lines[1]).toContain('%250A');
  });

  it('are at most ten errors and ten warnings, causes first; the summary has them all', async () => {
    const findings = [
      ...Array.from({ length: 14 }, (_, i) => finding(i, 'error', i < 5 ? { causedBy: 'CUS001:x' } : {})),
      ...Array.from({ length: 12 }, (_, i) => finding(100 + i, 'warning')),
    ];
    const { text, jobSummary } = await write('github', { ...hostile(), findings });
    expect(text.match(/^::error /gm)).toHaveLength(10);
    expect(text.match(/^::warning /gm)).toHaveLength(10);
    expect(text).toContain('subnet-13 has no address');
    expect(text).not.toContain('subnet-4 has no address');
    expect(text).toMatch(/\n7 more in the job summary\n$/);
    for (const { message } of findings) expect(jobSummary).toContain(message);
  });
});

describe('SARIF', () => {
  it.each([
    ['a broken cluster', () => demo],
    ['a calm one', none],
    ['hostile names', hostile],
  ])('is valid by the published schema for %s', async (_, report) => {
    expect(sarifErrors((await write('sarif', report())).text)).toEqual([]);
  });

  it('lays every result into a file, with the resources as logical locations', async () => {
    const { text } = await write('sarif', hostile(), './snap shots/prod.json.gz');
    const { results } = JSON.parse(text).runs[0];
    expect(results).toHaveLength(2);
    for (const { locations } of results)
      expect(locations[0].physicalLocation).toEqual({
        artifactLocation: { uri: 'snap%20shots/prod.json.gz' },
        region: { startLine: 1 },
      });
    expect(results[1].locations[0].logicalLocations).toEqual([
      { name: 'subnet-1', fullyQualifiedName: 'subnet/subnet-1', kind: 'resource' },
    ]);
    const live = JSON.parse((await write('sarif', demo)).text).runs[0].results;
    expect(live[0].locations[0].physicalLocation.artifactLocation.uri).toBe('.vpccni.yaml');
  });

  it('names absolute files by the file scheme, and says what was not evaluated', async () => {
    const [run] = JSON.parse((await write('sarif', hostile(), '/tmp/a b.json')).text).runs;
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('file:///tmp/a%20b.json');
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toContain('needs ec2:X');
  });
});
