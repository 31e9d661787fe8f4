/**
 * Plans as Terraform 1.11 writes them, laid over the account at that moment. The numbers were worked out by hand: usable
 * addresses of the subnet, less what others hold, less full nodes (maxPods less two pods) by the closed form of ipamd.
 */
import { describe, expect, it } from 'vitest';
import type { Laid } from '../../../../src/inspect/projection/changes/reading.ts';
import { parseSnapshot } from '../../../../src/inspect/snapshot.ts';
import { lay, projectedOver, unpacked } from '../../../support/change-world.ts';
import { left } from '../../../support/plan-world.ts';

async function laid(plan: string, snapshot?: string): Promise<Laid> {
  return lay(
    JSON.parse(unpacked(plan)),
    snapshot === undefined ? undefined : parseSnapshot(JSON.parse(unpacked(snapshot))),
  );
}

const odd = (plan: string, snapshot = 'snapshot') => laid(`odd/plan-${plan}.json`, `odd/${snapshot}.json`);
const FULL = { density: 'full' } as const;
const statements = ({ effects }: Laid) => effects.map((e) => `${e.address}: ${e.statement}`);

describe('a group allowed to grow', () => {
  it('passes at its desired size and fails at its maximum in every zone', async () => {
    const change = await laid('max-size/plan.json', 'max-size/snapshot.json');
    const [apply, ceiling] = [await projectedOver(change, 'apply', FULL), await projectedOver(change, 'ceiling', FULL)];
    expect(left(apply)).toEqual({
      'subnet-c273db496a409f438': 64,
      'subnet-e74d2a79ea2d2b518': 65,
      'subnet-0e8e4cf7dbb6f89b0': 66,
    });
    expect(left(ceiling)).toEqual({
      'subnet-c273db496a409f438': -176,
      'subnet-e74d2a79ea2d2b518': -175,
      'subnet-0e8e4cf7dbb6f89b0': -174,
    });
    expect([apply.verdict, ceiling.verdict]).toEqual(['pass', 'fail']);
    expect(statements(change)).toEqual(['aws_eks_node_group.web: node group web: desired 3 → 8, maximum 6 → 20']);
  });
});

describe('groups replaced by a larger type', () => {
  it('keeps both generations while the one that comes first stands beside the old one', async () => {
    const change = await laid('instance-type/plan.json', 'instance-type/snapshot.json');
    const swap = await projectedOver(change, 'apply');
    // 507 - 13 - 80 old - 2 × 60 new - 60 of the group whose old nodes are gone first
    expect(left(swap)).toEqual({
      'subnet-f37953aaca88999eb': 234,
      'subnet-dd5d97ecd3a09f6b7': 255,
      'subnet-ba2e20b676e3dc968': 317,
    });
    expect(swap.verdict).toBe('pass');
    const after = await projectedOver({ ...change, swaps: [] }, 'apply');
    expect(left(after)).toEqual({
      'subnet-f37953aaca88999eb': 314,
      'subnet-dd5d97ecd3a09f6b7': 315,
      'subnet-ba2e20b676e3dc968': 377,
    });
    const ceiling = await projectedOver(change, 'ceiling', FULL);
    expect(left(ceiling)).toEqual({
      'subnet-f37953aaca88999eb': -106,
      'subnet-dd5d97ecd3a09f6b7': -105,
      'subnet-ba2e20b676e3dc968': 137,
    });
    expect(ceiling.verdict).toBe('fail');
  });

  it('starts the new group with the configured size, not with what the autoscaler had made of it', async () => {
    const { snapshot } = await laid('instance-type/plan.json', 'instance-type/snapshot.json');
    const groups = 'data' in snapshot.nodegroups ? snapshot.nodegroups.data : [];
    expect(groups.map((g) => [g.name.replace(/-\d+$/, ''), g.desiredSize]).sort()).toEqual([
      ['batch', 2],
      ['general', 6],
    ]);
  });
});

