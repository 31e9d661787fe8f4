import * as v from 'valibot';
import { count, some, things } from '../contract/words.ts';
import { type EniConfigChoice, eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { networking } from '../facts/networking.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf, nodeGroupText } from '../facts/support/node-group.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { renewFixInputs, renewNodes } from './fixes/renew-nodes.ts';
import { isYoung } from './support/ages.ts';
import { groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  group: v.string(),
  nodes: v.array(v.string()),
  enis: v.array(
    v.object({
      eniId: v.string(),
      node: v.string(),
      subnetId: v.string(),
      groups: v.array(v.string()),
      wantedSubnetId: v.string(),
      wantedGroups: v.array(v.string()),
    }),
  ),
  /** Addresses of pods, used and warm, on these interfaces. */
  addresses: v.number(),
  reason: v.picklist(['primary', 'groups', 'subnet']),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Evidence['reason'];

interface OffSpec {
  readonly enis: NodeEnis;
  readonly eni: NetworkInterface;
  readonly choice: EniConfigChoice;
  readonly reason: Reason;
}

const WORDS: Readonly<Record<Reason, string>> = {
  primary: 'pod addresses on the primary ENI, in the node subnet and under the groups of the node',
  groups: 'ENIs under other security groups than their ENIConfig names',
  subnet: 'ENIs in another subnet than their ENIConfig names now',
};

const GRAVEST_FIRST = ['primary', 'groups', 'subnet'] as const;

export const CUS006 = defineCheck({
  code: 'CUS006',
  title: 'Node predates custom networking',
  severity: 'warning',
  grain: 'group',
  namesEnis: true,
  patterns: ['custom', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni, enis: nodeEnis, choices: eniConfigResolution },
  helps: renewFixInputs,
  partialOk: true,
  evidence,
  evaluate: (from, { now, policy }) => {
    const { networking: net, enis, choices } = from;
    if (!net.settings.customNetworking) return [];
    const off = [...enis.values()].flatMap((e): OffSpec[] => {
      const choice = choices.get(e.node.name);
      if (!choice?.eniConfig || isYoung(e.node, now, policy)) return [];
      const found = e.data.flatMap((eni) => {
        const reason = reasonOf(e, eni, choice);
        return reason ? [{ enis: e, eni, choice, reason }] : [];
      });
      // a node is told once, by what weighs most
      const reason = GRAVEST_FIRST.find((r) => found.some((o) => o.reason === r));
      return reason ? found.map((o) => ({ ...o, reason })) : [];
    });
    const groups = groupBy(off, (o) => `${o.reason} ${nodeGroupText(nodeGroupOf(o.enis.node))}`);
    return [...groups.values()].map((members): Draft<Evidence> => {
      const { enis: first, reason } = members[0]!;
      const group = nodeGroupOf(first.node);
      const nodes = [...new Map(members.map((m) => [m.enis.node.name, m.enis.node])).values()];
      const names = nodes.map((n) => n.name);
      return {
        key: nodeGroupText(group),
        subReason: reason,
        severity: reason === 'subnet' ? 'info' : 'warning',
        confidence: 'observed',
        resources: [...nodeResources(names), ...members.map((m) => ({ kind: 'eni' as const, id: m.eni.eniId }))],
        scope: { nodes: names },
        evidence: {
          group: groupText({ group }),
          nodes: names,
          enis: members.map(({ eni, enis: e, choice }) => ({
            eniId: eni.eniId,
            node: e.node.name,
            subnetId: eni.subnetId,
            groups: [...eni.securityGroupIds],
            wantedSubnetId: choice.eniConfig?.subnetId ?? '',
            wantedGroups: [...(choice.eniConfig?.securityGroupIds ?? [])],
          })),
          addresses: members.reduce((n, m) => n + slots(m.eni), 0),
          reason,
        },
        fixes: renewNodes(
          from,
          nodes.map((node) => ({ node, group })),
          'New nodes make all their ENIs as the ENIConfig says; the primary one serves no pods.',
        ),
      };
    });
  },
  summary: (e) =>
    `${things(e.nodes.length, 'node')} of ${e.group} (${some(e.nodes)}) hold${e.nodes.length === 1 ? 's' : ''} ${WORDS[e.reason]}: ${things(e.enis.length, 'ENI')}, ${count(e.addresses)} addresses`,
  explanation: {
    why: 'aws-node changes neither the subnet nor the groups of an interface it has. Pods on these nodes keep addresses of the node subnet, or other groups than you configured, until the node is replaced.',
    how: 'primary: custom networking is on and the primary interface holds pod addresses. groups: a further interface has other groups than the ENIConfig of its node. subnet, information: it lies in another subnet, as after an ENIConfig was pointed elsewhere; its pods are in order. Nodes of less than five minutes and trunks are left out.',
    fix: 'Replace the nodes one by one; never edit the interfaces in place.',
    verify: 'vpccni inspect shows the configured and the observed pattern alike for all nodes.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/custom-networking.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/514',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2490',
    ],
  },
});

function reasonOf(e: NodeEnis, eni: NetworkInterface, { eniConfig }: EniConfigChoice): Reason | undefined {
  if (slots(eni) === 0 || !eniConfig) return undefined;
  if (eni === e.primary) return 'primary';
  const wanted = [...eniConfig.securityGroupIds].sort().join();
  if (wanted !== '' && wanted !== [...eni.securityGroupIds].sort().join()) return 'groups';
  return eniConfig.subnetId && eni.subnetId !== eniConfig.subnetId ? 'subnet' : undefined;
}

function slots(eni: NetworkInterface): number {
  return eni.secondaryIps.length + eni.prefixes.length * 16;
}
