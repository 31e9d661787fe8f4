import { describe, expect, it } from 'vitest';
import { nodeSimulation } from '../../../src/inspect/report/simulation/build.ts';
import { setupOfNode } from '../../../src/inspect/report/simulation/setup-of-node.ts';
import type { SimulationSetup } from '../../../src/inspect/report/simulation/simulation-setup.ts';
import {
  addresses,
  cni,
  cniEni,
  denied,
  eni,
  eniConfig,
  type GivenSections,
  instance,
  node,
  pod,
  runOf,
  subnet,
  wholeSnapshot,
} from '../../support/snapshot-builder.ts';

const AS_IT_IS = { label: 'as it is', given: {}, unknown: [] };
const HEAD = { tool: { name: 'vpccni', version: '0' }, generatedAt: '2026-11-01T12:00:00.000Z' };

async function answer(over: GivenSections, name = 'a') {
  const given = {
    nodes: [node({ name: 'a' })],
    instances: [instance({ instanceId: 'i-a' })],
    subnets: [subnet({ availableIps: 100 })],
    ...over,
  };
  return setupOfNode(await runOf(wholeSnapshot(given)), { name });
}

async function setup(over: GivenSections): Promise<SimulationSetup> {
  const found = await answer(over);
  if (!('setup' in found)) throw new Error(JSON.stringify(found));
  return found.setup;
}

const primary = eni({
  eniId: 'eni-0',
  attachedTo: 'i-a',
  primaryIp: '10.0.0.10',
  secondaryIps: addresses('10.0.0.11', 9),
});
const further = cniEni({
  eniId: 'eni-1',
  attachedTo: 'i-a',
  primaryIp: '10.0.0.30',
  secondaryIps: addresses('10.0.0.31', 9),
});
const running = ['10.0.0.11', '10.0.0.12', '10.0.0.33'].map((ip, at) => pod({ name: `p${at}`, node: 'a', ip }));

describe('a node of a cluster', () => {
  it('is what EC2 and the pod list show', async () => {
    const { now, subnets, initial, maxPods } = await setup({ networkInterfaces: [primary, further], pods: running });
    expect(now).toMatchObject({ pods: 3, enis: 2, podIPsHeld: 18, assigned: 3, subnetIPsBySubnet: { node: 20 } });
    // A hundred are free beside the twenty this node has.
    expect(subnets?.node?.freeIPs).toBe(120);
    expect(initial?.map((each) => each.slots.reduce((sum, slot) => sum + slot.pods, 0))).toEqual([2, 1]);
    expect(maxPods({} as never)).toEqual({ maxPods: 29, from: "kubelet's, as the node says" });
  });

  it('stays as it is when its pods do, and grows from there', async () => {
    const base = await setup({ networkInterfaces: [primary, further], pods: running });
    const { items, now } = nodeSimulation(base, AS_IT_IS, { seed: 1, pods: [3, 10] }, HEAD);
    expect(items[0]).toMatchObject({ pods: 3, enis: 2, podIPsHeld: now!.podIPsHeld, exact: true });
    expect(items[1]).toMatchObject({ pods: 10, enis: 3, podIPsHeld: 27, subnetIPsBySubnet: { node: 30 } });
  });

  it('answers what other settings would make of it', async () => {
    const base = await setup({ networkInterfaces: [primary, further], pods: running });
    const given = { WARM_IP_TARGET: '1', MINIMUM_IP_TARGET: '4' };
    const { items } = nodeSimulation(base, { ...AS_IT_IS, given }, { seed: 1, pods: [3] }, HEAD);
    // max(3 + 1, 4) addresses; the pods sit on two ENIs, so both stay.
    expect(items[0]).toMatchObject({ podIPsHeld: 4, enis: 2, subnetIPs: 6 });
  });

  it('has part-used prefixes where its pods are', async () => {
    const { now } = await setup({
      cni: cni({ env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } }),
      networkInterfaces: [
        eni({ eniId: 'eni-0', attachedTo: 'i-a', primaryIp: '10.0.0.10', prefixes: ['10.0.0.16/28', '10.0.0.32/28'] }),
      ],
      pods: ['10.0.0.16', '10.0.0.31', '10.0.0.40'].map((ip, at) => pod({ name: `p${at}`, node: 'a', ip })),
    });
    expect(now!.podIPsHeld).toBe(32);
    expect(now!.eniViews[0]!.slots).toEqual([
      { size: 16, assigned: 2, cooling: 0 },
      { size: 16, assigned: 1, cooling: 0 },
    ]);
  });

  it('cannot grow without an ENIConfig', async () => {
    const base = await setup({
      cni: cni({ env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' } }),
      networkInterfaces: [eni({ eniId: 'eni-0', attachedTo: 'i-a', primaryIp: '10.0.0.10' })],
    });
    const { items, assumptions } = nodeSimulation(base, AS_IT_IS, { seed: 1, pods: [2] }, HEAD);
    expect(items[0]!.nodeInitFails).toBe(true);
    expect(assumptions.join()).toContain('no ENIConfig is found');
  });

  it("lives on its ENIConfig's subnet under custom networking", async () => {
    const base = await setup({
      cni: cni({
        env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' },
      }),
      eniConfigs: [eniConfig({ name: 'eu-west-1a' })],
      subnets: [subnet(), subnet({ subnetId: 'subnet-pods-1a', cidr: '10.0.4.0/24', availableIps: 8 })],
      networkInterfaces: [eni({ eniId: 'eni-0', attachedTo: 'i-a', primaryIp: '10.0.0.10' })],
    });
    expect(base.subnetIds).toEqual({ node: 'subnet-1a', pod: 'subnet-pods-1a' });
    expect(base.subnets?.pod?.freeIPs).toBe(8);
    // A new ENI wants ten addresses at once.
    const { items } = nodeSimulation(base, AS_IT_IS, { seed: 1, pods: [2] }, HEAD);
    expect(items[0]!.nodeInitFails).toBe(true);
  });

  it('is not told where something was not read', async () => {
    expect(await answer({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') })).toEqual({
      gaps: [
        {
          kind: 'denied',
          section: 'networkInterfaces',
          permission: 'ec2:DescribeNetworkInterfaces',
          reason: 'ec2:DescribeNetworkInterfaces was denied',
        },
      ],
    });
    expect(await answer({ pods: denied('list pods') })).toMatchObject({ gaps: [{ permission: 'list pods' }] });
    expect(await answer({ instances: [instance({ instanceId: 'i-a', instanceType: 'zz.huge' })] })).toHaveProperty(
      'unfit',
    );
  });
});
