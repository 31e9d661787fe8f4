import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { things } from '../contract/words.ts';
import { type Helps, section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { type PodSubnets, podSubnets } from '../facts/pod-subnets.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { type SubnetAccounting, subnetAccounting } from '../facts/subnet-accounting.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import { lacksTrunk } from '../facts/support/limits-met.ts';
import { trunkUnsupported } from '../facts/trunk-unsupported.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import type { Iam } from '../snapshot/account.ts';
import type { ClusterEvent, CniNode } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { allowResourceController } from './fixes/iam-roles.ts';
import { nodeRoomFixes } from './fixes/node-room.ts';
import { podRoomFixes } from './fixes/pod-room.ts';
import { type RenewFixInputs, renewFixInputs, renewNodes } from './fixes/renew-nodes.ts';
import { subnetRoomInputs } from './fixes/subnet-room.ts';
import { isYoung } from './support/ages.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.number(),
  /** ENIs attached on the node with most, and how many it may have. */
  attached: v.number(),
  eniLimit: v.number(),
  reason: v.string(),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;
type FixInputs = Helps<typeof subnetRoomInputs> &
  RenewFixInputs & {
    readonly accounts: readonly SubnetAccounting[] | undefined;
    readonly draws: PodSubnets | undefined;
  };
type Reason = 'unsupported' | 'role' | 'no-slot' | 'subnet' | 'feature-not-written' | 'event' | 'pending';

interface Lacking {
  readonly c: NodeCapacity;
  readonly enis: NodeEnis;
  readonly reason: Reason;
}

const WORDS: Readonly<Record<Reason, string>> = {
  unsupported: 'the VPC resource controller does not know the type',
  role: 'AWS refused it to the cluster role',
  'no-slot': 'every ENI slot is taken',
  subnet: 'its subnet has no address left',
  'feature-not-written': 'aws-node has not asked for it in the CNINode',
  event: 'the controller reports a failure',
  pending: 'it was asked for and has not come',
};

const CREATE = 'ec2:CreateNetworkInterface';
const LACKS = `the cluster role may not make it (${CREATE})`;

export const SGP003 = defineCheck({
  code: 'SGP003',
  title: 'Trunk ENI is not attached',
  severity: 'error',
  grain: 'group',
  patterns: ['sgp', 'custom+sgp'],
  needs: {
    capacity: nodeCapacity,
    enis: section('networkInterfaces'),
    nodeEnis,
    nodes: nodesServedByCni,
    unknown: unknownCapacity,
  },
  helps: {
    cniNodes: section('cniNodes'),
    events: section('events'),
    iam: section('iam'),
    accounts: subnetAccounting,
    stuck: stuckPods,
    causes: stuckCauses,
    unsupported: trunkUnsupported,
    draws: podSubnets,
    ...subnetRoomInputs,
    ...renewFixInputs,
  },
  partialOk: ['capacity', 'nodeEnis', 'nodes', 'unknown'],
  explains: ['HLT001'],
  accountsFor: ['no-trunk'],
  keepsOffNodes: ['pod-eni-insufficient'],
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { capacity, nodeEnis: seen, accounts, stuck, causes, unsupported } = from;
    const free = new Map(accounts?.map((a) => [a.subnetId, a.addresses.free]));
    const lacks = gapsOf('iam').length === 0 && clusterRoleLacks(from);
    const lacking = [...capacity.values()].flatMap((c): Lacking[] => {
      const enis = seen.get(c.node.name);
      if (!enis || !lacksTrunk(c, enis) || isYoung(c.node, now, policy)) return [];
      return [
        { c, enis, reason: unsupported?.has(c.node.name) ? 'unsupported' : reasonOf(from, c, enis, free, lacks) },
      ];
    });
    const groups = groupBy(lacking, ({ c, reason }) => `${groupKey(c)}/${reason}`);
    return [...groups.values()].map((members): Draft<Evidence> => {
      const { c, reason } = members[0]!;
      const names = members.map((m) => m.c.node.name);
      const waiting = waitingFor('no-trunk', { stuck, causes }, gapsOf, names);
      return {
        key: groupKey(c),
        ...(reason === 'pending' ? {} : { subReason: reason }),
        // what cannot be otherwise is told by the type (SGP002)
        ...(reason === 'unsupported' ? { severity: 'info' as const } : {}),
        confidence: 'observed',
        resources: nodeResources(names),
        // pods that wait for something else on these nodes are not its symptoms
        scope: { nodes: reason === 'role' || waiting.pods.length === 0 ? names : waiting.nodes, pods: waiting.pods },
        ...(reason !== 'role' && waiting.pods.length === 0 ? { explains: [] } : {}),
        evidence: {
          group: groupText(c),
          instanceType: c.instanceType,
          nodes: members.length,
          attached: Math.max(...members.map((m) => attachedOn(m.enis))),
          eniLimit: c.eniLimit,
          reason: reason === 'role' && lacks ? LACKS : WORDS[reason],
          waitingPods: waiting.count,
        },
        fixes: fixesFor(from, reason, members),
      };
    });
  },
  unjudged: ({ nodes, unknown }) => nodesUnjudged(nodes, unknown),
  summary: (e) =>
    `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} ${e.nodes === 1 ? 'has' : 'have'} no trunk ENI: ${e.reason} (${e.attached} of ${e.eniLimit} ENIs attached)${waitingText(e.waitingPods)}`,
  verdict: () => 'on nodes without a trunk ENI',
  explanation: {
    why: 'Branch ENIs hang on the trunk. A node without one never advertises vpc.amazonaws.com/pod-eni, so pods with security groups of their own cannot run there.',
    how: 'Nodes older than five minutes whose type can carry a trunk, with ENABLE_POD_ENI on, for which EC2 shows none. no-slot: ordinary pods took every ENI before the feature came. role: an event says AWS refused it, or no policy of the cluster role allows ec2:CreateNetworkInterface. subnet: the subnet for it has no address. unsupported, information: the controller says that it does not know the type (SGP002). feature-not-written: the CNINode of the node lacks SecurityGroupsForPods.',
    fix: 'Allow the cluster role AmazonEKSVPCResourceController; replace nodes without a slot, since the trunk is attached first on a new one. The trunk is made in the subnet of the node, or of its ENIConfig: no other subnet for pods helps where that is full.',
    verify: 'kubectl describe nodes | grep pod-eni: every node that can carry a trunk shows a number.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go tryEnableSecurityGroupsForPods',
      'amazon-vpc-resource-controller-k8s docs/troubleshooting.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1203',
    ],
  },
});

