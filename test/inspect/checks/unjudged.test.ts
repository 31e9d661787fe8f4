import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/inspect/analyze.ts';
import { CHECKS } from '../../../src/inspect/checks/index.ts';
import { stuckCauses } from '../../../src/inspect/facts/stuck-causes.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import type { Gap } from '../../../src/inspect/snapshot/section.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import { cni, denied, partial, runOf } from '../../support/snapshot-builder.ts';
import { CASES } from './cases/index.ts';
import { max001 } from './cases/pfx-max.ts';
import { custom, customSections, plain } from './cases/worlds.ts';
import { World } from './world.ts';

async function analysisOf(of: ClusterSnapshot) {
  return analyze(await runOf(of), DEFAULT_POLICY);
}

async function notEvaluated(of: ClusterSnapshot, code: string) {
  return (await analysisOf(of)).coverage.notEvaluated.find((n) => n.code === code);
}

const unknownType = (world: World) =>
  world.node('odd', { type: 'zz9.huge', home: 'subnet-0a', primary: 3, running: 3, maxPods: 110 });

describe('a check that could not judge some of its objects', () => {
  it('is not counted as passed, and says how many and why', async () => {
    const alone = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a');
    expect(await notEvaluated(unknownType(alone).snapshot(), 'MAX001')).toMatchObject({
      unjudged: { count: 1, of: 1, what: 'node' },
      reasons: ['nothing is known of instance type zz9.huge'],
    });
    expect(await notEvaluated(unknownType(plain()).snapshot(), 'MAX001')).toMatchObject({
      unjudged: { count: 1, of: 3, what: 'node' },
    });
  });

  it('names the permission that would tell', async () => {
    const of = unknownType(plain()).snapshot();
    const n = await notEvaluated({ ...of, instanceTypes: denied('ec2:DescribeInstanceTypes') }, 'MAX001');
    expect(n).toMatchObject({ permissions: ['ec2:DescribeInstanceTypes'] });
  });

  it('tells it as a caveat where the others gave a finding', async () => {
    const { nodes, ...rest } = max001.fires[0]!.of;
    if (nodes.status !== 'ok') throw new Error(nodes.status);
    const [first] = nodes.data;
    const odd = {
      ...first!,
      name: 'odd',
      instanceId: undefined,
      labels: { 'node.kubernetes.io/instance-type': 'zz9.huge' },
    };
    const { findings } = await analysisOf({ ...rest, nodes: { status: 'ok', data: [...nodes.data, odd] } });
    const found = findings.filter((f) => f.code === 'MAX001');
    expect(found.length).toBeGreaterThan(0);
    for (const f of found) expect(f.caveats.join()).toMatch(/1 of \d+ nodes could not be judged/);
  });
});

