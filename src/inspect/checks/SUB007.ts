import * as v from 'valibot';
import { CLUSTER_TAG_PREFIX, ROLE_TAG } from '../../calc/ipamd/index.ts';
import { changeSettings } from '../cni-settings.ts';
import { some, things } from '../contract/words.ts';
import { networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { isEligible, podSubnets } from '../facts/pod-subnets.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { podRoomFixes, podRoomInputs } from './fixes/pod-room.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { nodesWithoutSubnets } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  nodes: v.number(),
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
  helps: { stuck: stuckPods, causes: stuckCauses, ...podRoomInputs },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['no-eligible-subnet'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { networking: net, nodes, at, draws, stuck, causes, subnets, fix } = from;
    if (net.settings.customNetworking || !net.settings.subnetDiscovery || !subnets) return [];
    const lost = nodes.served.filter((n) => draws.byNode.get(n.name)?.length === 0);
    return [...groupBy(lost, (n) => at.get(n.name)?.subnetId ?? '')].flatMap(
      ([subnetId, members]): Draft<Evidence>[] => {
        const own = subnets.find((s) => s.subnetId === subnetId);
        if (!own) return [];
        const names = members.map((n) => n.name);
        const same = subnets.filter((s) => s.vpcId === own.vpcId && s.availabilityZone === own.availabilityZone);
        const waiting = waitingFor('no-eligible-subnet', { stuck, causes }, gapsOf, names);
        const cluster = net.settings.clusterName;
        // One that was evidently meant for pods: the tag is there and does not count.
        const meant = same.find((s) => s.subnetId !== subnetId && !isEligible(s, false, net) && nearMiss(s, cluster));
        return [
          {
            key: subnetId,
            confidence: waiting.pods.length > 0 ? 'observed' : 'derived',
            resources: [{ kind: 'subnet', id: subnetId }, ...nodeResources(names)],
            scope: { subnets: [subnetId], nodes: waiting.pods.length > 0 ? waiting.nodes : names, pods: waiting.pods },
            evidence: {
              subnetId,
              zone: own.availabilityZone,
              nodes: names.length,
              candidates: same.map((s) => ({
                subnetId: s.subnetId,
                why: whyNot(s, s === own, cluster),
                free: s.availableIps,
              })),
              waitingPods: waiting.count,
            },
            fixes: [
              ...(meant
                ? [
                    {
                      title: `Tag ${meant.subnetId} so that aws-node takes it`,
                      commands: [
                        aws(
                          fix,
                          'ec2',
                          'create-tags',
                          '--resources',
                          named('subnet', meant.subnetId),
                          '--tags',
                          `Key=${ROLE_TAG},Value=1`,
                          ...(cluster ? [`Key=${CLUSTER_TAG_PREFIX}${named('cluster', cluster)},Value=shared`] : []),
                        ),
                      ],
                      changes: 'aws-node creates further ENIs of these nodes there within a minute.',
                      effect: 'minutes' as const,
                    },
                  ]
                : []),
              ...podRoomFixes(from, { subnet: own, addresses: names.length, blocks: 0 }),
              {
                title: 'Until then, let aws-node use the subnet of the node again',
                ...pick(changeSettings(fix.cluster, fix.cni, fix.addon, { set: { ENABLE_SUBNET_DISCOVERY: 'false' } })),
                effect: 'minutes' as const,
              },
            ],
          },
        ];
      },
    );
  },
  unjudged: ({ nodes, draws }, { gapsOf }) => {
    const gaps = gapsOf('subnets');
    const all = nodes.served.length;
    return gaps.length === 0 || all === 0
      ? nodesWithoutSubnets(nodes, draws, gapsOf('draws'))
      : { count: all, of: all, what: 'node', gaps };
  },
  summary: (e) =>
    `${things(e.nodes, 'node')} of ${e.subnetId} (${e.zone}) ha${e.nodes === 1 ? 's' : 've'} no subnet for further ENIs: ${some(e.candidates.map((c) => `${c.subnetId} ${c.why}`))}${waitingText(e.waitingPods)}`,
  verdict: () => 'no subnet is eligible for their ENIs',
  explanation: {
    why: 'A tag stops the creation of ENIs without a word: "no valid subnets available for ENI creation" stands in the log of the node alone. Nodes go on with what they have until it is used up.',
    how: "What aws-node does, per node: subnets of its VPC and zone; one tagged kubernetes.io/role/cni=0 is out; another one than the node's own needs the tag with a value that is neither empty nor 0; one with tags cni.networking.k8s.aws/cluster/NAME needs one of this cluster, where CLUSTER_NAME is set. Nothing is left. Custom networking does not ask tags.",
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

function whyNot(s: Subnet, isOwn: boolean, cluster: string): string {
  const role = s.tags[ROLE_TAG];
  if (role === '0') return `is tagged ${ROLE_TAG}=0`;
  if (keptForOthers(s, cluster)) return `is kept for other clusters, not ${cluster}`;
  const misspelt = Object.keys(s.tags).find((k) => k !== ROLE_TAG && /role.{0,3}cni/i.test(k));
  if (misspelt !== undefined) return `is tagged ${misspelt}, not ${ROLE_TAG}`;
  if (role === '') return `has an empty ${ROLE_TAG}`;
  return isOwn ? 'is not eligible' : `is not tagged ${ROLE_TAG}`;
}
