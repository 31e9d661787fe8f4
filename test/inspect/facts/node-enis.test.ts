import { describe, expect, it } from 'vitest';
import { addressUse } from '../../../src/inspect/facts/address-use.ts';
import { nodeEnis } from '../../../src/inspect/facts/node-enis.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import type { Pod } from '../../../src/inspect/snapshot/pods.ts';
import {
  addresses,
  cni,
  cniEni,
  denied,
  eni,
  instance,
  node,
  pod,
  runOf,
  snapshot,
  subnet,
} from '../../support/snapshot-builder.ts';

async function show(
  networkInterfaces: NetworkInterface[],
  env: Record<string, string> = {},
  pods: Pod[] = [],
  subnets = [subnet()],
) {
  const run = await runOf(
    snapshot({
      nodes: [node({ name: 'a' })],
      instances: [instance({ instanceId: 'i-a' })],
      cni: cni({ env }),
      networkInterfaces,
      pods,
      subnets,
    }),
  );
  return run.valueOf(nodeEnis)!.get('a')!;
}

const at = { attachedTo: 'i-a' };
const onA = (name: string, ip: string) => pod({ name, node: 'a', ip });
const primary = eni({ eniId: 'eni-0', ...at, primaryIp: '10.0.0.10', secondaryIps: addresses('10.0.0.11', 9) });

