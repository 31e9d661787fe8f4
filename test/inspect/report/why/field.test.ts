/** Stories of the field's clusters, taken from real servers: every subject in trouble has its cause and what to type, on one screen. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../src/calc/catalog/index.ts';
import type { Why } from '../../../../src/inspect/contract/why.ts';
import { Run } from '../../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { buildInspection } from '../../../../src/inspect/report/inspection.ts';
import { podsOf } from '../../../../src/inspect/snapshot/pods.ts';
import { type ClusterSnapshot, parseSnapshot } from '../../../../src/inspect/snapshot.ts';
import { writeText } from '../../../../src/render/format/table.ts';
import { whyView } from '../../../../src/render/view/why.ts';
import { FIELD } from '../../../rig/scenarios/field/index.ts';
import { tell } from './tell.ts';

const catalog = await loadCatalog();

function captured(name: string): ClusterSnapshot {
  const file = new URL(`../../../fixtures/scenarios/${name}.json.gz`, import.meta.url);
  return parseSnapshot(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
}

const runs = new Map<string, Run>();

function runOver(name: string): Run {
  const run = runs.get(name) ?? new Run(captured(name), catalog);
  runs.set(name, run);
  return run;
}

/** What a terminal of 80×24 shows once the report has run through. */
async function lastScreen(why: Why): Promise<string> {
  const options = { width: 80, color: false, ascii: false, headers: true, now: 0, invocation: '' };
  const text = await writeText(whyView(why, { wide: false }), options, false);
  return text.trimEnd().split('\n').slice(-23).join('\n');
}

const squeezed = (text: string) => text.replace(/\s+/g, ' ');

describe.each(FIELD.map((s) => s.name))('%s', (name) => {
  const run = runOver(name);
  const { pods, nodes } = run.snapshot;
  const all = 'data' in pods ? podsOf(pods.data) : [];

  it('tells of every waiting pod what inspect tells', () => {
    const report = buildInspection(run, DEFAULT_POLICY, { name: 'vpccni', version: '0.0.0' });
    for (const { pod, cause } of report.waitingPods ?? [])
      expect([pod, tell(run, `pod/${pod}`).cause?.findingId ?? null]).toEqual([pod, cause]);
  });

  it('has a cause and something to type for every subject in trouble, and ends with it', async () => {
    const troubled = all.filter((p) => p.phase !== 'Running' || p.unready || p.owner === 'DaemonSet/aws-node');
    const subjects = [
      ...troubled.map((p) => `pod/${p.namespace}/${p.name}`),
      ...('data' in nodes ? nodes.data.map((n) => `node/${n.name}`) : []),
    ];
    for (const subject of subjects) {
      const why = tell(run, subject);
      if (why.state !== 'stuck') continue;
      expect([subject, why.cause !== null, why.fixes.length > 0]).toEqual([subject, true, true]);
      expect(
        why.fixes.every((f) => f.commands.length > 0 || f.changes !== ''),
        subject,
      ).toBe(true);
      const screen = squeezed(await lastScreen(why));
      expect(screen, subject).toContain(squeezed(why.summary).slice(0, 60));
      expect(screen, subject).toContain(`→ ${why.fixes[0]!.title}`);
    }
  });
});

