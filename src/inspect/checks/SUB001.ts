import * as v from 'valibot';
import { count, subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { leakedEnis, olderThan } from '../facts/leaked-enis.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { type NodeInstance, nodeInstances } from '../facts/node-instances.ts';
import { isRecent } from '../facts/node-troubles.ts';
import { type NodesByPlatform, nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { starvedNodes } from '../facts/starved-nodes.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { type SubnetAccounting, subnetAccounting } from '../facts/subnet-accounting.ts';
import { type SubnetNeed, subnetNeed } from '../facts/subnet-need.ts';
import { isShort } from '../facts/support/shortage.ts';
import { warmRecommendation } from '../facts/warm-recommendation.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { deleteLeaks, leakFixInputs } from './fixes/leaked-enis.ts';
import { nodeRoomFixes } from './fixes/node-room.ts';
import { subnetRoomFixes, subnetRoomInputs } from './fixes/subnet-room.ts';
import { trimWarmPool } from './fixes/warm-pool.ts';
import { topOwners, topOwnersSchema } from './support/owners.ts';
import { nodeResources, subnetResource } from './support/resources.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  free: v.number(),
  total: v.number(),
  /** Null where nothing is known of the nodes that use it. */
  neededByOneNode: v.nullable(v.number()),
  /** Null where it is not known which nodes take addresses here. */
  nodes: v.nullable(v.number()),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
  /** Free addresses in other subnets the same nodes may use. */
  freeElsewhere: v.number(),
  owners: topOwnersSchema,
});
type Evidence = v.InferOutput<typeof evidence>;

const NODES_UNKNOWN: Gap = { kind: 'not-told', reason: 'nothing is known of the instance types of its nodes' };

