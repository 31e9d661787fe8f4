import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { eniConfigResolution } from '../facts/eni-config-resolution.ts';
import { networking } from '../facts/networking.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { isRecent } from '../facts/node-troubles.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf } from '../facts/support/node-group.ts';
import type { CniNode, EniConfig } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { type RenewFixInputs, renewFixInputs, renewNodes } from './fixes/renew-nodes.ts';
import { isYoung } from './support/ages.ts';
import { nodeResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  eniConfig: v.string(),
  reason: v.picklist(['not-found', 'subnet', 'feature', 'groups']),
  nodes: v.array(
    v.object({
      node: v.string(),
      trunk: v.nullable(v.string()),
      subnetId: v.nullable(v.string()),
      groups: v.array(v.string()),
      /** What the CNINode says: the name of an ENIConfig; null where it says nothing, or was not read. */
      cniNode: v.nullable(v.string()),
      branches: v.number(),
    }),
  ),
  wantedSubnetId: v.nullable(v.string()),
  wantedGroups: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Evidence['reason'];

interface Off {
  readonly enis: NodeEnis;
  readonly name: string;
  readonly wanted?: EniConfig;
  readonly said?: string;
  readonly reason: Reason;
}

/** The controller goes by it before the feature of the CNINode (vpc-resource-controller: pkg/node/manager/manager.go). */
const OWN_LABEL = 'vpc.amazonaws.com/eniConfig';

export const SGP012 = defineCheck({
  code: 'SGP012',
  title: 'Trunk or branch ENIs sit in the wrong subnet or groups',
  severity: 'error',
  grain: 'cluster',
  patterns: ['custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: { networking, enis: nodeEnis, choices: eniConfigResolution, eniConfigs: section('eniConfigs') },
  helps: { cniNodes: section('cniNodes'), events: section('events'), ...renewFixInputs },
  partialOk: true,
  explains: ['HLT001'],
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { networking: net, enis, choices, eniConfigs, cniNodes, events } = from;
    const byName = new Map(eniConfigs.map((c) => [c.name, c]));
    const records = behaves(net.cniVersion, 'cniNode') ? new Map(cniNodes?.map((n) => [n.name, n])) : undefined;
    const lost = new Set(
      (events ?? []).flatMap((e) =>
        e.kind === 'eniconfig-not-found' && isRecent(e, now) ? [e.node ?? e.object.name] : [],
      ),
    );
    const off = [...enis.values()].flatMap((e): Off[] => {
      const own = e.node.labels[OWN_LABEL];
      const name = own ?? choices.get(e.node.name)?.name;
      if (name === undefined || isYoung(e.node, now, policy)) return [];
      const said = cniNodes && records ? saidBy(records.get(e.node.name)) : undefined;
      const seen = cniNodes && records && (records.has(e.node.name) || gapsOf('cniNodes').length === 0);
      const asked = own ?? said;
      if (asked !== undefined && !byName.has(asked) && (own !== undefined || lost.has(e.node.name)))
        return [{ enis: e, name: asked, said, reason: 'not-found' }];
      // without its ENIConfig the node itself does not work: CUS001
      const wanted = byName.get(name);
      if (!wanted) return [];
      const reason = reasonOf(e, wanted, own === undefined && seen ? { said, name } : undefined);
      return reason ? [{ enis: e, name, wanted, said, reason }] : [];
    });
    return [...groupBy(off, (o) => `${o.reason} ${o.name}`).values()].map((members): Draft<Evidence> => {
      const { name, reason, wanted } = members[0]!;
      const names = members.map((m) => m.enis.node.name);
      return {
        key: name,
        subReason: reason,
        severity: reason === 'subnet' || reason === 'not-found' ? 'error' : 'warning',
        confidence: 'observed',
        resources: [{ kind: 'eniconfig', id: name }, ...nodeResources(names)],
        scope: {},
        evidence: {
          eniConfig: name,
          reason,
          nodes: members.map(({ enis: e, said }) => ({
            node: e.node.name,
            trunk: e.trunk?.eniId ?? null,
            subnetId: e.trunk?.subnetId ?? null,
            groups: [...(e.trunk?.securityGroupIds ?? [])],
            cniNode: said ?? null,
            branches: e.branch.length,
          })),
          wantedSubnetId: wanted?.subnetId ?? null,
          wantedGroups: [...(wanted?.securityGroupIds ?? [])],
        },
        fixes: fixesFor(from, members),
      };
    });
  },
  unjudged: ({ networking: net, enis }, { gapsOf }) => {
    const gaps = behaves(net.cniVersion, 'cniNode') ? gapsOf('cniNodes') : [];
    return unjudged(
      'node',
      enis.size,
      [...enis.keys()].flatMap(() => gaps.slice(0, 1)),
    );
  },
  summary: (e) => {
    const nodes = `${things(e.nodes.length, 'node')} (${some(e.nodes.map((n) => n.node))})`;
    const has = verb(e.nodes.length, 'has', 'have');
    if (e.reason === 'not-found')
      return `the trunk of ${nodes} shall be made by ENIConfig ${e.eniConfig}, which does not exist`;
    if (e.reason === 'subnet')
      return `${nodes} ${has} the trunk in ${some([...new Set(e.nodes.map((n) => n.subnetId ?? ''))])}, ENIConfig ${e.eniConfig} says ${e.wantedSubnetId}: pods with security groups take addresses of the wrong subnet`;
    if (e.reason === 'groups')
      return `${nodes} ${has} the trunk in other security groups than ENIConfig ${e.eniConfig} names (${some(e.wantedGroups)})`;
    return `the CNINode of ${nodes} ${
      e.nodes.every((n) => n.cniNode === null)
        ? 'names no ENIConfig'
        : `names ${some([...new Set(e.nodes.flatMap((n) => n.cniNode ?? []))])}`
    } where the node resolves to ${e.eniConfig}`;
  },
  explanation: {
    why: 'A node that got its trunk before custom networking, or before its ENIConfig was pointed elsewhere, keeps it. Branch ENIs follow the trunk, so pods with security groups use the subnet of the node, which is the one custom networking was to spare.',
    how: 'Custom networking with security groups for pods. subnet: the trunk lies in another subnet than the ENIConfig of the node names. groups, a warning: it has other groups; pods on branches have those of their policies all the same. feature, a warning: the CNINode of the node names another ENIConfig than the node resolves to, or none. not-found: the controller looks for an ENIConfig that does not exist. The label vpc.amazonaws.com/eniConfig of a node goes before. Nodes of less than five minutes are left out.',
    fix: 'Replace the nodes: a new one makes its trunk by the ENIConfig.',
    verify:
      'aws ec2 describe-network-interfaces --filters Name=interface-type,Values=trunk shows the subnet of the ENIConfig.',
    references: [
      'amazon-vpc-resource-controller-k8s pkg/node/manager/manager.go',
      'amazon-vpc-resource-controller-k8s pkg/provider/branch/trunk/trunk.go',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2792',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3277',
    ],
  },
});

function saidBy(record: CniNode | undefined): string | undefined {
  return record?.features.find((f) => f.name === 'CustomNetworking')?.value;
}

function reasonOf(
  e: NodeEnis,
  wanted: EniConfig,
  feature: { readonly said: string | undefined; readonly name: string } | undefined,
): Reason | undefined {
  const { trunk } = e;
  if (trunk && wanted.subnetId && trunk.subnetId !== wanted.subnetId) return 'subnet';
  if (feature && feature.said !== feature.name) return 'feature';
  const groups = [...wanted.securityGroupIds].sort().join();
  return trunk && groups !== '' && groups !== [...trunk.securityGroupIds].sort().join() ? 'groups' : undefined;
}

function fixesFor(from: RenewFixInputs, members: readonly Off[]): Fix[] {
  const { reason, name } = members[0]!;
  const nodes = members.map((m) => m.enis.node);
  if (reason === 'not-found')
    return [
      {
        title: `Make ENIConfig ${name}, or name one that exists`,
        commands: [],
        changes: `The ENIConfigs that exist are listed by kubectl get eniconfigs. The name comes from the CNINode, or from the label ${OWN_LABEL} of the node.`,
        effect: 'minutes',
      },
    ];
  const restart = restartAwsNode(
    from.fix,
    members.filter((m) => !m.enis.trunk).map((m) => m.enis.node.name),
  );
  return [
    ...(reason === 'feature' && restart.length > 0
      ? [
          {
            title: 'Let aws-node write the ENIConfig into the CNINode of nodes without a trunk',
            commands: restart,
            changes: 'Restarts aws-node there, which writes its features anew; pods keep their network.',
            effect: 'minutes' as const,
          },
        ]
      : []),
    ...renewNodes(
      from,
      nodes.map((node) => ({ node, group: nodeGroupOf(node) })),
      'New nodes make their trunk as the ENIConfig says.',
    ),
  ];
}