/** In the subnet of the ENIConfig under custom networking, else in the node's own, whatever discovery finds. */
function trunkSubnet({ fix, draws }: FixInputs, c: NodeCapacity, enis: NodeEnis): string | undefined {
  return fix.networking?.settings.customNetworking ? draws?.byNode.get(c.node.name)?.[0] : enis.primary?.subnetId;
}

function reasonOf(
  from: FixInputs & {
    readonly cniNodes: readonly CniNode[] | undefined;
    readonly events: readonly ClusterEvent[] | undefined;
  },
  c: NodeCapacity,
  enis: NodeEnis,
  free: ReadonlyMap<string, number>,
  lacks: boolean,
): Reason {
  const { cniNodes, events } = from;
  const about = (events ?? []).filter((e) => e.object.name === c.node.name || e.node === c.node.name);
  const failed = about.filter((e) => e.kind === 'trunk-failed');
  if (about.some((e) => e.kind === 'unauthorized') || failed.some((e) => e.action !== undefined)) return 'role';
  if (lacks) return 'role';
  if (attachedOn(enis) >= c.eniLimit) return 'no-slot';
  const home = trunkSubnet(from, c, enis);
  if (home !== undefined && free.get(home) === 0) return 'subnet';
  const cniNode = cniNodes?.find((n) => n.name === c.node.name);
  // earlier releases ask for it by a label of the node
  const asks = behaves(from.fix.networking?.cniVersion, 'cniNode');
  if (asks && cniNodes && !cniNode?.features.some((f) => f.name === 'SecurityGroupsForPods'))
    return 'feature-not-written';
  return failed.length > 0 ? 'event' : 'pending';
}

/** The VPC resource controller makes trunks under the role of the cluster; one of whose policies a part was not read may allow it. */
function clusterRoleLacks({ iam, fix }: { readonly iam: Iam | undefined; readonly fix: FixContext }): boolean {
  const role = iam?.roles.find((r) => r.exists && r.usedBy.includes('cluster'));
  const verdict = role && verdictOn(role, CREATE, 'any', fix.region);
  return verdict !== undefined && verdict !== 'allowed' && verdict !== 'conditional';
}

function attachedOn(enis: NodeEnis): number {
  return enis.data.length + enis.unmanaged.length;
}

function fixesFor(from: FixInputs, reason: Reason, members: readonly Lacking[]): Fix[] {
  const names = members.map((m) => m.c.node.name);
  if (reason === 'unsupported') return [];
  if (reason === 'no-slot')
    return renewNodes(
      from,
      members.map(({ c }) => c),
      'On a new node the trunk is attached first.',
    );
  if (reason === 'subnet') {
    const home = members[0] && trunkSubnet(from, members[0].c, members[0].enis);
    const account = from.accounts?.find((a) => a.subnetId === home);
    if (!account) return [];
    return from.fix.networking?.settings.customNetworking
      ? podRoomFixes(from, { subnet: account.subnet, addresses: 1, blocks: 0 })
      : nodeRoomFixes(from, account.subnet);
  }
  const allow = allowResourceController(from.fix);
  const restart = restartAwsNode(from.fix, names);
  return [
    {
      title: 'Allow the cluster role to make trunk ENIs, and let aws-node ask again',
      commands: [...allow, ...restart],
      changes: `${allow.length > 0 ? 'Attaches AmazonEKSVPCResourceController to the cluster role. ' : ''}Restarts aws-node on ${things(members.length, 'node')}, which then asks again; the node's events show what the controller answers.`,
      effect: 'minutes',
    },
  ];
}
