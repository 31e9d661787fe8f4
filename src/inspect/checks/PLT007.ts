import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, subnetText, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isShort } from '../facts/support/shortage.ts';
import { type SubnetTerm, selected, tagsOf } from '../facts/support/subnet-terms.ts';
import { json, named } from '../shell.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { NodeClass } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { nodeRoomFixes, nodeRoomInputs } from './fixes/node-room.ts';
import { aws, kubectl } from './support/commands.ts';
import { subnetResource } from './support/resources.ts';

const evidence = v.object({
  nodeClass: v.string(),
  nodePools: v.array(v.string()),
  reason: v.picklist([
    'no-subnets',
    'no-security-groups',
    'not-ready',
    'full-zone',
    'pod-subnets',
    'control-plane-subnets',
  ]),
  /** Conditions that are not True. */
  notReady: v.array(v.string()),
  zone: v.nullable(v.string()),
  subnets: v.array(v.object({ subnetId: v.string(), zone: v.string(), cidr: v.string(), free: v.number() })),
  /** Subnets the terms select, as they are tagged now; null where the terms were not read. */
  matching: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** A subnet up to this size that holds control-plane interfaces was made for them (EKS: /28 are enough). */
const SMALL = 64;

export const PLT007 = defineCheck({
  code: 'PLT007',
  title: 'Karpenter cannot place or is steered into full subnets',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  platform: 'any',
  needs: { classes: section('nodeClasses'), pools: section('nodePools'), subnets: section('subnets') },
  helps: {
    networking,
    eniConfigs: section('eniConfigs'),
    cluster: section('cluster'),
    need: subnetNeed,
    at: nodeInstances,
    ...nodeRoomInputs,
  },
  evidence,
  notApplicable: ({ classes, pools }) =>
    inUse(classes, pools).length === 0 ? 'no NodePool uses an EC2NodeClass of Karpenter' : undefined,
  evaluate: (from, { gapsOf }) => {
    const { classes, pools, subnets, networking: net, eniConfigs, cluster, need, at, fix } = from;
    const forPods = new Set(net?.settings.customNetworking ? (eniConfigs ?? []).flatMap((c) => c.subnetId ?? []) : []);
    const seen = at !== undefined && gapsOf('at').length === 0;
    const launched = [...(at?.values() ?? [])].flatMap((n) => n.node.labels['karpenter.sh/nodepool'] ?? []);
    const homes = new Set([...(at?.values() ?? [])].flatMap((n) => n.subnetId ?? []));
    return inUse(classes, pools).flatMap((c): Draft<Evidence>[] => {
      const users = pools
        .filter((p) => p.nodeClass.name === c.name && p.nodeClass.kind !== 'NodeClass')
        .map((p) => p.name);
      const mine = subnets.filter((s) => c.subnetIds.includes(s.subnetId));
      const draft = (
        reason: Evidence['reason'],
        members: readonly Subnet[],
        fixes: readonly Fix[],
        part: Partial<Draft<Evidence>> & { readonly zone?: string } = {},
      ): Draft<Evidence> => ({
        key: part.zone === undefined ? c.name : `${c.name}/${part.zone}`,
        subReason: reason,
        severity: part.severity ?? 'warning',
        confidence: part.confidence ?? 'derived',
        resources: members.map(subnetResource),
        scope: { subnets: members.map((s) => s.subnetId) },
        evidence: {
          nodeClass: c.name,
          nodePools: users,
          reason,
          notReady: [...(c.notReady ?? [])],
          zone: part.zone ?? null,
          subnets: members.map((s) => ({
            subnetId: s.subnetId,
            zone: s.availabilityZone,
            cidr: s.cidr,
            free: s.availableIps,
          })),
          matching: c.subnetSelector ? selected(c.subnetSelector, subnets).length : null,
        },
        fixes,
      });
      const grave = { severity: 'error', confidence: 'observed' } as const;
      // releases without conditions: an empty list is believed where no node came of it
      const none = (list: readonly string[]) =>
        list.length === 0 && seen && !launched.some((pool) => users.includes(pool));
      if (none(c.subnetIds) || c.notReady?.includes('SubnetsReady'))
        return [draft('no-subnets', [], [...tagHomes(fix, c, subnets, homes), look(c)], grave)];
      if (none(c.securityGroupIds) || c.notReady?.includes('SecurityGroupsReady'))
        return [draft('no-security-groups', [], [look(c)], grave)];
      if ((c.notReady?.length ?? 0) > 0) return [draft('not-ready', [], [look(c)], grave)];
      const full = [...groupBy(mine, (s) => s.availabilityZone)].filter(([, there]) =>
        there.every((s) => isShort(s.availableIps, need?.get(s.subnetId))),
      );
      const ofPods = mine.filter((s) => forPods.has(s.subnetId));
      const ofControlPlane = mine.filter(
        (s) => cluster?.subnetIds.includes(s.subnetId) && sizeOf(s) <= SMALL && !forPods.has(s.subnetId),
      );
      const roomIn = (there: readonly Subnet[]) => there.slice(0, 1).flatMap((s) => nodeRoomFixes(from, s));
      const narrow = (without: readonly Subnet[]) =>
        narrowed(
          c,
          mine.filter((s) => !without.includes(s)),
        );
      return [
        ...full.map(([zone, there]) =>
          draft('full-zone', there, [...roomIn(there), ...(mine.length > there.length ? narrow(there) : [look(c)])], {
            zone,
          }),
        ),
        ...(ofPods.length > 0 && ofPods.length < mine.length ? [draft('pod-subnets', ofPods, narrow(ofPods))] : []),
        ...(ofControlPlane.length > 0 && ofControlPlane.length < mine.length
          ? [draft('control-plane-subnets', ofControlPlane, narrow(ofControlPlane))]
          : []),
      ];
    });
  },
  unjudged: ({ classes, pools, networking: net }, { gapsOf }) => {
    const used = inUse(classes, pools);
    const gaps = [
      ...gapsOf('cluster'),
      // without aws-node there is no custom networking of its kind
      ...(!net
        ? gapsOf('networking').filter((g) => g.kind !== 'not-told')
        : net.settings.customNetworking
          ? gapsOf('eniConfigs')
          : []),
      ...(used.some((c) => c.subnetIds.length === 0 || c.securityGroupIds.length === 0) ? gapsOf('at') : []),
    ];
    return gaps.length === 0 ? undefined : { count: used.length, of: used.length, what: 'EC2NodeClass', gaps };
  },
  summary: (e) => {
    const head = `EC2NodeClass ${e.nodeClass} (NodePool ${some(e.nodePools)})`;
    const those = some(e.subnets.map((s) => `${subnetText(s)} ${count(s.free)} free`));
    switch (e.reason) {
      case 'no-subnets':
        return `${head} has no subnet to launch nodes in${
          e.matching === null ? '' : `: its terms match ${things(e.matching, 'subnet')} of those that were read`
        }`;
      case 'no-security-groups':
        return `${head} has no security groups for its nodes: none matches its terms`;
      case 'not-ready':
        return `${head} is not ready: ${some(e.notReady)}`;
      case 'full-zone':
        return `${head} may launch nodes in ${e.zone} in ${those} only, where one more node does not fit`;
      case 'pod-subnets':
        return `${head} launches nodes in ${those}, which ${verb(e.subnets.length, 'is', 'are')} meant for pods: an ENIConfig names ${verb(e.subnets.length, 'it', 'them')}`;
      case 'control-plane-subnets':
        return `${head} launches nodes in ${those}, small ${verb(e.subnets.length, 'subnet', 'subnets')} of the control plane`;
    }
  },
  explanation: {
    why: 'A class without subnets or groups launches nothing, and pods stay Pending. One that selects too much launches nodes happily where their pods starve, or takes the addresses an upgrade of the control plane needs.',
    how: 'Every EC2NodeClass that a NodePool uses. no-subnets, no-security-groups, not-ready, errors: what Karpenter wrote into its status; where it tells no condition, an empty list while no node of its pools runs. full-zone, a warning: all its subnets of a zone are below what one more node takes. pod-subnets, a warning: under custom networking it also selects subnets of ENIConfigs. control-plane-subnets, a warning: it also selects subnets of the control plane of at most 64 addresses. Karpenter itself prefers the subnet with most addresses free.',
    fix: 'Tag the subnets that nodes are meant for, or name them; larger subnets where all are full.',
    verify: 'kubectl get ec2nodeclass NAME -o yaml: status lists subnets and groups, and Ready is True.',
    references: [
      'https://karpenter.sh/docs/troubleshooting/',
      'karpenter-provider-aws pkg/providers/subnet/subnet.go',
      'https://github.com/aws/karpenter-provider-aws/issues/1252',
    ],
  },
});

function inUse(
  classes: readonly NodeClass[],
  pools: readonly { readonly nodeClass: { readonly kind: string; readonly name: string } }[],
): NodeClass[] {
  return classes.filter(
    (c) =>
      c.kind === 'EC2NodeClass' && pools.some((p) => p.nodeClass.name === c.name && p.nodeClass.kind !== 'NodeClass'),
  );
}

function sizeOf(subnet: Subnet): number {
  return 2 ** (32 - Number(subnet.cidr.split('/')[1]));
}

function look(c: NodeClass): Fix {
  return {
    title: 'Read what Karpenter says of it',
    commands: [kubectl('describe', 'ec2nodeclass', named('object', c.name))],
    changes: 'Nothing: it shows the terms, what they resolved to, and the conditions with their messages.',
    effect: 'immediate',
  };
}

/** The tags its terms ask for, on the subnets nodes stand in now. */
function tagHomes(fix: FixContext, c: NodeClass, subnets: readonly Subnet[], homes: ReadonlySet<string>): Fix[] {
  const terms: readonly SubnetTerm[] = c.subnetSelector ?? [];
  const tags = tagsOf(terms);
  const mine = subnets.filter((s) => homes.has(s.subnetId));
  if (!tags || mine.length === 0 || selected(terms, subnets).length > 0) return [];
  return [
    {
      title: `Tag ${things(mine.length, 'subnet')} in which nodes stand now as EC2NodeClass ${c.name} asks`,
      commands: [
        aws(
          fix,
          ...['ec2', 'create-tags', '--resources', ...mine.map((s) => named('subnet', s.subnetId)), '--tags'],
          ...Object.entries(tags).map(([key, value]) => `Key=${named('text', key)},Value=${named('text', value)}`),
        ),
      ],
      changes: 'Karpenter finds them within a minute, and so does whatever else selects subnets by these tags.',
      effect: 'minutes',
    },
  ];
}

/** By id, which leaves no doubt. */
function narrowed(c: NodeClass, keep: readonly Subnet[]): Fix[] {
  return [
    {
      title: `Let EC2NodeClass ${c.name} launch nodes in ${some(keep.map((s) => s.subnetId))} only`,
      commands: [
        kubectl(
          ...['patch', 'ec2nodeclass', named('object', c.name), '--type', 'merge', '-p'],
          json({ spec: { subnetSelectorTerms: keep.map((s) => ({ id: named('subnet', s.subnetId) })) } }),
        ),
      ],
      changes:
        'New nodes come up in these subnets. Karpenter counts the change as drift and replaces nodes that stand in others, as its budgets allow.',
      effect: 'node-replacement',
      risk: 'Subnets made later are not found by themselves any more; narrower tags do as well.',
    },
  ];
}
