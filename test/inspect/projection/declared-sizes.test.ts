/** Changes of node groups whose outcome was worked out by hand, subnet by subnet, before the engine existed. */
import { describe, expect, it } from 'vitest';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import { changed, fixture, left, projected } from '../../support/plan-world.ts';

type Sizes = {
  minSize?: number;
  desiredSize?: number;
  maxSize?: number;
  instanceTypes?: string[];
  subnetIds?: string[];
};

function group(of: ClusterSnapshot, starts: string, sizes: Sizes): ClusterSnapshot {
  return changed(of, 'nodegroups', (all) => all.map((g) => (g.name.startsWith(starts) ? { ...g, ...sizes } : g)));
}

describe('m5.xlarge, three /24, desired 3 to 8 and maximum 6 to 20', () => {
  const [a, b, c] = ['subnet-c273db496a409f438', 'subnet-e74d2a79ea2d2b518', 'subnet-0e8e4cf7dbb6f89b0'] as const;
  const before = fixture('growth/larger-maximum');
  const after = group(before, 'web', { desiredSize: 8, maxSize: 20 });

  it('passes as desired: three full nodes of 60 in a zone at most', async () => {
    const plan = await projected(after, 'apply', { density: 'full' });
    expect(left(plan)).toMatchObject({ [a]: 64, [b]: 65, [c]: 66 });
    expect(plan.verdict).toBe('pass');
  });

  it('fails at the maximum in every zone, and passed before', async () => {
    const plan = await projected(after, 'ceiling', { density: 'full', fragmentation: 'worst' });
    expect(left(plan)).toMatchObject({ [a]: -176, [b]: -175, [c]: -174 });
    expect(plan.verdict).toBe('fail');
    const was = await projected(before, 'ceiling', { density: 'full', fragmentation: 'worst' });
    expect(left(was)).toMatchObject({ [a]: 124, [b]: 125, [c]: 126 });
    expect(was.verdict).toBe('pass');
  });

  it('takes four full nodes a zone: nine more than the three there are', async () => {
    const plan = await projected(after, 'ceiling', { density: 'full' });
    expect(plan.nodesUntilExhaustion).toBe(9);
    expect(plan.firstToBreak).toMatchObject({ what: 'addresses' });
    expect(Math.min(...plan.subnets.map((s) => Number(s.exhaustedAt?.node ?? 99)))).toBe(10);
  });
});

describe('m5.large to m5.4xlarge: both groups replaced', () => {
  const [a, b, c] = ['subnet-f37953aaca88999eb', 'subnet-dd5d97ecd3a09f6b7', 'subnet-ba2e20b676e3dc968'] as const;
  const before = fixture('growth/other-type');
  const after = group(group(before, 'general', { instanceTypes: ['m5.4xlarge'], desiredSize: 6 }), 'batch', {
    instanceTypes: ['m5.4xlarge'],
  });

  it('holds 60 a node with the pods of today', async () => {
    expect(left(await projected(after, 'apply'))).toMatchObject({ [a]: 314, [b]: 315, [c]: 377 });
  });

  it('holds 120 a node, full, and fails at the maximum where both groups meet', async () => {
    const plan = await projected(after, 'ceiling', { density: 'full', fragmentation: 'worst' });
    expect(left(plan)).toMatchObject({ [a]: -106, [b]: -105, [c]: 137 });
    expect(plan.verdict).toBe('fail');
    const was = await projected(before, 'ceiling', { density: 'full', fragmentation: 'worst' });
    expect(left(was)).toMatchObject({ [a]: 344, [b]: 345, [c]: 407 });
  });
});

describe('custom networking switched on, everything known', () => {
  const before = fixture('growth/custom-networking');
  const pods = ['subnet-3ca1a0c007352fadc', 'subnet-d5ddc999aa5e77dba', 'subnet-3eab62ab2ba653977'] as const;
  const nodes = ['subnet-4cd1bb997e4b04133', 'subnet-75f8d1034cb458203', 'subnet-25e09e7d039577ffb'] as const;
  const zones = ['us-west-2a', 'us-west-2b', 'us-west-2c'];
  const env = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };
  const after = changed(
    changed(before, 'cni', (cni) => ({
      ...cni,
      containers: cni.containers.map((c) => (c.name === 'aws-node' ? { ...c, env: { ...c.env, ...env } } : c)),
    })),
    'eniConfigs',
    () => zones.map((name, i) => ({ name, subnetId: pods[i]!, securityGroupIds: [] })),
  );

  it('leaves 116 for nodes and nearly all for pods at the maximum, once every node is replaced', async () => {
    const plan = await projected(after, 'ceiling');
    expect(left(plan)).toMatchObject({
      [nodes[0]]: 116,
      [nodes[1]]: 116,
      [nodes[2]]: 117,
      ...Object.fromEntries(pods.map((id) => [id, 16_295])),
    });
    expect(plan.verdict).toBe('pass');
  });

  it('moves nothing by itself: the node subnets stay as tight as they are', async () => {
    expect(left(await projected(after, 'today'))).toMatchObject({ [nodes[0]]: 36, [nodes[1]]: 24, [nodes[2]]: 25 });
  });

  it('without it fails at the maximum', async () => {
    const plan = await projected(before, 'ceiling', { fragmentation: 'worst' });
    expect(left(plan)).toMatchObject({ [nodes[0]]: -6, [nodes[1]]: -6, [nodes[2]]: -5 });
    expect(plan.verdict).toBe('fail');
  });
});

describe('one group shrinks to 6, another is squeezed into one subnet', () => {
  const before = fixture('growth/subnet-lost');
  const [a, b, c] = ['subnet-e58acd55f09ff5707', 'subnet-d1e39861e62b299b5', 'subnet-a00b70c3f7fb48959'] as const;
  const overflow = 'subnet-aac932b21256c3b7f';
  const after = group(group(before, 'main', { desiredSize: 6, maxSize: 6 }), 'overflow', { subnetIds: [overflow] });

  it('passes as desired', async () => {
    const plan = await projected(after, 'apply', { density: 'full' });
    expect(left(plan)).toMatchObject({ [a]: 186, [b]: 186, [c]: 187, [overflow]: 58 });
  });

  it('fails by two at the maximum, though it looks like a reduction', async () => {
    const plan = await projected(after, 'ceiling', { density: 'full', fragmentation: 'worst' });
    expect(left(plan)).toMatchObject({ [a]: 186, [b]: 186, [c]: 187, [overflow]: -2 });
    expect(plan.verdict).toBe('fail');
  });
});

describe('c6i.large, three /25, maximum 4 to 14', () => {
  const [a, b, c] = ['subnet-13a81b9bbdc84a7be', 'subnet-f9455dd93795e3343', 'subnet-4d5da45708da17a8b'] as const;
  const before = fixture('growth/fourteen');
  const endpoint = changed(before, 'subnets', (all) => all.map((s) => ({ ...s, availableIps: s.availableIps - 1 })));
  const after = group(endpoint, 'burst', { maxSize: 14 });

  it('fails in all three zones; before, four nodes fitted', async () => {
    const plan = await projected(after, 'ceiling', { density: 'full', fragmentation: 'worst' });
    expect(left(plan)).toMatchObject({ [a]: -30, [b]: -30, [c]: -29 });
    expect(plan.verdict).toBe('fail');
    const was = await projected(before, 'ceiling', { density: 'full' });
    expect(left(was)).toMatchObject({ [a]: 61, [b]: 61, [c]: 62 });
  });
});
