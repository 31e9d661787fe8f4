import { describe, expect, it } from 'vitest';
import type { Runbook } from '../../../../src/inspect/contract/plan.ts';
import { DEFAULT_THRESHOLDS } from '../../../../src/inspect/policy.ts';
import { patientOf } from '../../../../src/inspect/projection/remedies/remedy.ts';
import { runbookFor } from '../../../../src/inspect/projection/runbook/index.ts';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
import { renderMarkdown } from '../../../../src/render/markdown.ts';
import { planView } from '../../../../src/render/view/plan.ts';
import { carriedOut } from '../../../support/carried-out.ts';
import { changed, fixture, projected, worldIn } from '../../../support/plan-world.ts';
import { addon, cluster, nodegroup, VPC } from '../../../support/snapshot-builder.ts';
import { World } from '../../checks/world.ts';

const ZONES = ['a', 'b', 'c'] as const;

/** Three zones with a node of five pods each; the VPC has room behind them. */
function three(over: Parameters<World['snapshot']>[0] = {}): ClusterSnapshot {
  const world = new World();
  for (const [i, zone] of ZONES.entries()) world.subnet(`subnet-${zone}`, `10.0.${i}.0/24`, `eu-west-1${zone}`);
  for (const zone of ZONES) world.node(`n-${zone}`, { home: `subnet-${zone}`, primary: 9, further: [9], running: 5 });
  return world.snapshot({
    vpc: { vpcId: VPC, cidrs: [{ cidr: '10.0.0.0/16', state: 'associated' }], ipv6Cidrs: [] },
    nodegroups: [
      nodegroup({ name: 'workers', instanceTypes: ['m5.large'], subnetIds: ZONES.map((z) => `subnet-${z}`) }),
    ],
    ...over,
  });
}

async function runbook(of: ClusterSnapshot, word: string): Promise<Runbook> {
  const world = await worldIn(of);
  return runbookFor(patientOf(world, DEFAULT_THRESHOLDS), parseScenario(word), {})!;
}

const ids = ({ steps }: Runbook) => steps.map((s) => s.id);
const commandsOf = ({ steps }: Runbook, id: string) => steps.find((s) => s.id === id)!.commands;

