import { describe, expect, it } from 'vitest';
import { joiningNodeNeed } from '../../../src/inspect/facts/joining-node-need.ts';
import { predictedEnis } from '../../../src/inspect/facts/predicted-enis.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import {
  addresses,
  ago,
  cni,
  cniEni,
  denied,
  eni,
  eniConfig,
  type GivenSections,
  instance,
  node,
  pods,
  runOf,
  snapshot,
  subnet,
} from '../../support/snapshot-builder.ts';

const at = { attachedTo: 'i-a' };
/** ENI number `n` of node a, with so many secondary addresses. */
function ofNode(n: number, count: number, part: Partial<NetworkInterface> = {}): NetworkInterface {
  const make = {
    eniId: `eni-${n}`,
    ...at,
    device: n,
    primaryIp: `10.0.${n}.10`,
    secondaryIps: addresses(`10.0.${n}.11`, count),
    ...part,
  };
  return n === 0 ? eni(make) : cniEni(make);
}

function given(podCount: number, networkInterfaces: NetworkInterface[], more: GivenSections = {}): GivenSections {
  return {
    nodes: [node({ name: 'a' })],
    instances: [instance({ instanceId: 'i-a' })],
    cni: cni(),
    pods: pods(podCount, 'p', { node: 'a' }, addresses('10.0.0.11', Math.min(podCount, 9))),
    networkInterfaces,
    subnets: [subnet({ cidr: '10.0.0.0/16' })],
    cidrReservations: { subnetIds: ['subnet-1a'], reservations: [] },
    ...more,
  };
}

async function predict(sections: GivenSections) {
  return (await runOf(snapshot(sections))).valueOf(predictedEnis)!.get('a')!;
}

// m5.large by default: a whole free ENI is kept, so 5 pods mean 2 ENIs of 9 pod addresses.
describe('what ipamd should hold', () => {
  it('is met by a node whose pods only came', async () => {
    const p = await predict(given(5, [ofNode(0, 9), ofNode(1, 9)]));
    expect(p).toMatchObject({ held: 18, enis: 2, exact: true, reasons: [] });
    expect(p.deviation).toBeUndefined();
  });

  it('leaves room for history: a third ENI may stay while pods are on it', async () => {
    const p = await predict(given(5, [ofNode(0, 9), ofNode(1, 9), ofNode(2, 9)]));
    expect(p).toMatchObject({ held: 18, enis: 2, withHistory: { held: { max: 27 }, enis: { max: 3 } } });
    expect(p.deviation).toMatch(/^history/);
  });

  it('is judged late on a young node', async () => {
    const nodes = [node({ name: 'a', createdAt: ago(120) })];
    expect((await predict(given(5, [ofNode(0, 9)], { nodes }))).deviation).toMatch(/younger than five minutes/);
  });

  it('names a cordon where a node holds less', async () => {
    const nodes = [node({ name: 'a', unschedulable: true })];
    expect((await predict(given(5, [ofNode(0, 9)], { nodes }))).deviation).toMatch(/cordoned/);
  });

  it('names a shortage where no subnet has room for another whole ENI', async () => {
    const subnets = [subnet({ cidr: '10.0.0.0/16', availableIps: 9 })];
    expect((await predict(given(5, [ofNode(0, 9)], { subnets }))).deviation).toBe(
      'shortage: no 10 free addresses for another ENI in subnet-1a',
    );
    const roomy = [subnet({ cidr: '10.0.0.0/16', availableIps: 10 })];
    expect((await predict(given(5, [ofNode(0, 9)], { subnets: roomy }))).deviation).toMatch(/no reason seen/);
  });

  it('names leftovers of a mode switch', async () => {
    const prefix = cni({ env: { ENABLE_PREFIX_DELEGATION: 'true' } });
    expect((await predict(given(5, [ofNode(0, 9)], { cni: prefix }))).deviation).toBe(
      'mode switch: 9 slots still hold single addresses from before',
    );
  });

  it('names the ENIConfig that does not exist', async () => {
    const custom = { cni: cni({ env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' } }), eniConfigs: [] };
    expect((await predict(given(5, [ofNode(0, 0)], custom))).deviation).toBe('there is no ENIConfig named default');
  });

  it('counts unmanaged ENIs and the trunk as ENIs', async () => {
    const unmanaged = ofNode(2, 0, { tags: { 'node.k8s.amazonaws.com/no_manage': 'true' } });
    expect(await predict(given(5, [ofNode(0, 9), ofNode(1, 9), unmanaged]))).toMatchObject({ held: 18, enis: 3 });
    const trunk = eni({ eniId: 'eni-t', ...at, device: 3, type: 'trunk', primaryIp: '10.0.9.9' });
    const sgp = { cni: cni({ env: { ENABLE_POD_ENI: 'true' } }) };
    const p = await predict(given(5, [ofNode(0, 9), ofNode(1, 9), trunk], sgp));
    expect(p).toMatchObject({ held: 18, enis: 3 });
    expect(p.deviation).toBeUndefined();
    expect((await predict(given(5, [ofNode(0, 9), ofNode(1, 9)], sgp))).deviation).toBe(
      'the trunk ENI is not attached',
    );
  });

  it('is expected without ENIs, and nothing is said to deviate', async () => {
    const p = await predict(given(5, [], { networkInterfaces: denied('ec2:DescribeNetworkInterfaces') }));
    expect(p).toMatchObject({ held: 18, enis: 2 });
    expect(p.deviation).toBeUndefined();
  });

  it('is unknown without pods', async () => {
    const run = await runOf(snapshot(given(5, [], { pods: denied('pods:list') })));
    expect(run.get(predictedEnis).known).toBe(false);
  });
});

describe('what one more node takes when it joins', () => {
  async function of(env: Record<string, string>, more: GivenSections = {}) {
    const run = await runOf(snapshot(given(5, [], { cni: cni({ env }), ...more })));
    return run.valueOf(joiningNodeNeed)!.get('a')!;
  }

  it('by default is one ENI', async () => {
    expect(await of({})).toEqual({ primary: 1, podSubnetAddresses: 9, podSubnetBlocks: 0 });
  });

  it('in prefix mode is one free block', async () => {
    expect(await of({ ENABLE_PREFIX_DELEGATION: 'true' })).toEqual({
      primary: 1,
      podSubnetAddresses: 16,
      podSubnetBlocks: 1,
    });
  });

  it('under custom networking leaves one address in the node subnet', async () => {
    const custom = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
    expect(await of(custom, { eniConfigs: [eniConfig({ name: 'default' })] })).toEqual({
      primary: 1,
      podSubnetAddresses: 10,
      podSubnetBlocks: 0,
    });
  });

  it('with IP targets takes the least total', async () => {
    expect(await of({ WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '4' })).toMatchObject({ podSubnetAddresses: 4 });
  });

  it('is known without pods', async () => {
    expect(await of({}, { pods: denied('pods:list') })).toEqual({
      primary: 1,
      podSubnetAddresses: 9,
      podSubnetBlocks: 0,
    });
  });
});
