import * as v from 'valibot';
import { count, subnetText, things } from '../contract/words.ts';
import { blocksFreedBy, leakedEnis, olderThan } from '../facts/leaked-enis.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { starvedNodes } from '../facts/starved-nodes.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetBlocks } from '../facts/subnet-blocks.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { isShort } from '../facts/support/shortage.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { deleteLeaks, leakFixInputs } from './fixes/leaked-enis.ts';
import { podRoomFixes, podRoomInputs } from './fixes/pod-room.ts';
import { blocksAvailable, prefixNodes } from './support/blocks.ts';
import { topOwners, topOwnersSchema } from './support/owners.ts';
import { nodeResources, subnetResource } from './support/resources.ts';
import { nodesWithoutSubnets } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  freeAddresses: v.number(),
  freeBlocks: v.number(),
  fragmentedBlocks: v.number(),
  fullBlocks: v.number(),
  prefixes: v.number(),
  usableBlocks: v.number(),
  nodes: v.number(),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
  owners: topOwnersSchema,
});
type Evidence = v.InferOutput<typeof evidence>;

export const PFX001 = defineCheck({
  code: 'PFX001',
  title: 'No free /28 left: prefix allocation fails',
  severity: 'error',
  grain: 'subnet',
  modes: ['prefix'],
  needs: { accounts: subnetAccounting, blocks: subnetBlocks, need: subnetNeed },
  helps: {
    draws: podSubnets,
    nodes: nodesServedByCni,
    capacity: nodeCapacity,
    stuck: stuckPods,
    causes: stuckCauses,
    starved: starvedNodes,
    leaks: leakedEnis,
    ...leakFixInputs,
    ...podRoomInputs,
  },
  partialOk: true,
  explains: ['HLT001', 'SUB003', 'HLT002', 'HLT003', 'ADD002'],
  accountsFor: ['no-free-block'],
  evidence,
  evaluate: (from, { policy, gapsOf }) => {
    const { accounts, blocks, need, capacity, draws, stuck, causes } = from;
    const leaks = olderThan(policy.thresholds.leakedEniMinutes, from.leaks);
    const free = new Map(accounts.map((a) => [a.subnetId, a.addresses.free]));
    return accounts.flatMap((account): Draft<Evidence>[] => {
      const id = account.subnetId;
      const wants = need.get(id);
      const counts = blocks.get(id)?.counts;
      const nodes = prefixNodes(wants?.draws ?? [], capacity);
      if (!wants || !counts || nodes.length === 0 || blocksAvailable(counts) > 0) return [];
      if (isShort(account.addresses.free, wants)) return [];
      if (wants.alternatives.some((o) => hasBlocks(blocks.get(o)?.counts) && !isShort(free.get(o), need.get(o))))
        return [];
      // where several have none left, the one that ipamd tries first
      const waiting = waitingFor('no-free-block', { stuck, causes }, gapsOf, nodes, ({ node }) => {
        const ids = draws?.byNode.get(node) ?? [id];
        return (ids.find((other) => !isShort(free.get(other), need.get(other))) ?? id) === id;
      });
      const unstarted = nodes.filter((n) => from.starved?.get(n) === 'no-free-block');
      const hit = [...new Set([...unstarted, ...waiting.nodes])];
      const here = leaks.filter((l) => l.eni.subnetId === id);
      const helpful =
        blocksFreedBy(from.subnetUse, account.subnet, new Set(here.map((l) => l.eni.eniId))) > 0 ? here : [];
      return [
        {
          key: id,
          confidence: hit.length > 0 ? 'observed' : 'derived',
          resources: [subnetResource(account.subnet), ...nodeResources(hit)],
          scope: { subnets: [id], pods: waiting.pods, nodes: hit },
          evidence: {
            subnetId: id,
            zone: account.availabilityZone,
            cidr: account.cidr,
            freeAddresses: account.addresses.free,
            freeBlocks: blocksAvailable(counts),
            fragmentedBlocks: counts.fragmented,
            fullBlocks: counts.full,
            prefixes: counts.prefix,
            usableBlocks: counts.usable,
            nodes: nodes.length,
            waitingPods: waiting.count,
            owners: topOwners(account.owners),
          },
          fixes: [
            ...deleteLeaks(from, account.subnet, helpful, nodes.length),
            ...podRoomFixes(from, {
              subnet: account.subnet,
              addresses: wants.addresses,
              blocks: Math.max(wants.blocks, 1),
            }),
          ],
        },
      ];
    });
  },
  unjudged: ({ nodes, draws }, { gapsOf }) => nodesWithoutSubnets(nodes, draws, gapsOf('draws')),
  summary: (e) =>
    `${subnetText(e)} has ${things(e.freeAddresses, 'address', 'addresses')} free but no free /28: ${count(e.prefixes)} of ${things(e.usableBlocks, 'block')} are prefixes already, ${count(e.fragmentedBlocks)} are broken up by single addresses; ${things(e.nodes, 'node')} cannot get another prefix${waitingText(e.waitingPods)}`,
  verdict: () => 'no free /28',
  explanation: {
    why: 'A prefix is sixteen addresses in one aligned block. EC2 answers InsufficientCidrBlocks while hundreds of single addresses look available, and aws-node does not fall back to single addresses, so pods wait although the subnet seems half empty.',
    how: 'The subnet is cut into aligned /28 blocks. A block is free when no interface has an address or prefix in it, AWS keeps none of it (first and last block), and no explicit reservation covers it. No free block, and none inside a prefix reservation, in any subnet its nodes may use is an error; subnets that lack even single addresses are told by SUB001. EC2 keeps part of a subnet for itself, so the count is an upper bound.',
    fix: 'Delete leaked ENIs where that frees a whole block; otherwise give pods a subnet of their own that single addresses cannot break up, and let nodes move there.',
    verify: 'vpccni inspect shows free /28 blocks; new pods get an address within two minutes.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go increaseDatastorePool',
      'awslabs/aws-support-tools EKS/subnet-fragmentation',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2749',
    ],
  },
});

function hasBlocks(counts: Parameters<typeof blocksAvailable>[0] | undefined): boolean {
  return counts === undefined || blocksAvailable(counts) > 0;
}