describe('custom networking', () => {
  it('proves nothing while the settings are not known before the apply', async () => {
    const change = await laid('custom-networking/plan.json', 'custom-networking/snapshot.json');
    const ceiling = await projectedOver(change, 'ceiling', FULL);
    expect(ceiling.verdict).toBe('incomplete');
    expect(left(ceiling)).toMatchObject({
      'subnet-af9d7c3836dbac4a3': -6,
      'subnet-e079a3d42b0863c97': -6,
      'subnet-ddbe4120f1e4618af': -5,
    });
    expect(change.unknowns.map((u) => u.reason).join()).toMatch(
      /settings of vpc-cni are not known before the apply; they refer to aws_subnet\.pod/,
    );
    expect(statements(change).filter((s) => s.includes('a new subnet 100.64.')).length).toBe(3);
    const subnets = 'data' in change.snapshot.subnets ? change.snapshot.subnets.data : [];
    expect(subnets.filter((s) => s.cidr.startsWith('100.64.')).map((s) => s.availableIps)).toEqual([
      16379, 16379, 16379,
    ]);
  });

  it('puts pods into the subnets of the ENIConfigs once every id is known', async () => {
    const change = await laid('custom-networking-known/plan.json', 'custom-networking-known/snapshot.json');
    const ceiling = await projectedOver(change, 'ceiling', FULL);
    expect(ceiling.verdict).toBe('pass');
    expect(left(ceiling)).toEqual({
      'subnet-4cd1bb997e4b04133': 116,
      'subnet-75f8d1034cb458203': 116,
      'subnet-25e09e7d039577ffb': 117,
      'subnet-3ca1a0c007352fadc': 16295,
      'subnet-d5ddc999aa5e77dba': 16295,
      'subnet-3eab62ab2ba653977': 16295,
    });
  });
});

describe('a cluster that does not exist yet', () => {
  it('is projected from the plan alone, over the subnets that are referred to', async () => {
    const change = await laid('greenfield/plan.json');
    const ceiling = await projectedOver(change, 'ceiling', FULL);
    const byCidr = Object.fromEntries(
      ceiling.subnets.filter((s) => s.feeds.includes('nodes')).map((s) => [s.cidr, s.addresses.after]),
    );
    // 1019 - 2 × 30 - 4 × 60 - 3 × 114 to 116: c6i.4xlarge holds 110 to 112 for 108 pods, by the order in which they come
    const after = { min: 371, max: 377 };
    expect(byCidr).toEqual({ '10.80.0.0/22': after, '10.80.4.0/22': after, '10.80.8.0/22': after });
    expect(ceiling.verdict).toBe('pass');
    const compute = change.effects.find((e) => e.address.includes('node_group[2].aws_eks_node_group'));
    expect(compute?.statement).toContain('c6i.4xlarge');
    expect(compute?.statement).toContain(
      'subnet_ids not known before the apply: one to 3 of module.network.aws_subnet.private[0]',
    );
    expect(compute?.statement).toContain('which stands beside it in the module');
    expect(
      change.effects.filter((e) =>
        e.statement.startsWith('a NAT gateway takes an address in module.network.aws_subnet.public['),
      ).length,
    ).toBe(3);
  });
});

describe('a subnet deleted, one forgotten, a group squeezed', () => {
  it('fails by two addresses where it looks like a reduction', async () => {
    const change = await laid('shrink-and-delete/plan.json', 'shrink-and-delete/snapshot.json');
    const [apply, ceiling] = [await projectedOver(change, 'apply', FULL), await projectedOver(change, 'ceiling', FULL)];
    const kept = { 'subnet-e58acd55f09ff5707': 186, 'subnet-d1e39861e62b299b5': 186, 'subnet-a00b70c3f7fb48959': 187 };
    expect(left(apply)).toMatchObject({ ...kept, 'subnet-aac932b21256c3b7f': 58 });
    expect(left(ceiling)).toMatchObject({ ...kept, 'subnet-aac932b21256c3b7f': -2 });
    expect([apply.verdict, ceiling.verdict]).toEqual(['pass', 'fail']);
  });

  it('names what is in the way of the deletion, and keeps the range of what is only forgotten', async () => {
    const change = await laid('shrink-and-delete/plan.json', 'shrink-and-delete/snapshot.json');
    const [removal, ...others] = change.removals;
    expect(others).toEqual([]);
    expect(removal).toMatchObject({ what: 'subnet', id: 'subnet-6b640eca13fd67915', nodes: [], pods: 0 });
    expect(removal?.blockers.map((b) => b.addresses).sort()).toEqual([1, 1, 10]);
    const subnets = 'data' in change.snapshot.subnets ? change.snapshot.subnets.data : [];
    expect(subnets.map((s) => s.subnetId)).toEqual(
      expect.arrayContaining(['subnet-38f1d1c444a94c1f2', 'subnet-6b640eca13fd67915']),
    );
    expect(statements(change)).toContain(
      'aws_subnet.database: leaves the state, stays in the account: its range stays taken',
    );
  });
});

