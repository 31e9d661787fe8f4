import * as v from 'valibot';
import type { BlockState } from '../../calc/blocks.ts';
import { type Cidr, formatCidr, parseCidr } from '../../calc/cidr.ts';
import type { Fix } from '../contract/finding.ts';
import { count, share, subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { type BlockStates, subnetBlocks } from '../facts/subnet-blocks.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { isShort } from '../facts/support/shortage.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { podRoomFixes, podRoomInputs } from './fixes/pod-room.ts';
import { blocksAvailable, prefixNodes } from './support/blocks.ts';
import { aws } from './support/commands.ts';
import { topOwners, topOwnersSchema } from './support/owners.ts';
import { subnetResource } from './support/resources.ts';
import { nodesWithoutSubnets } from './support/unjudged.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  freeBlocks: v.number(),
  /** Null where the reservations of subnets could not be read. */
  reservedForPrefixes: v.nullable(v.number()),
  brokenBlocks: v.number(),
  usableBlocks: v.number(),
  neededByOneNode: v.number(),
  nodes: v.number(),
  owners: topOwnersSchema,
});
type Evidence = v.InferOutput<typeof evidence>;

/** Share of a subnet's blocks that single addresses may break up before it is worth a word. */
const BROKEN_SHARE = 0.5;

export const PFX002 = defineCheck({
  code: 'PFX002',
  title: 'Fragmentation is near the point where prefixes fail',
  severity: 'warning',
  grain: 'subnet',
  modes: ['prefix'],
  needs: { accounts: subnetAccounting, blocks: subnetBlocks, need: subnetNeed },
  helps: {
    draws: podSubnets,
    nodes: nodesServedByCni,
    capacity: nodeCapacity,
    reservations: section('cidrReservations'),
    ...podRoomInputs,
  },
  partialOk: true,
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { accounts, blocks, need, capacity } = from;
    return accounts.flatMap((account): Draft<Evidence>[] => {
      const id = account.subnetId;
      const wants = need.get(id);
      const state = blocks.get(id);
      const nodes = prefixNodes(wants?.draws ?? [], capacity);
      if (!wants || !state || nodes.length === 0 || isShort(account.addresses.free, wants)) return [];
      const { counts } = state;
      const available = blocksAvailable(counts);
      const perNode = Math.max(wants.blocks, 1);
      const broken = counts.fragmented + counts.full;
      const near = available < perNode;
      const brokenUp = broken > BROKEN_SHARE * counts.usable && available < perNode * nodes.length;
      if (available === 0 || !(near || brokenUp)) return [];
      if (wants.alternatives.some((other) => hasRoom(blocks.get(other), perNode))) return [];
      return [
        {
          key: id,
          severity: counts.prefixReserved >= perNode ? 'info' : 'warning',
          confidence: state.upperBound ? 'heuristic' : 'derived',
          resources: [subnetResource(account.subnet)],
          scope: { subnets: [id] },
          evidence: {
            subnetId: id,
            zone: account.availabilityZone,
            cidr: account.cidr,
            freeBlocks: available,
            reservedForPrefixes:
              counts.prefixReserved === 0 && gapsOf('reservations').length > 0 ? null : counts.prefixReserved,
            brokenBlocks: broken,
            usableBlocks: counts.usable,
            neededByOneNode: perNode,
            nodes: nodes.length,
            owners: topOwners(account.owners),
          },
          fixes:
            counts.prefixReserved >= perNode
              ? []
              : [
                  ...reserve(from.fix, account.subnet, state, perNode),
                  ...podRoomFixes(from, { subnet: account.subnet, addresses: wants.addresses, blocks: perNode }),
                ],
        },
      ];
    });
  },
  unjudged: ({ nodes, draws }, { gapsOf }) => nodesWithoutSubnets(nodes, draws, gapsOf('draws')),
  summary: (e) =>
    `${subnetText(e)} has ${things(e.freeBlocks, 'free /28', 'free /28')} left${
      (e.reservedForPrefixes ?? 0) > 0 ? ` (${count(e.reservedForPrefixes ?? 0)} reserved for prefixes)` : ''
    }; single addresses break up ${share(e.brokenBlocks, e.usableBlocks)} of its blocks, and one more node needs ${count(e.neededByOneNode)}`,
  explanation: {
    why: 'While single addresses and prefixes share a subnet, broken blocks only become more: every load balancer, Lambda or node may take one address out of a block that was whole. The failure shows at the next node launch.',
    how: "Free /28 blocks (counted as in PFX001) against the prefixes one more node takes when it joins, and whether single addresses break up more than half of the usable blocks while fewer blocks are left than the subnet's nodes would take again. It is only information where a prefix reservation holds enough free blocks. Interfaces this account cannot see make the count an upper bound and the finding a guess.",
    fix: 'Reserve the blocks that are still whole for prefixes, or give pods a subnet of their own. A reservation over broken blocks helps only as they drain.',
    verify:
      'aws ec2 get-subnet-cidr-reservations lists the reservation; vpccni inspect shows its blocks as reserved for prefixes.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
      'https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html',
      'awslabs/aws-support-tools EKS/subnet-fragmentation',
    ],
  },
});

function hasRoom(other: BlockStates | undefined, blocks: number): boolean {
  return other !== undefined && blocksAvailable(other.counts) >= blocks;
}

/** A prefix reservation over the largest aligned run without single addresses, where it holds what one node needs. */
function reserve(ctx: FixContext, subnet: Subnet, state: BlockStates, needed: number): Fix[] {
  const cidr = parseCidr(subnet.cidr);
  const run = cidr && largestWholeRun(cidr, state.states);
  if (!run || run.free < needed) return [];
  const range = formatCidr(run.cidr);
  return [
    {
      title: `Reserve ${range} for prefixes`,
      commands: [
        aws(
          ctx,
          'ec2',
          'create-subnet-cidr-reservation',
          '--subnet-id',
          subnet.subnetId,
          '--reservation-type',
          'prefix',
          '--cidr',
          range,
        ),
      ],
      changes: `EC2 no longer takes single addresses from ${range}; its ${things(run.free, 'free block')} stay whole for prefixes.`,
      effect: 'immediate',
      risk: 'Other tenants of the subnet have fewer addresses left.',
    },
  ];
}

interface WholeRun {
  readonly cidr: Cidr;
  /** Blocks in it that are free now. */
  readonly free: number;
}

/** The aligned range of wholly free or delegated blocks with most free ones; ranges may not overlap a present reservation. */
function largestWholeRun(subnet: Cidr, states: readonly BlockState[]): WholeRun | undefined {
  let best: WholeRun | undefined;
  for (let size = 1; size <= states.length; size *= 2) {
    for (let from = 0; from + size <= states.length; from += size) {
      const run = states.slice(from, from + size);
      if (!run.every((s) => s === 'free' || s === 'prefix')) continue;
      const free = run.filter((s) => s === 'free').length;
      if (best && free <= best.free) continue;
      best = { cidr: { first: subnet.first + from * 16, length: 28 - Math.log2(size) }, free };
    }
  }
  return best;
}