export const SUB001 = defineCheck({
  code: 'SUB001',
  title: 'Subnet that feeds nodes or pods has no usable addresses',
  severity: 'error',
  grain: 'subnet',
  // Fargate and Auto Mode take their addresses from subnets too
  platform: 'any',
  needs: { accounts: subnetAccounting },
  helps: {
    need: subnetNeed,
    nodes: nodesServedByCni,
    at: nodeInstances,
    capacity: nodeCapacity,
    draws: podSubnets,
    stuck: stuckPods,
    causes: stuckCauses,
    starved: starvedNodes,
    events: section('events'),
    leaks: leakedEnis,
    advice: warmRecommendation,
    ...leakFixInputs,
    ...subnetRoomInputs,
  },
  partialOk: true,
  explains: ['PLT007', 'HLT001', 'SUB003', 'NOD007', 'HLT002', 'HLT003', 'ADD002'],
  accountsFor: ['no-free-address'],
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { accounts, need, stuck, causes, events, advice, draws } = from;
    const foreign = servedByOthers(from, gapsOf('nodes').length === 0);
    const free = new Map(accounts.map((a) => [a.subnetId, a.addresses.free]));
    const leaks = olderThan(policy.thresholds.leakedEniMinutes, from.leaks);
    const refused = new Set(
      events?.filter((e) => e.kind === 'insufficient-free-addresses' && isRecent(e, now)).map((e) => e.node),
    );
    return accounts.flatMap((account): Draft<Evidence>[] => {
      const wants = need?.get(account.subnetId);
      if (!feeds(account, wants)) return [];
      const total = account.addresses.total - account.addresses.reserved;
      const short = isShort(account.addresses.free, wants);
      const nodes = [...new Set([...(wants?.draws ?? []), ...(wants?.launched ?? [])])];
      // where several are short, the one that ipamd tries first; a branch ENI comes where the trunk is
      const waiting = waitingFor('no-free-address', { stuck, causes }, gapsOf, nodes, (pod) =>
        pod.wantsBranch || !draws ? true : draws.byNode.get(pod.node)?.[0] === account.subnetId,
      );
      // where their addresses come from is not known of all that wait
      const unsure = waiting.pods.length === 0 && stuck?.some((p) => !p.wantsBranch && !draws?.byNode.has(p.node));
      const unstarted = (wants?.draws ?? []).filter((n) => from.starved?.get(n) === 'no-free-address');
      const hit = [...new Set([...unstarted, ...waiting.nodes])];
      const scarce =
        account.addresses.free < 2 * (wants?.addresses ?? 1) ||
        account.addresses.free < policy.thresholds.subnetErrorRatio * total;
      if (!short && !scarce) return [];
      const elsewhere = (wants?.alternatives ?? []).reduce((n, id) => n + (free.get(id) ?? 0), 0);
      const relieved = elsewhere >= (wants?.addresses ?? 1) && waiting.pods.length === 0;
      return [
        {
          key: account.subnetId,
          severity: short && !relieved ? 'error' : 'warning',
          confidence: hit.length > 0 || nodes.some((n) => refused.has(n)) ? 'observed' : 'derived',
          resources: [subnetResource(account.subnet), ...nodeResources(hit)],
          scope: { subnets: [account.subnetId], pods: waiting.pods, nodes: hit },
          evidence: {
            subnetId: account.subnetId,
            zone: account.availabilityZone,
            cidr: account.cidr,
            free: account.addresses.free,
            total,
            neededByOneNode: isGuess(need, account, foreign) ? null : (wants?.addresses ?? 1),
            nodes:
              nodes.length === 0 && isGuess(need, account, foreign)
                ? null
                : nodes.length + (foreign.get(account.subnetId) ?? 0),
            waitingPods: unsure ? null : waiting.count,
            freeElsewhere: elsewhere,
            owners: topOwners(account.owners),
          },
          fixes: [
            ...deleteLeaks(
              from,
              account.subnet,
              leaks.filter((l) => l.eni.subnetId === account.subnetId),
            ),
            ...trimWarmPool(from.fix, advice, account.subnetId),
            // Fargate takes addresses only from the subnets of its profiles: another one for aws-node is no help there.
            ...(!wants && foreign.has(account.subnetId) ? nodeRoomFixes(from, account.subnet) : []),
            ...(wants
              ? subnetRoomFixes(from, {
                  subnet: account.subnet,
                  addresses: wants.addresses,
                  blocks: wants.blocks,
                  free: account.addresses.free,
                  draws: draws && wants.draws.length > 0,
                })
              : []),
          ],
        },
      ];
    });
  },
  unjudged: (from, { gapsOf }) => {
    const { accounts, need, capacity, draws } = from;
    const foreign = servedByOthers(from, gapsOf('nodes').length === 0);
    const fed = accounts.filter((a) => feeds(a, need?.get(a.subnetId)));
    const guessed = fed.filter((a) => isGuess(need, a, foreign));
    const groups = gapsOf('nodegroups');
    const sizes = groups.length > 0 ? groups : [NODES_UNKNOWN];
    const known = capacity ? (draws ? sizes : gapsOf('draws')) : gapsOf('capacity');
    const why = need ? known : gapsOf('need');
    return guessed.length === 0 ? undefined : { count: guessed.length, of: fed.length, what: 'subnet', gaps: why };
  },
  summary: (e) =>
    `${subnetText(e)} has ${count(e.free)} of ${things(e.total, 'address', 'addresses')} free; ${
      e.neededByOneNode === null
        ? 'what one more node needs is not known'
        : `one more node needs ${count(e.neededByOneNode)}`
    }${waitingText(
      e.waitingPods,
    )}${e.freeElsewhere > 0 ? `; ${count(e.freeElsewhere)} are free in other subnets its nodes may use` : ''}`,
  verdict: () => 'no free address',
  explanation: {
    why: 'Nodes still join, yet their pods stay in ContainerCreating with "failed to assign an IP address to container". aws-node waits two minutes after each refusal, so recovery lags even when space appears.',
    how: "For every subnet in which nodes, ENIConfigs, the discovery tag or Fargate profiles take addresses: the free addresses EC2 reports, against what one more node of today's hungriest kind takes when it joins (its own address, and the warm pool its settings ask for or its DaemonSets need). Fewer than one node's worth is an error; fewer than two, or under 5 % of the subnet, a warning. Where the same nodes may use another subnet with room it is a warning. Where only nodes of another CNI stand, one more node counts with its own address alone. Pods that wait, or an event in which EC2 refused an address, make it observed.",
    fix: 'Delete leaked ENIs, keep a smaller warm pool, then add space, in a secondary range of the VPC where its own is full: a further subnet for pods; where nodes cannot be launched, a further subnet for their group, since no subnet for pods gives a node its own address.',
    verify: 'vpccni inspect shows free addresses; new pods get one within two minutes.',
    references: [
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go increaseDatastorePool',
      'https://docs.aws.amazon.com/eks/latest/best-practices/ip-opt.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2804',
    ],
  },
});

/** Whether what one more node takes here is not known; a Fargate pod takes one, and a node of another engine its own. */
function isGuess(
  need: ReadonlyMap<string, SubnetNeed> | undefined,
  account: SubnetAccounting,
  foreign: ReadonlyMap<string, number>,
): boolean {
  const known = need?.get(account.subnetId);
  return known ? known.atLeast : !account.sources.includes('fargate') && !foreign.has(account.subnetId);
}

/** By subnet, how many nodes of another CNI stand there: what its pods take is its own affair. None where not all nodes were read. */
function servedByOthers(
  {
    nodes,
    at,
  }: { readonly nodes: NodesByPlatform | undefined; readonly at: ReadonlyMap<string, NodeInstance> | undefined },
  whole: boolean,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (!whole || !nodes || !at) return counts;
  for (const { node, platform } of nodes.others) {
    const id = at.get(node.name)?.subnetId;
    if (platform === 'other-cni' && id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Nodes or pods of the cluster take addresses here, or something is set up so that they will. */
function feeds(account: SubnetAccounting, need: SubnetNeed | undefined): boolean {
  if (need) return true;
  return account.sources.some((s) => s === 'fargate' || s === 'node');
}
