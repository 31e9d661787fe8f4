import * as v from 'valibot';
import { HOST_PODS } from '../../calc/maxpods/index.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { type NodesByPlatform, nodesServedByCni, type Platform } from '../facts/platforms.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { prefixesWorkOn } from '../facts/support/node-mode.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import { named } from '../shell.ts';
import type { Node, NodePool } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { nitroGroup, nitroGroupInputs } from './fixes/nitro-group.ts';
import { requireOfPool } from './fixes/node-pool.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';

const evidence = v.object({
  /** Instance type, or what kind of nodes they are. */
  what: v.string(),
  group: v.string(),
  hypervisor: v.nullable(v.string()),
  cniVersion: v.nullable(v.string()),
  nodes: v.number(),
  maxPods: v.nullable(v.number()),
  /** Pod addresses without prefixes; null where that is not the matter. */
  podIps: v.nullable(v.number()),
  reason: v.picklist(['type', 'version', 'type-v6', 'windows-v6', 'hybrid-v6', 'outposts-v6', 'sgp-v6']),
});
type Evidence = v.InferOutput<typeof evidence>;

export const PFX003 = defineCheck({
  code: 'PFX003',
  title: 'Node cannot do prefixes',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  modes: ['prefix', 'ipv6'],
  needs: { networking, capacity: nodeCapacity, nodes: nodesServedByCni, unknown: unknownCapacity },
  helps: { nodePools: section('nodePools'), at: nodeInstances, subnets: section('subnets'), ...nitroGroupInputs },
  partialOk: true,
  explains: ['HLT002', 'HLT003', 'MAX001'],
  evidence,
  evaluate: ({ networking: net, capacity, nodes, nodePools, at, subnets, nodegroups, fix }) => {
    if (net.mode === 'secondary') return [];
    const ipv6 = net.mode === 'ipv6';
    const unable = [...capacity.values()].filter((c) => !prefixesWorkOn(c.limits, net.cniVersion));
    const old = (c: NodeCapacity) => !behaves(net.cniVersion, c.limits.bareMetal ? 'prefixOnBareMetal' : 'prefix');
    const groups = [...groupBy(unable, groupKey).values()].map((members): Draft<Evidence> => {
      const c = members[0]!;
      const over = !ipv6 && members.some((m) => (m.maxPods ?? 0) - HOST_PODS > m.podIps);
      const names = members.map((m) => m.node.name);
      return {
        key: groupKey(c),
        subReason: ipv6 ? 'type-v6' : old(c) ? 'version' : 'type',
        severity: ipv6 || over ? 'error' : 'warning',
        confidence: 'derived',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          what: c.instanceType,
          group: groupText(c),
          hypervisor: c.limits.bareMetal ? 'none' : c.limits.hypervisor,
          cniVersion: net.cniVersion ?? null,
          nodes: names.length,
          maxPods: Math.max(...members.map((m) => m.maxPods ?? 0)),
          podIps: ipv6 ? null : c.podIps,
          reason: ipv6 ? 'type-v6' : old(c) ? 'version' : 'type',
        },
        fixes: [
          ...(ipv6 || over ? cordon(names) : []),
          ...nitroOnly(nodePools, c),
          ...(old(c) ? [] : nitroGroup({ fix, nodegroups }, members, [...capacity.values()])),
        ],
      };
    });
    if (!ipv6) return groups;
    const onOutposts = new Set((subnets ?? []).flatMap((s) => (s.outpostArn === undefined ? [] : [s.subnetId])));
    const there = nodes.served.filter((n) => onOutposts.has(at?.get(n.name)?.subnetId ?? ''));
    return [
      ...groups,
      ...otherNodes(nodes.others, net.cniVersion),
      ...(there.length > 0 ? [notInIpv6('outposts-v6', there, net.cniVersion)] : []),
      ...branchesOnIpv6(net, fix),
    ];
  },
  unjudged: ({ networking: net, nodes, unknown }, { gapsOf }) => {
    const gaps = net.mode === 'ipv6' ? gapsOf('subnets') : [];
    const all = nodes.served.length;
    return gaps.length > 0 && all > 0 ? { count: all, of: all, what: 'node', gaps } : nodesUnjudged(nodes, unknown);
  },
  summary: (e) => {
    const nodes = things(e.nodes, `${e.what} node`);
    if (e.reason === 'sgp-v6')
      return `security groups for pods are on in an IPv6 cluster, which ${e.cniVersion} does not do`;
    if (e.reason === 'windows-v6' || e.reason === 'hybrid-v6' || e.reason === 'outposts-v6')
      return `${nodes} cannot be used in an IPv6 cluster`;
    if (e.reason === 'type-v6')
      return `${nodes} of ${e.group} get no prefixes, and without them aws-node does not start in IPv6`;
    const why = e.reason === 'version' ? `${e.cniVersion} gives them none` : `their hypervisor is ${e.hypervisor}`;
    return `${nodes} of ${e.group} ${verb(e.nodes, 'falls', 'fall')} back to single addresses (${why}): ${count(e.podIps)} pod addresses for maxPods ${count(e.maxPods)}`;
  },
  explanation: {
    why: 'EC2 gives /28 prefixes to Nitro and bare metal only. On other types aws-node logs a warning and hands out single addresses, so the node holds a sixteenth of what prefix mode promises; in IPv6 it refuses to start.',
    how: 'The type is neither Nitro nor bare metal by the tables aws-node ships, or aws-node is older than v1.9.0 (v1.11.0 for bare metal). An error in IPv6 clusters, and where maxPods exceeds the single addresses. windows-v6, hybrid-v6 and outposts-v6: kinds of nodes an IPv6 cluster cannot serve. sgp-v6: security groups for pods in IPv6 before v1.16.0.',
    fix: 'Launch Nitro types in that group; in a NodePool require karpenter.k8s.aws/instance-hypervisor In [nitro].',
    verify: 'vpccni inspect shows prefix mode on the nodes that replace them.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go isConfigValid',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1929',
    ],
  },
});

