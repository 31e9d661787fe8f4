import { describe, expect, it } from 'vitest';
import { ipsHeldByNode, type NodeSubnets, parseSettings } from '../../../src/calc/ipamd/index.ts';
import { creationOrder, giveBack, openAccounts, take } from '../../../src/calc/ipamd/subnets.ts';

const rules = { customNetworking: false, subnetDiscovery: true, primarySubnetExcluded: false };
const limits = { eniLimit: 4, ipv4PerEni: 10, trunkingCompatible: true, branchEniLimit: 9, prefixCapable: true };
const held = (subnets: NodeSubnets, pods: number, primarySubnetExcluded = false) =>
  ipsHeldByNode(parseSettings({}, { defaults: 'manifest' }), limits, {
    pods,
    maxPods: 110,
    subnets,
    primarySubnetExcluded,
  });

describe('subnet accounts', () => {
  it('give all or nothing', () => {
    const { node } = openAccounts({ node: { freeIPs: 33, freeBlocks28: 2 } }, rules);
    expect(take(node, 2, true, 2)).toBe(false);
    expect(node).toMatchObject({ freeIPs: 33, freeBlocks: 2, taken: 0 });
    expect(take(node, 2, true, 1)).toBe(true);
    expect(node).toMatchObject({ freeIPs: 0, freeBlocks: 0, taken: 33 });
  });

  it('spoil a block with a single address only when nothing else is left', () => {
    const { node } = openAccounts({ node: { freeIPs: 34, freeBlocks28: 2 } }, rules);
    take(node, 0, false, 2);
    expect(node.freeBlocks).toBe(2);
    take(node, 0, false, 1);
    expect(node.freeBlocks).toBe(1);
    giveBack(node, 0, false, 1);
    expect(node).toMatchObject({ freeIPs: 32, freeBlocks: 1 });
  });

  it('are tried with most free addresses first', () => {
    const accounts = openAccounts({ node: { freeIPs: 50 }, others: { a: { freeIPs: 40 }, b: { freeIPs: 60 } } }, rules);
    expect(creationOrder(accounts).map(({ name }) => name)).toEqual(['b', 'node', 'a']);
    const closed = openAccounts(
      { node: { freeIPs: 50 }, others: { a: { freeIPs: 40 } } },
      { ...rules, subnetDiscovery: false },
    );
    expect(creationOrder(closed).map(({ name }) => name)).toEqual(['node']);
  });
});

describe('a node with several subnets', () => {
  it('puts each new ENI where most addresses are free at that moment', () => {
    const subnets = { node: { freeIPs: 30 }, others: { a: { freeIPs: 35 }, b: { freeIPs: 40 } } };
    expect(held(subnets, 20).subnetIPsBySubnet).toEqual({ node: 10, a: 10, b: 20 });
  });

  it('holds nothing when the node subnet is excluded and no other is eligible', () => {
    expect(held({ node: { freeIPs: 500 } }, 5, true)).toMatchObject({
      dataENIs: 0,
      podsWithoutIP: 5,
      subnetIPsBySubnet: { node: 1 },
    });
  });
});
