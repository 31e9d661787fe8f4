import * as v from 'valibot';
import { CLUSTER_TAG_PREFIX, ROLE_TAG } from '../../calc/ipamd/index.ts';
import { changeSettings } from '../cni-settings.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { isEligible, podSubnets } from '../facts/pod-subnets.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isShort } from '../facts/support/shortage.ts';
import { named } from '../shell.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { podRoomFixes, podRoomInputs } from './fixes/pod-room.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { nodesWithoutSubnets } from './support/unjudged.ts';
import { type Waiting, waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  nodes: v.number(),
  /** The nodes' own subnet is the only one that is left, and has too little for another node. */
  ownFull: v.boolean(),
  /** Subnets of that VPC and zone, and why aws-node passes each over. */
  candidates: v.array(v.object({ subnetId: v.string(), why: v.string(), free: v.number() })),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SUB007 = defineCheck({
  code: 'SUB007',
  title: 'No subnet is eligible for new pod ENIs',
  severity: 'error',
  grain: 'subnet',
  patterns: ['default', 'sgp'],
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni, at: nodeInstances, draws: podSubnets },
  helps: { stuck: stuckPods, causes: stuckCauses, need: subnetNeed, ...podRoomInputs },
  partialOk: true,
  explains: ['HLT001', 'SUB001'],
  accountsFor: ['no-eligible-subnet'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { networking: net, nodes, at, draws, need, stuck, causes, subnets, fix } = from;
    const cluster = net.settings.clusterName;
    if (net.settings.customNetworking || !net.settings.subnetDiscovery || !subnets) return [];
    const bySubnet = (members: readonly Node[]) => groupBy(members, (n) => at.get(n.name)?.subnetId ?? '');
    const lost = nodes.served.filter((n) => draws.byNode.get(n.name)?.length === 0);
    const none = [...bySubnet(lost)].flatMap(([subnetId, members]): Draft<Evidence>[] => {
      const own = subnets.find((s) => s.subnetId === subnetId);
      if (!own) return [];
      const same = subnets.filter((s) => s.vpcId === own.vpcId && s.availabilityZone === own.availabilityZone);
      // One that was evidently meant for pods: the tag is there and does not count.
      const meant = same.find((s) => s !== own && !isEligible(s, false, net) && nearMiss(s, cluster));
      const waiting = waitingFor('no-eligible-subnet', { stuck, causes }, gapsOf, namesOf(members));
      return [
        draft({
          own,
          members,
          candidates: same,
          waiting,
          fixes: [
            ...tagIt(fix, meant, cluster),
            ...podRoomFixes(from, { subnet: own, addresses: members.length, blocks: 0 }),
            {
              title: 'Until then, let aws-node use the subnet of the node again',
              ...pick(changeSettings(fix.cluster, fix.cni, fix.addon, { set: { ENABLE_SUBNET_DISCOVERY: 'false' } })),
              effect: 'minutes',
            },
          ],
        }),
      ];
    });
    const zones = new Set(nodes.served.map((n) => at.get(n.name)?.zone));
    const alone = nodes.served.filter((n) => {
      const { length, 0: only } = draws.byNode.get(n.name) ?? [];
      return length === 1 && only === at.get(n.name)?.subnetId;
    });
    const full = [...bySubnet(alone)].flatMap(([subnetId, members]): Draft<Evidence>[] => {
      const own = subnets.find((s) => s.subnetId === subnetId);
      if (!own || !isShort(own.availableIps, need?.get(subnetId))) return [];
      const others = subnets.filter((s) => s !== own && s.vpcId === own.vpcId);
      const meant = others.filter((s) => s.availabilityZone === own.availabilityZone && isMistagged(s, net));
      const elsewhere = others.filter((s) => !zones.has(s.availabilityZone) && isTagged(s, net));
      if (meant.length + elsewhere.length === 0) return [];
      const waiting = waitingFor('no-free-address', { stuck, causes }, gapsOf, namesOf(members));
      return [
        draft({
          own,
          members,
          candidates: [own, ...meant, ...elsewhere],
          waiting,
          ownFull: true,
          fixes: [
            ...tagIt(fix, meant[0], cluster),
            ...podRoomFixes(from, { subnet: own, addresses: members.length, blocks: 0 }),
          ],
        }),
      ];
    });
    return [...none, ...full];

    function draft(part: {
      readonly own: Subnet;
      readonly members: readonly Node[];
      readonly candidates: readonly Subnet[];
      readonly waiting: Waiting;
      readonly ownFull?: true;
      readonly fixes: readonly Fix[];
    }): Draft<Evidence> {
      const { own, members, waiting, ownFull = false } = part;
      const names = namesOf(members);
      return {
        key: own.subnetId,
        ...(ownFull ? { subReason: 'own-full' } : {}),
        confidence: waiting.pods.length > 0 ? 'observed' : 'derived',
        resources: [{ kind: 'subnet', id: own.subnetId }, ...nodeResources(names)],
        scope: {
          subnets: [own.subnetId],
          nodes: waiting.pods.length > 0 ? waiting.nodes : names,
          pods: waiting.pods,
        },
        explains: ownFull ? ['SUB001'] : ['HLT001'],
        evidence: {
          subnetId: own.subnetId,
          zone: own.availabilityZone,
          nodes: names.length,
          ownFull,
          candidates: part.candidates.map((s) => ({
            subnetId: s.subnetId,
            why: whyNot(s, own, cluster, ownFull),
            free: s.availableIps,
          })),
          waitingPods: waiting.count,
        },
        fixes: part.fixes,
      };
    }
  },
  unjudged: ({ networking: net, nodes, draws, subnets }, { gapsOf }) => {
    // what a node needs decides only beside a subnet that was meant for pods
    const matters = subnets?.some((s) => isMistagged(s, net) || isTagged(s, net)) === true;
    const gaps = [...gapsOf('subnets'), ...(matters ? gapsOf('need') : [])];
    const all = nodes.served.length;
    return gaps.length === 0 || all === 0
      ? nodesWithoutSubnets(nodes, draws, gapsOf('draws'))
      : { count: all, of: all, what: 'node', gaps };
  },
  summary: (e) =>
    `${things(e.nodes, 'node')} of ${e.subnetId} (${e.zone}) ha${e.nodes === 1 ? 's' : 've'} no subnet for further ENIs${e.ownFull ? ' but their own, which is full' : ''}: ${some(e.candidates.map((c) => `${c.subnetId} ${c.why}`))}${waitingText(e.waitingPods)}`,
  verdict: () => 'no subnet is eligible for their ENIs',
  explanation: {
    why: 'A tag stops the creation of ENIs without a word: "no valid subnets available for ENI creation" stands in the log of the node alone. Nodes go on with what they have until it is used up.',
    how: "What aws-node does, per node: subnets of its VPC and zone; one tagged kubernetes.io/role/cni=0 is out; another one than the node's own needs the tag with a value that is neither empty nor 0; one with tags cni.networking.k8s.aws/cluster/NAME needs one of this cluster, where CLUSTER_NAME is set. Nothing is left. own-full: nothing but the node's own subnet is left, it has too few addresses for another node, and a subnet was evidently meant for pods: its tag is misspelt or empty, or it lies in a zone without nodes. Custom networking does not ask tags.",
    fix: 'Tag the subnet that is meant for pods with kubernetes.io/role/cni=1, and for this cluster where it carries cluster tags.',
    verify: 'New ENIs appear in the tagged subnet, and waiting pods start.',
    references: [
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go isSubnetValidForENICreation',
      'amazon-vpc-cni-k8s CHANGELOG.md v1.22.1',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2984',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3067',
    ],
  },
});