function nitroOnly(nodePools: readonly NodePool[] | undefined, c: NodeCapacity): Draft<Evidence>['fixes'] {
  const pool = c.group.kind === 'karpenter' ? nodePools?.find((p) => p.name === c.group.name) : undefined;
  if (!pool) return [];
  return [
    requireOfPool(
      pool,
      { key: 'karpenter.k8s.aws/instance-hypervisor', operator: 'In', values: ['nitro'] },
      { title: `Let NodePool ${pool.name} launch Nitro types only` },
    ),
  ];
}

/** Until others take their place: new pods go elsewhere, what runs there goes on. */
function cordon(names: readonly string[]): Draft<Evidence>['fixes'] {
  return [
    {
      title: `Keep new pods off ${things(names.length, 'such node')} until a group of another type takes their place`,
      commands: [kubectl('cordon', ...names.map((n) => named('node', n)))],
      changes: 'The scheduler places no further pods there. Pods that run there stay.',
      effect: 'immediate',
      risk: 'The other nodes must have room for what comes next.',
    },
  ];
}

type NotInIpv6 = 'windows-v6' | 'hybrid-v6' | 'outposts-v6';

const NOT_IN_IPV6: Partial<Readonly<Record<Platform, NotInIpv6>>> = {
  windows: 'windows-v6',
  hybrid: 'hybrid-v6',
};

const WHAT: Readonly<Record<NotInIpv6, string>> = {
  'windows-v6': 'Windows',
  'hybrid-v6': 'hybrid',
  'outposts-v6': 'Outposts',
};

function otherNodes(others: NodesByPlatform['others'], cniVersion: string | undefined): Draft<Evidence>[] {
  return [...groupBy(others, (o) => NOT_IN_IPV6[o.platform])].flatMap(([reason, members]) =>
    reason
      ? [
          notInIpv6(
            reason,
            members.map((m) => m.node),
            cniVersion,
          ),
        ]
      : [],
  );
}

function notInIpv6(reason: NotInIpv6, nodes: readonly Node[], cniVersion: string | undefined): Draft<Evidence> {
  const names = nodes.map((n) => n.name);
  return {
    key: WHAT[reason].toLowerCase(),
    subReason: reason,
    severity: 'error',
    confidence: 'derived',
    resources: nodeResources(names),
    scope: { nodes: names },
    evidence: {
      what: WHAT[reason],
      group: some(names),
      hypervisor: null,
      cniVersion: cniVersion ?? null,
      nodes: names.length,
      maxPods: null,
      podIps: null,
      reason,
    },
    fixes: cordon(names),
  };
}

function branchesOnIpv6(net: Pick<Networking, 'settings' | 'cniVersion'>, fix: FixContext): Draft<Evidence>[] {
  if (!net.settings.podEni || behaves(net.cniVersion, 'podEniWithIpv6')) return [];
  return [
    {
      key: 'aws-node',
      subReason: 'sgp-v6',
      severity: 'error',
      confidence: 'derived',
      resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
      scope: {},
      evidence: {
        what: 'aws-node',
        group: '',
        hypervisor: null,
        cniVersion: net.cniVersion ?? null,
        nodes: 0,
        maxPods: null,
        podIps: null,
        reason: 'sgp-v6',
      },
      fixes: setSettings(fix, 'Turn security groups for pods off until aws-node is v1.16.0 or later', {
        set: { ENABLE_POD_ENI: 'false' },
      }),
    },
  ];
}