describe('a check that found nothing in a part', () => {
  it('SGP005 says why the service accounts a policy selects by their labels are not known', async () => {
    const fires = CASES.SGP005!.fires.find((f) => f.name === 'selected by the labels of its service account')!.of;
    const { securityGroupPolicies: section } = fires;
    if (section.status !== 'ok') throw new Error(section.status);
    const without = (unread?: Gap): ClusterSnapshot => ({
      ...fires,
      securityGroupPolicies: {
        status: 'ok',
        data: section.data.map((p) => ({
          ...p,
          serviceAccountSelector: { ...p.serviceAccountSelector!, selected: undefined, unread },
        })),
      },
    });
    const slow: Gap = { kind: 'timeout', reason: 'timeout: no answer within 60 s' };
    expect(await notEvaluated(without(slow), 'SGP005')).toMatchObject({ permissions: [], reasons: [slow.reason] });
    const denied: Gap = { kind: 'denied', permission: 'list serviceaccounts in shop', reason: 'forbidden' };
    expect(await notEvaluated(without(denied), 'SGP005')).toMatchObject({ permissions: [denied.permission] });
    // a file of a version that kept no reason
    expect(await notEvaluated(without(), 'SGP005')).toMatchObject({ permissions: ['list serviceaccounts'] });
  });

  it('SGP006 says that a policy with groups it cannot use may select pods by labels that were not read', async () => {
    const fires = CASES.SGP006!.fires.find((f) => f.name.startsWith('a group of another VPC'))!.of;
    const { securityGroupPolicies: section } = fires;
    if (section.status !== 'ok') throw new Error(section.status);
    const byLabels = { matchLabels: { team: 'a' }, matchExpressions: [], matchNames: [] };
    const told = async (over: Partial<ClusterSnapshot> = {}) => {
      const { findings } = await analysisOf({
        ...fires,
        securityGroupPolicies: {
          status: 'ok',
          data: section.data.map((p) => ({ ...p, podSelector: undefined, serviceAccountSelector: byLabels })),
        },
        ...over,
      });
      const [found] = findings.filter((f) => f.code === 'SGP006');
      return [found?.severity, found?.caveats.join()];
    };
    const unjudged = /^\d+ of \d+ pods could not be judged,list serviceaccounts/;
    expect(await told()).toEqual(['info', expect.stringMatching(unjudged)]);
    // nodes of Auto Mode give no pod a branch ENI: a policy is nothing to theirs
    if (fires.nodes.status !== 'ok') throw new Error(fires.nodes.status);
    const auto = fires.nodes.data.map((n) => ({
      ...n,
      labels: { ...n.labels, 'eks.amazonaws.com/compute-type': 'auto' },
    }));
    const ours = { ...fires.nodes.data[0]!, name: 'n9', instanceId: 'i-n9' };
    expect(await told({ nodes: { status: 'ok', data: [...auto, ours] } })).toEqual([
      'info',
      expect.not.stringMatching(unjudged),
    ]);
  });

  it('HLT002 has not passed where the pods of aws-node were not read', async () => {
    const of = plain().snapshot({ cni: partial(cni({ pods: [] }), 'list pods in kube-system') });
    expect(await notEvaluated(of, 'HLT002')).toMatchObject({ permissions: ['list pods in kube-system'] });
  });

  it('PFX001 and PFX002 have not passed where it is not known in which subnets pods live', async () => {
    const of = { ...custom().snapshot(customSections), cni: denied('list daemonsets.apps') };
    for (const code of ['PFX001', 'PFX002'])
      expect(await notEvaluated(of, code)).toMatchObject({ permissions: ['list daemonsets.apps'] });
  });
});

describe('what one more node needs', () => {
  it('does not depend on pods', async () => {
    const of = plain().hide('subnet-0a', 231).snapshot();
    const need = async (s: ClusterSnapshot) =>
      (await analysisOf(s)).findings.find((f) => f.code === 'SUB001')?.evidence.neededByOneNode;
    expect(await need(of)).toBeGreaterThan(1);
    expect(await need({ ...of, pods: denied('list pods') })).toBe(await need(of));
  });

  it('is said to be unknown where nothing is known of the nodes', async () => {
    const of = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a');
    const { findings } = await analysisOf(unknownType(of).hide('subnet-0a', 250).snapshot());
    const found = findings.find((f) => f.code === 'SUB001');
    expect(found?.evidence.neededByOneNode).toBeNull();
    expect(found?.message).toContain('what one more node needs is not known');
  });
});

describe('the cause of a waiting pod', () => {
  const rows = Object.entries(CASES).flatMap(([code, { fires, quiet }]) =>
    [...fires, ...quiet].map((row) => [`${code}: ${row.name}`, row.of] as const),
  );

  it.each(rows)('is reported by its check: %s', async (_, of) => {
    const run = await runOf(of);
    const { findings, suppressed } = analyze(run, DEFAULT_POLICY);
    for (const [pod, cause] of run.valueOf(stuckCauses) ?? []) {
      const codes = CHECKS.filter((c) => c.accountsFor.includes(cause)).map((c) => c.code);
      const told = [...findings, ...suppressed].filter((f) => codes.includes(f.code));
      expect(told.flatMap((f) => f.scope.pods ?? [])).toContain(pod);
    }
  });
});
