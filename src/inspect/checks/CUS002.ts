import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { inOtherZone } from '../facts/node-troubles.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { EniConfig } from '../snapshot/kubernetes.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { type EniConfigFixInputs, eniConfigFixInputs, eniConfigPerZone, moveEniConfig } from './fixes/eni-config.ts';
import { nodeResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  eniConfig: v.string(),
  subnetId: v.string(),
  subnetZone: v.string(),
  nodeZones: v.array(v.string()),
  nodes: v.number(),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

const ZONE_LABEL = 'topology.kubernetes.io/zone';

export const CUS002 = defineCheck({
  code: 'CUS002',
  title: 'ENIConfig subnet is in another zone than the node',
  severity: 'error',
  grain: 'zone',
  patterns: ['custom', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: {
    nodes: nodesServedByCni,
    choices: eniConfigResolution,
    eniConfigs: section('eniConfigs'),
    subnets: section('subnets'),
  },
  helps: { stuck: stuckPods, causes: stuckCauses, ...eniConfigFixInputs },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  accountsFor: ['eniconfig-zone'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { nodes, choices, eniConfigs, subnets, stuck, causes } = from;
    const apart = nodes.served.filter((n) => {
      const choice = choices.get(n.name);
      return choice?.eniConfig !== undefined && inOtherZone(n, choice);
    });
    const used = [...groupBy(apart, (n) => choices.get(n.name)!.name)].map(([name, members]): Draft<Evidence> => {
      const { subnet } = choices.get(members[0]!.name)!;
      const names = members.map((n) => n.name);
      const nodeZones = [...new Set(members.flatMap((n) => n.labels[ZONE_LABEL] ?? []))].sort();
      const waiting = waitingFor('eniconfig-zone', { stuck, causes }, gapsOf, names);
      return {
        key: name,
        confidence: waiting.pods.length > 0 || members.some((n) => n.ready !== 'True') ? 'observed' : 'derived',
        resources: [{ kind: 'eniconfig', id: name }, ...nodeResources(names)],
        scope: { nodes: names, pods: waiting.pods },
        evidence: {
          eniConfig: name,
          subnetId: subnet!.subnetId,
          subnetZone: subnet!.availabilityZone,
          nodeZones,
          nodes: names.length,
          waitingPods: waiting.count,
        },
        fixes: fixesFor(from, name, nodeZones, names, subnet!.vpcId),
      };
    });
    const zones = new Set(subnets.map((s) => s.availabilityZone));
    const unused = eniConfigs.flatMap((config): Draft<Evidence>[] => {
      const subnet = subnets.find((s) => s.subnetId === config.subnetId);
      const taken = [...choices.values()].some((c) => c.name === config.name);
      if (!subnet || taken || !zones.has(config.name) || subnet.availabilityZone === config.name) return [];
      return [
        {
          key: config.name,
          severity: 'warning',
          confidence: 'derived',
          resources: [{ kind: 'eniconfig', id: config.name }],
          scope: {},
          evidence: {
            eniConfig: config.name,
            subnetId: subnet.subnetId,
            subnetZone: subnet.availabilityZone,
            nodeZones: [config.name],
            nodes: 0,
            waitingPods: 0,
          },
          fixes: moveEniConfig(from, config.name, config.name, [], subnet.vpcId),
        },
      ];
    });
    return [...used, ...unused];
  },
  unjudged: ({ nodes, choices }) => {
    const lost = nodes.served.flatMap((n) => {
      const choice = choices.get(n.name);
      return choice?.eniConfig && !choice.subnet ? [choice.eniConfig] : [];
    });
    const why = (c: EniConfig): Gap => ({
      kind: 'not-told',
      reason: `the subnet of ENIConfig ${c.name} is not among those that were read`,
    });
    return unjudged('node', nodes.served.length, lost.map(why));
  },
  summary: (e) =>
    e.nodes === 0
      ? `ENIConfig ${e.eniConfig} names ${e.subnetId}, which is in ${e.subnetZone}; no node uses it yet`
      : `ENIConfig ${e.eniConfig} names ${e.subnetId} in ${e.subnetZone}, but ${things(e.nodes, 'node')} that use${e.nodes === 1 ? 's' : ''} it ${e.nodes === 1 ? 'is' : 'are'} in ${some(e.nodeZones)}${waitingText(e.waitingPods)}`,
  verdict: () => 'ENIConfig in the wrong zone',
  explanation: {
    why: 'EC2 cannot attach an interface to an instance in another zone. Every ENI these nodes ask for is refused, and with custom networking they never become ready.',
    how: "The zone of the subnet the ENIConfig names against the zone of each node that resolves to it; zone ids where both sides tell theirs, since names differ between accounts. An ENIConfig named after another zone than its subnet's that no node uses yet is a warning.",
    fix: 'One ENIConfig per zone, named after it, with ENI_CONFIG_LABEL_DEF set to the zone label; for several subnets in a zone label the nodes.',
    verify: 'The nodes become Ready and hold ENIs in their own zone.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html',
      'amazon-vpc-cni-k8s README.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1207',
    ],
  },
});

/** Nodes of one zone that alone use it: point it there. Otherwise one ENIConfig for each of their zones. */
function fixesFor(
  from: EniConfigFixInputs,
  name: string,
  zones: readonly string[],
  nodes: readonly string[],
  vpcId: string,
): Fix[] {
  const [zone, ...more] = zones;
  if (zone && more.length === 0 && name === zone) return moveEniConfig(from, name, zone, nodes, vpcId);
  return eniConfigPerZone(from, zones, nodes);
}