describe('who keeps a pod from having an address', () => {
  it.each([
    ['branch-no-trunk', 'shop/ledger-2', 'SGP003', /drain/],
    ['controller-refused', 'shop/ledger-1', 'IAM001', /attach-role-policy --role-name controller-refused-cluster/],
    ['windows-off', 'shop/iis-1', 'PLT005', /enable-windows-ipam/],
    ['too-many-pods', 'shop/web-x1', 'MAX005', /desiredSize=3/],
    ['max-pods-karpenter', 'shop/web-b8evboedy-92bzc', 'MAX004', /cordon/],
    ['policy-group-deleted', 'shop/ledger-1', 'SGP006', /describe-security-groups/],
  ])('%s: %s hangs on %s', (name, pod, code, types) => {
    const why = tell(runOver(name), `pod/${pod}`);
    expect([why.state, why.cause?.code, why.cause?.network]).toEqual(['stuck', code, true]);
    expect(why.fixes.flatMap((f) => f.commands).join('\n')).toMatch(types);
  });

  it('is named for a node by what holds its pods up', () => {
    const { nodes } = runOver('volumes').snapshot;
    const told = ('data' in nodes ? nodes.data : []).map((n) => tell(runOver('volumes'), `node/${n.name}`));
    const stuck = told.filter((w) => w.state === 'stuck');
    expect(stuck.map((w) => [w.cause?.network, w.summary.replace(/^.*?: /, '')])).toEqual([
      [false, expect.stringMatching(/^of \d+ pods 1 stuck, .*not the network: the volume/)],
      [false, expect.stringMatching(/^of \d+ pods 1 stuck, .*not the network: the volume/)],
    ]);
  });

  it('is the VPC resource controller where AWS refuses it a trunk, and not aws-node', () => {
    const { nodes } = runOver('controller-refused').snapshot;
    const [first] = 'data' in nodes ? nodes.data : [];
    const { chain } = tell(runOver('controller-refused'), `node/${first!.name}`);
    const step = (name: string) => chain.find((l) => l.step === name);
    expect(step('aws-node')?.status).toBe('ok');
    expect(step('trunk')?.statement).toMatch(
      /^the node has no trunk ENI: AWS refuses ec2:CreateNetworkInterface to the VPC resource controller \(6 times/,
    );
  });

  it('is asked of aws-node for its own pod, in the list of a workload too', () => {
    const why = tell(runOver('aws-node-killed'), 'ds/kube-system/aws-node');
    expect(why.pods?.filter((p) => p.state === 'stuck').map((p) => p.code)).toEqual(['HLT002']);
  });
});

describe('what a node holds', () => {
  it('is told in both modes where it changed', () => {
    const { nodes } = runOver('prefix-migration').snapshot;
    const told = ('data' in nodes ? nodes.data : []).flatMap((n) => tell(runOver('prefix-migration'), n.name).chain);
    const old = told.filter((l) => l.step === 'enis' && /besides/.test(l.statement));
    expect(old.map((l) => [l.status, l.statement.replace(/^.*idle; /, '')])).toContainEqual([
      'ok',
      'besides 27 single addresses from before prefixes were on',
    ]);
  });
});

describe('an ENI', () => {
  it.each([
    ['branch-no-trunk', /^eni-\S+ is the branch ENI of pod shop\/ledger-1 on ip-/],
    ['branch-no-trunk', /^eni-\S+ is the trunk of ip-\S+, which carries its branch ENIs$/],
    ['branch-no-trunk', /^eni-\S+ is the primary ENI of ip-/],
    ['branch-no-trunk', /^eni-\S+ belongs to a NAT gateway \(nat-/],
  ])('of %s says whose it is: %s', (name, says) => {
    const { networkInterfaces } = runOver(name).snapshot;
    const enis = 'data' in networkInterfaces ? networkInterfaces.data : [];
    expect(enis.map((e) => tell(runOver(name), e.eniId).summary)).toContainEqual(expect.stringMatching(says));
  });
});

describe('a quiet IPv6 cluster', () => {
  const run = runOver('quiet-ipv6');
  const { nodes } = run.snapshot;
  const [node] = 'data' in nodes ? nodes.data : [];

  it('has one /80 a node for all pods, and no pool that could be empty', () => {
    const why = tell(run, `node/${node!.name}`);
    expect(why.state).toBe('running');
    expect(why.chain.filter((l) => l.status !== 'ok')).toEqual([]);
    expect(why.chain.find((l) => l.step === 'enis')?.statement).toMatch(/^1 ENI attached; \S+\/80 of the primary one/);
    expect(why.chain.find((l) => l.step === 'warm-pool')?.statement).not.toContain('WARM_');
    expect(why.enis).toEqual([]);
    const restart = tell(run, 'deploy/web').chain.find((l) => l.step === 'restart')?.statement;
    expect(restart).toBe('made anew on this node it would get an address of its /80');
  });
});

it('speaks of other nodes only where there are some', () => {
  const why = tell(runOver('too-many-pods'), 'shop/web-x1');
  expect(why.chain.find((l) => l.step === 'nodes')).toMatchObject({
    status: 'broken',
    statement: '2 of 2 nodes are at their maxPods',
  });
});

it('gives back no address of an ENI that serves no pods any more', () => {
  const run = runOver('subnets-excluded');
  const [closed, open] = ['coredns', 'v7x8f'].map((part) => {
    const { pods } = run.snapshot;
    const pod = 'data' in pods ? [...podsOf(pods.data)].find((p) => p.name.includes(part)) : undefined;
    return tell(run, `pod/${pod!.namespace}/${pod!.name}`).chain.find((l) => l.step === 'restart');
  });
  expect(closed).toMatchObject({
    status: 'broken',
    statement: 'made anew on this node it would wait: no subnet may be used for pods of this node',
  });
  expect(open).toMatchObject({ status: 'ok' });
});