describe('changes that are no concern of ours', () => {
  it('are counted, and nothing moves', async () => {
    const change = await laid('unrelated/plan.json', 'unrelated/snapshot.json');
    expect([change.effects, change.notUnderstood, change.unknowns, change.unconcerned]).toEqual([[], [], [], 13]);
    expect(left(await projectedOver(change, 'ceiling', FULL))).toEqual({
      'subnet-526bb9eb22030fa3e': 188,
      'subnet-cec2c93d551583938': 188,
    });
  });

  it('finds the two that matter among 233 and never shows what is marked sensitive', async () => {
    const change = await laid('sensitive/plan.json', 'sensitive/snapshot.json');
    const [apply, ceiling] = [await projectedOver(change, 'apply', FULL), await projectedOver(change, 'ceiling', FULL)];
    expect(left(apply)).toEqual({
      'subnet-13a81b9bbdc84a7be': 90,
      'subnet-f9455dd93795e3343': 90,
      'subnet-4d5da45708da17a8b': 121,
    });
    expect(left(ceiling)).toEqual({
      'subnet-13a81b9bbdc84a7be': -30,
      'subnet-f9455dd93795e3343': -30,
      'subnet-4d5da45708da17a8b': -29,
    });
    expect([apply.verdict, ceiling.verdict, change.unconcerned]).toEqual(['pass', 'fail', 231]);
    expect(statements(change)).toEqual([
      'aws_eks_node_group.burst: node group burst: its sizes change; they are marked sensitive',
      'aws_vpc_endpoint.ecr: an interface endpoint takes an address in each of 3 subnets',
    ]);
    expect(JSON.stringify([change, apply, ceiling])).not.toContain('SENSITIVE-MARKER');
  });
});