describe('what EC2 shows of a node', () => {
  it('counts addresses held, assigned and warm over the primary and further ENIs', async () => {
    const second = cniEni({ eniId: 'eni-1', ...at, primaryIp: '10.0.0.30', secondaryIps: addresses('10.0.0.31', 9) });
    const pods = [
      onA('one', '10.0.0.11'),
      onA('two', '10.0.0.39'),
      pod({ name: 'host', node: 'a', ip: '10.0.0.10', class: 'host-network' }),
      pod({ name: 'done', node: 'a', ip: '10.0.0.12', phase: 'Succeeded' }),
    ];
    expect(await show([primary, second], {}, pods)).toMatchObject({
      held: 18,
      assigned: 2,
      warm: 16,
      occupiedEnis: 2,
      otherModeCidrs: 0,
      observed: { pattern: 'default', mode: 'secondary' },
    });
  });

  it('counts a prefix as sixteen, and pods inside it', async () => {
    const own = eni({ eniId: 'eni-0', ...at, prefixes: ['10.0.0.16/28', '10.0.0.32/28'] });
    const pods = [onA('one', '10.0.0.17'), onA('two', '10.0.0.31'), onA('elsewhere', '10.0.0.48')];
    expect(await show([own], { ENABLE_PREFIX_DELEGATION: 'true' }, pods)).toMatchObject({
      held: 32,
      assigned: 2,
      warm: 30,
      prefixes: 2,
      usedPrefixes: 1,
      observed: { mode: 'prefix' },
    });
  });

  it('sets the CIDRs of the other mode apart', async () => {
    const own = eni({ eniId: 'eni-0', ...at, secondaryIps: ['10.0.0.40'], prefixes: ['10.0.0.16/28'] });
    const pods = [onA('old', '10.0.0.40')];
    const prefix = await show([own], { ENABLE_PREFIX_DELEGATION: 'true' }, pods);
    expect(prefix).toMatchObject({ held: 16, assigned: 0, otherModeCidrs: 1 });
    expect(await show([own], {}, pods)).toMatchObject({ held: 1, assigned: 1, otherModeCidrs: 1 });
  });

  it('sorts out trunk, branches, unmanaged ENIs and further cards', async () => {
    const trunk = eni({ eniId: 'eni-t', ...at, device: 2, type: 'trunk', secondaryIps: ['10.0.0.99'] });
    const branch = eni({ eniId: 'eni-b', type: 'branch', tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-t' } });
    const stranger = eni({ eniId: 'eni-b2', type: 'branch', tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-x' } });
    const own = eni({ eniId: 'eni-u', ...at, device: 3, tags: { 'node.k8s.amazonaws.com/no_manage': 'true' } });
    const managed = eni({ eniId: 'eni-m', ...at, device: 4, tags: { 'node.k8s.amazonaws.com/no_manage': 'false' } });
    const card1 = eni({ eniId: 'eni-c', ...at, device: 1, card: 1 });
    const shown = await show([card1, branch, stranger, trunk, own, managed, primary], { ENABLE_POD_ENI: 'true' });
    expect(shown.trunk?.eniId).toBe('eni-t');
    const ids = (list: readonly NetworkInterface[]) => list.map((e) => e.eniId);
    expect([shown.branch, shown.unmanaged, shown.otherCards].map(ids)).toEqual([['eni-b'], ['eni-u'], ['eni-c']]);
    expect(ids(shown.data).sort()).toEqual(['eni-0', 'eni-m']);
    expect(shown).toMatchObject({ held: 9, observed: { pattern: 'sgp' } });
  });

  it('leaves EFA-only and, where told, untagged ENIs alone, but never the primary', async () => {
    const efa = eni({ eniId: 'eni-e', ...at, device: 1, type: 'efa-only' });
    const foreign = eni({ eniId: 'eni-f', ...at, device: 2 });
    const all = [primary, efa, foreign];
    expect((await show(all)).unmanaged.map((e) => e.eniId)).toEqual(['eni-e']);
    const strict = await show(all, { MANAGE_UNTAGGED_ENI: 'false' });
    expect(strict.unmanaged.map((e) => e.eniId)).toEqual(['eni-e', 'eni-f']);
    expect(strict.data.map((e) => e.eniId)).toEqual(['eni-0']);
  });

  it('does not count ENIs in a subnet tagged away', async () => {
    const far = cniEni({ eniId: 'eni-1', ...at, subnetId: 'subnet-x', secondaryIps: addresses('10.9.0.10', 9) });
    const tagged = subnet({ subnetId: 'subnet-x', cidr: '10.9.0.0/24', tags: { 'kubernetes.io/role/cni': '0' } });
    const shown = await show([primary, far], {}, [], [subnet(), tagged]);
    expect(shown.excluded.map((e) => e.eniId)).toEqual(['eni-1']);
    expect(shown.held).toBe(9);
  });

  it('sees custom networking by an empty primary and ENIs in another subnet', async () => {
    const bare = eni({ eniId: 'eni-0', ...at });
    const pods = cniEni({ eniId: 'eni-1', ...at, subnetId: 'subnet-pods', secondaryIps: ['10.9.0.10'] });
    const on = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
    expect((await show([bare, pods], on)).observed.pattern).toBe('custom');
    expect((await show([bare, pods])).observed.pattern).toBe('custom');
    expect((await show([primary, pods], on)).observed.pattern).toBe('default');
    expect((await show([bare], on)).observed.pattern).toBe('custom');
  });

  it('does not take a discovered subnet for custom networking', async () => {
    const bare = eni({ eniId: 'eni-0', ...at });
    const found = cniEni({ eniId: 'eni-1', ...at, subnetId: 'subnet-d', secondaryIps: ['10.9.0.10'] });
    const tagged = subnet({ subnetId: 'subnet-d', cidr: '10.9.0.0/24', tags: { 'kubernetes.io/role/cni': '1' } });
    expect((await show([bare, found], {}, [], [subnet(), tagged])).observed.pattern).toBe('default');
  });

  it('knows what is held without pods, and not what is used', async () => {
    const given = { nodes: [node({ name: 'a' })], networkInterfaces: [primary], cni: cni(), pods: denied('pods:list') };
    const result = (await runOf(snapshot(given))).get(nodeEnis);
    expect(result).toMatchObject({
      known: true,
      gaps: [],
      caveats: expect.arrayContaining([expect.objectContaining({ permission: 'pods:list' })]),
    });
    const a = result.known ? result.value.get('a')! : undefined;
    expect(a?.held).toBe(9);
    expect([a?.assigned, a?.warm, a?.usedPrefixes]).toEqual([undefined, undefined, undefined]);
  });

  it('is unknown without ENIs', async () => {
    const networkInterfaces = denied('ec2:DescribeNetworkInterfaces');
    expect((await runOf(snapshot({ nodes: [], networkInterfaces }))).get(nodeEnis).known).toBe(false);
  });
});

describe('use of addresses', () => {
  it('counts an address that two pods claim once', async () => {
    const run = await runOf(
      snapshot({ networkInterfaces: [primary], pods: [onA('one', '10.0.0.11'), onA('twin', '10.0.0.11')] }),
    );
    expect(run.valueOf(addressUse)!.get('eni-0')).toEqual({ singles: 1, inPrefixes: 0, usedPrefixes: 0 });
  });
});