describe('a runbook', () => {
  it('has the steps of a move to custom networking in order, and none that does not apply', async () => {
    const found = await runbook(three(), 'to=custom+prefix');
    expect(ids(found)).toEqual([
      ...['subnets', 'tags', 'security-groups', 'eni-configs', 'settings', 'new-group', 'drain', 'old-group'],
    ]);
    expect(found).toMatchObject({ verdict: 'pass', blockers: [], from: { pattern: 'default', mode: 'secondary' } });
    for (const step of found.steps) expect(step.held, step.id).not.toBe('');
    for (const step of found.steps) expect(step.check.length, `${step.id}: ${step.note}`).toBeGreaterThan(0);
  });

  it('begins with a range of the VPC where its own are full', async () => {
    const full = three({ vpc: { vpcId: VPC, cidrs: [{ cidr: '10.0.0.0/22', state: 'associated' }], ipv6Cidrs: [] } });
    const found = await runbook(full, 'to=custom');
    expect(found.steps[0]).toMatchObject({ id: 'vpc-range', title: 'Give the VPC the range 100.64.0.0/16' });
    // one range for three subnets: two would be refused
    expect(found.steps[0]!.commands).toEqual([expect.stringContaining('associate-vpc-cidr-block'), 'sleep 15']);
    expect(
      commandsOf(found, 'subnets').every(
        (c) => / --cidr-block 100\.64\./.test(c) || / --cidr-block 10\.0\.3\./.test(c),
      ),
    ).toBe(true);
  });

  it('is settings and new nodes alone for another mode', async () => {
    const found = await runbook(three(), 'to=prefix');
    expect(ids(found)).toEqual(['settings', 'new-group', 'drain', 'old-group']);
    expect(found.to).toEqual({ pattern: 'default', mode: 'prefix' });
    expect(commandsOf(found, 'settings')[0]).toContain('ENABLE_PREFIX_DELEGATION=true');
  });

  it('leads where it says: its commands carried out, the pair is in force and today passes', async () => {
    for (const [word, pattern, mode] of [
      ['to=custom+prefix', 'custom', 'prefix'],
      ['to=prefix', 'default', 'prefix'],
      ['to=custom', 'custom', 'secondary'],
    ] as const) {
      const of = three();
      const { snapshot, unknown } = carriedOut(
        of,
        (await runbook(of, word)).steps.flatMap((s) => s.commands),
      );
      expect(unknown).toEqual([]);
      expect(await projected(snapshot, 'today')).toMatchObject({ verdict: 'pass', pattern, mode, current: true });
    }
  });

  it('takes the way back: the undo of the settings brings the variables to what they were', async () => {
    const of = three();
    const { steps } = await runbook(of, 'to=prefix');
    const settings = steps.find((s) => s.id === 'settings')!;
    expect(settings.undo[0]).toContain('ENABLE_PREFIX_DELEGATION-');
    const set = changed(of, 'cni', (c) => ({
      ...c,
      containers: c.containers.map((x) => ({ ...x, env: { ...x.env, ENABLE_PREFIX_DELEGATION: 'false' } })),
    }));
    const again = (await runbook(set, 'to=prefix')).steps.find((s) => s.id === 'settings')!;
    expect(again.undo[0]).toContain('ENABLE_PREFIX_DELEGATION=false');
  });

  it('writes the settings by the way the CNI was installed, and looks for them there', async () => {
    const managed = three({ addons: [addon({ configuration: { env: { WARM_ENI_TARGET: '1' } } })] });
    const settings = (await runbook(managed, 'to=prefix')).steps.find((s) => s.id === 'settings')!;
    expect(settings.commands.at(-1)).toContain('"WARM_ENI_TARGET":"1","ENABLE_PREFIX_DELEGATION":"true"');
    expect(settings.check[0]).toContain('describe-addon');
    // what the document no longer names may stay on the DaemonSet
    const custom = (await runbook(managed, 'to=custom')).steps.find((s) => s.id === 'settings')!;
    expect(custom.undo.at(-1)).toMatch(/set env ds\/aws-node .* ENI_CONFIG_LABEL_DEF-$/);
  });

  it('lets the cluster make branch ENIs first where a move needs them', async () => {
    const found = await runbook(three(), 'to=sgp');
    expect(ids(found).slice(0, 2)).toEqual(['cluster-role', 'settings']);
    expect(found.steps[0]!.commands[0]).toContain('AmazonEKSVPCResourceController');
  });

  it('says that IPv6 needs a new cluster, and has no step', async () => {
    const found = await runbook(three({ cluster: cluster({ ipFamily: 'ipv4' }) }), 'to=default+ipv6');
    expect(found.steps).toEqual([]);
    expect(found.blockers.join()).toMatch(/new IPv6 cluster/);
  });

  it('has no step where a zone gets no subnet', async () => {
    const found = await runbook(three({ vpc: { vpcId: 'vpc-other', cidrs: [], ipv6Cidrs: [] } }), 'to=custom');
    expect(found.steps).toEqual([]);
    expect(found.blockers).toHaveLength(1);
  });

  it('leaves ENIConfigs alone that serve their zone', async () => {
    const found = await runbook(fixture('terraform/custom-networking-known/snapshot'), 'to=custom+prefix');
    expect(found.steps.length + found.blockers.length).toBeGreaterThan(0);
  });

  it('is written whole in Markdown, in JSON as it is, and named on a screen', async () => {
    const found = await runbook(three(), 'to=custom+prefix');
    const plan = { ...EMPTY, runbooks: [found] };
    const view = (document: boolean) =>
      renderMarkdown(planView(plan, { wide: false, document, now: 0, invocation: 'vpccni plan' }), { ascii: false });
    for (const step of found.steps) {
      expect(view(true)).toContain(`Held meanwhile: ${step.held.slice(0, 20)}`);
      for (const c of [...step.commands, ...step.check, ...step.undo]) expect(view(true)).toContain(c);
    }
    expect(view(false)).not.toContain('create-subnet');
    expect(view(false)).toContain('-o markdown');
  });
});

const EMPTY = {
  schemaVersion: 1,
  kind: 'Plan',
  tool: { name: 'vpccni', version: '0.0.0' },
  generatedAt: '2026-11-01T12:00:00.000Z',
  cluster: { name: 'prod', region: 'eu-west-1', nodes: 3, pattern: 'default', mode: 'secondary' },
  setup: [],
  scenarios: [],
  change: null,
  findings: [],
  suppressed: 0,
  unusedSuppressions: [],
} as const;