function pick({ commands, changes, risk }: ReturnType<typeof changeSettings>) {
  return { commands, changes, ...(risk ? { risk } : {}) };
}

/** The tag is misspelt, empty, or the subnet is kept for other clusters. */
function nearMiss(s: Subnet, cluster: string): boolean {
  const role = s.tags[ROLE_TAG];
  if (role === '0') return false;
  return role !== undefined || Object.keys(s.tags).some((k) => /role.{0,3}cni/i.test(k)) || keptForOthers(s, cluster);
}

function keptForOthers(s: Subnet, cluster: string): boolean {
  const keys = Object.keys(s.tags).filter((k) => k.startsWith(CLUSTER_TAG_PREFIX));
  return cluster !== '' && keys.length > 0 && !keys.includes(CLUSTER_TAG_PREFIX + cluster);
}

function namesOf(nodes: readonly Node[]): string[] {
  return nodes.map((n) => n.name);
}

function tagIt(fix: FixContext, meant: Subnet | undefined, cluster: string): Fix[] {
  if (!meant) return [];
  const tags = [
    `Key=${ROLE_TAG},Value=1`,
    ...(cluster ? [`Key=${CLUSTER_TAG_PREFIX}${named('cluster', cluster)},Value=shared`] : []),
  ];
  return [
    {
      title: `Tag ${meant.subnetId} so that aws-node takes it`,
      commands: [aws(fix, 'ec2', 'create-tags', '--resources', named('subnet', meant.subnetId), '--tags', ...tags)],
      changes: 'aws-node creates further ENIs of these nodes there within a minute.',
      effect: 'minutes',
    },
  ];
}

/** Not taken, though a tag shows that it was meant to be; one that is kept for other clusters was not meant for this one. */
function isMistagged(s: Subnet, net: Networking): boolean {
  return (
    !isEligible(s, false, net) && !keptForOthers(s, net.settings.clusterName) && nearMiss(s, net.settings.clusterName)
  );
}

function isTagged(s: Subnet, net: Networking): boolean {
  return s.tags[ROLE_TAG] !== undefined && isEligible(s, false, net);
}

function whyNot(s: Subnet, own: Subnet, cluster: string, ownFull: boolean): string {
  if (ownFull && s === own) return `has ${things(s.availableIps, 'address', 'addresses')} free`;
  if (s.availabilityZone !== own.availabilityZone) return `is tagged, but in ${s.availabilityZone}, where no node is`;
  const isOwn = s === own;
  const role = s.tags[ROLE_TAG];
  if (role === '0') return `is tagged ${ROLE_TAG}=0`;
  if (keptForOthers(s, cluster)) return `is kept for other clusters, not ${cluster}`;
  const misspelt = Object.keys(s.tags).find((k) => k !== ROLE_TAG && /role.{0,3}cni/i.test(k));
  if (misspelt !== undefined) return `is tagged ${misspelt}, not ${ROLE_TAG}`;
  if (role === '') return `has an empty ${ROLE_TAG}`;
  return isOwn ? 'is not eligible' : `is not tagged ${ROLE_TAG}`;
}