describe('plans made in other ways', () => {
  const ids = ['subnet-6d2f62a9a22de7814', 'subnet-0c12adbcc8059696d', 'subnet-50462b263a585eb09'] as const;
  const numbers = async (change: Laid, word: string) => {
    const all = left(await projectedOver(change, word, FULL));
    return ids.map((id) => all[id]);
  };

  it.each([
    ['no-changes', 'ceiling', [190, 190, 191]],
    ['targeted', 'ceiling', [160, 160, 161]],
    ['check-failed', 'ceiling', [160, 160, 161]],
    ['replace-requested', 'apply', [190, 190, 191]],
    ['tainted', 'apply', [190, 190, 191]],
    ['count-shrunk', 'apply', [160, 160, 221]],
    ['count-shrunk', 'ceiling', [160, 160, 251]],
  ] as const)('%s, %s', async (plan, word, expected) => {
    expect(await numbers(await odd(plan), word)).toEqual(expected);
  });

  it('says that nothing changes, that only a part was planned, that a check fails', async () => {
    expect(statements(await odd('no-changes'))).toEqual(['plan: no changes']);
    expect(statements(await odd('targeted'))[0]).toMatch(/^plan: only a part was planned/);
    expect(statements(await odd('check-failed'))[0]).toContain('More than 8 nodes need a word with the network team.');
  });

  it('takes a destroyed cluster for what it is', async () => {
    const { removals } = await odd('destroy');
    expect(removals[0]).toMatchObject({ what: 'cluster', id: 'odd', pods: 71 });
    expect(removals[0]?.nodes.length).toBe(3);
  });

  it('plans nothing in a refresh, and trusts the account for today', async () => {
    const refresh = await odd('refresh-only', 'snapshot-after-drift');
    expect(statements(refresh)).toEqual([
      'plan: nothing is planned: a refresh takes over what is in the account (-refresh-only)',
    ]);
    expect(await numbers(refresh, 'apply')).toEqual([190, 190, 191]);
    const drift = await odd('drift-only', 'snapshot-after-drift');
    expect(await numbers(drift, 'apply')).toEqual([220, 220, 221]);
    const stale = await odd('stale', 'snapshot-after-drift');
    expect(await numbers(stale, 'apply')).toEqual([220, 220, 221]);
    expect(await numbers(stale, 'ceiling')).toEqual([160, 160, 161]);
    expect(statements(stale)[0]).toContain(
      'plan and account disagree: it saw 3 nodes (1 to 6), the account has 5 nodes (1 to 6)',
    );
  });

  it('keeps two objects with one address apart', async () => {
    const change = await odd('deposed', 'snapshot-after-failed-apply');
    expect(await numbers(change, 'ceiling')).toEqual([70, 70, 71]);
    // the apply itself: three of each type stand at once, 30 and 60 addresses, and EKS's own interface in a and b
    const apply = await projectedOver(change, 'apply', FULL);
    expect(apply.title).toMatch(/still stands?$/);
    expect(ids.map((id) => left(apply)[id])).toEqual([160, 160, 161]);
    expect(change.effects.map((e) => e.address)).toEqual(['aws_eks_node_group.nodes', 'aws_eks_node_group.nodes']);
  });

  it('takes an import for a subnet that exists', async () => {
    const change = await odd('import', 'snapshot-before-import');
    const now = await projectedOver(change, 'today', FULL);
    expect(now.subnets.find((s) => s.cidr === '10.120.200.0/24')).toMatchObject({
      addresses: { before: 251 },
      hypothetical: false,
    });
    expect(statements(change)).toEqual([
      'aws_subnet.adopted: taken over; 10.120.200.0/24 in us-east-1a: kubernetes.io/role/cni unset → 1',
    ]);
  });

  it.each([
    ['deferred-read', /subnet_ids is not known before the apply \(from data\.aws_subnets\.nodes\.ids\)/],
    ['ipam', /a \/20, 4096 addresses at most/],
  ])('%s is incomplete, neither nothing nor without limit', async (plan, reason) => {
    const change = await odd(plan);
    expect((await projectedOver(change, 'apply', FULL)).verdict).toBe('incomplete');
    expect(change.unknowns.map((u) => u.reason).join()).toMatch(reason);
  });

  it.each([
    ['odd/plan-errored.json', /the plan failed/],
    ['odd/state.json', /a state, not a plan: .*terraform show -json/],
    ['odd/state-after-failed-apply.json', /a state, not a plan/],
  ])('%s is refused', async (file, message) => {
    await expect(laid(file, 'odd/snapshot.json')).rejects.toThrow(message);
  });

  it('refuses a format it does not know by its name', async () => {
    const plan = { ...JSON.parse(unpacked('odd/plan-no-changes.json')), format_version: '2.0' };
    await expect(lay(plan, undefined)).rejects.toThrow('format_version "2.0"');
  });
});

describe('a plan that nests what should be flat', () => {
  it('is compared in no time, however deep', async () => {
    const plan = JSON.parse(unpacked('odd/plan-targeted.json'));
    const deep = JSON.parse(`${'['.repeat(200)}1${']'.repeat(200)}`);
    const changes = plan.resource_changes as { type: string; change: { after: Record<string, unknown> } }[];
    const group = changes.find((c) => c.type === 'aws_eks_node_group');
    expect(group).toBeDefined();
    group!.change.after.scaling_config = deep;
    const start = performance.now();
    await lay(plan, parseSnapshot(JSON.parse(unpacked('odd/snapshot.json'))));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
