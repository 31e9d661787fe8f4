import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, subnetText, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { nodePlatforms } from '../facts/platforms.ts';
import { subnetBlocks } from '../facts/subnet-blocks.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { type SubnetTerm, selected, tagsOf } from '../facts/support/subnet-terms.ts';
import { json, named } from '../shell.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { Node, NodeClass } from '../snapshot/kubernetes.ts';
import { podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { newSubnetInputs, planSubnet, withSubnetId } from './fixes/new-subnet.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources, subnetResource } from './support/resources.ts';

const evidence = v.object({
  nodeClass: v.string(),
  reason: v.picklist(['zones', 'blocks', 'sparse']),
  /** Zones in which nodes may be launched and no subnet for pods is selected; else the zones concerned. */
  zones: v.array(v.string()),
  subnets: v.array(v.object({ subnetId: v.string(), zone: v.string(), cidr: v.string(), free: v.number() })),
  /** Whole /28 blocks free in these subnets; null where that was not asked. */
  freeBlocks: v.nullable(v.number()),
  /** Null where it is not known which nodes are of the class. */
  nodes: v.nullable(v.number()),
  podsPerNode: v.nullable(v.number()),
  prefixSize: v.string(),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Pods on a node below which a block of sixteen for each is mostly idle, and nodes of a zone from which that adds up. */
const SPARSE_PODS = 8;
const MANY_NODES = 200;
const SINGLE = '32';
const SHORTEST = 20;
const LONGEST = 24;
/** Pods of one node at most; a new pod subnet must have room for a few. */
const POOL = 'eks.amazonaws.com/nodeclass';

export const PLT002 = defineCheck({
  code: 'PLT002',
  title: 'Auto Mode: pod subnets do not cover the node zones, or prefixes run short',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  platform: 'any',
  needs: { classes: section('nodeClasses'), subnets: section('subnets') },
  helps: {
    nodes: section('nodes'),
    platforms: nodePlatforms,
    pools: section('nodePools'),
    pods: section('pods'),
    blocks: subnetBlocks,
    cluster: section('cluster'),
    ...newSubnetInputs,
  },
  evidence,
  notApplicable: ({ classes }) => (autoOf(classes).length === 0 ? 'there is no NodeClass of EKS Auto Mode' : undefined),
  evaluate: (from) => {
    const { classes, subnets, nodes, platforms, pools, pods, blocks, cluster } = from;
    const auto = (nodes ?? []).filter((n) => platforms?.get(n.name) === 'auto-mode');
    const running = new Map<string, number>();
    for (const p of pods ? podsOf(pods) : [])
      if (p.node !== undefined && p.class !== 'host-network' && isLive(p))
        running.set(p.node, (running.get(p.node) ?? 0) + 1);
    const near = subnets.filter((s) => cluster?.vpcId === undefined || s.vpcId === cluster.vpcId);
    return autoOf(classes).flatMap((c): Draft<Evidence>[] => {
      const mine = auto.filter((n) => classOf(n, pools) === c.name);
      const homes = near.filter((s) => c.subnetIds.includes(s.subnetId));
      const launch = homes.length > 0 ? homes : selected(c.subnetSelector ?? [], near);
      const terms = c.podSubnetTerms ?? [];
      const forPods = terms.length > 0 ? selected(terms, near) : launch;
      const prefixSize = c.ipv4PrefixSize ?? 'Auto';
      const draft = (
        reason: Evidence['reason'],
        zones: readonly string[],
        members: readonly Subnet[],
        on: readonly Node[],
        fixes: readonly Fix[],
      ): Draft<Evidence> => ({
        key: reason === 'zones' ? c.name : `${c.name}/${zones.join('+')}`,
        subReason: reason,
        severity: reason === 'zones' ? 'error' : 'warning',
        confidence: 'derived',
        resources: [...members.map(subnetResource), ...nodeResources(on.map((n) => n.name))],
        scope: { zones: [...zones], subnets: members.map((s) => s.subnetId) },
        evidence: {
          nodeClass: c.name,
          reason,
          zones: [...zones],
          subnets: members.map((s) => ({
            subnetId: s.subnetId,
            zone: s.availabilityZone,
            cidr: s.cidr,
            free: s.availableIps,
          })),
          freeBlocks: reason === 'blocks' ? blocksIn(members, blocks) : null,
          nodes: nodes && pools ? on.length : null,
          podsPerNode: on.length > 0 && pods ? Math.round((10 * sum(on, running)) / on.length) / 10 : null,
          prefixSize,
        },
        fixes,
      });
      const covered = new Set(forPods.map((s) => s.availabilityZone));
      const bare = [...new Set(launch.map((s) => s.availabilityZone))].filter((z) => !covered.has(z)).sort();
      const drafts: Draft<Evidence>[] = [];
      if (terms.length > 0 && bare.length > 0)
        drafts.push(
          draft(
            'zones',
            bare,
            launch.filter((s) => bare.includes(s.availabilityZone)),
            mine.filter((n) => bare.includes(zoneOf(n))),
            bare.flatMap((zone) => coverZone(from, c, zone, forPods, launch)),
          ),
        );
      if (prefixSize === SINGLE) return drafts;
      for (const [zone, there] of groupBy(forPods, (s) => s.availabilityZone)) {
        const on = mine.filter((n) => zoneOf(n) === zone);
        const free = blocksIn(there, blocks);
        if (on.length > MANY_NODES && pods && sum(on, running) / on.length < SPARSE_PODS)
          drafts.push(draft('sparse', [zone], there, on, [singleAddresses(c)]));
        // one block for the next node; with none left Auto Mode takes single addresses
        else if (on.length > 0 && free !== null && free < 1 && there.some((s) => s.availableIps > 0))
          drafts.push(draft('blocks', [zone], there, on, [singleAddresses(c)]));
      }
      return drafts;
    });
  },
  unjudged: ({ classes }, { gapsOf }) => {
    const counted = autoOf(classes).filter((c) => c.ipv4PrefixSize !== SINGLE);
    const gaps = (['nodes', 'pools', 'pods', 'blocks'] as const).flatMap(gapsOf);
    if (counted.length === 0 || gaps.length === 0) return undefined;
    return { count: counted.length, of: autoOf(classes).length, what: 'NodeClass', gaps };
  },
  summary: (e) => {
    const head = `NodeClass ${e.nodeClass}`;
    const zone = some(e.zones);
    switch (e.reason) {
      case 'zones':
        return `${head} launches nodes in ${zone}, where none of its subnets for pods is: pods on ${things(e.nodes, 'node')} there get no address`;
      case 'blocks':
        return `${head}: no whole /28 is left in ${some(e.subnets.map(subnetText))}, from which pods of ${things(e.nodes, 'node')} take addresses; new nodes fall back to single addresses`;
      case 'sparse':
        return `${head}: ${things(e.nodes, 'node')} in ${zone} hold a /28 each for ${e.podsPerNode} ${verb(e.podsPerNode ?? 0, 'pod', 'pods')} on average`;
    }
  },
  explanation: {
    why: 'An ENI lives in the zone of its node: without a subnet for pods there, pods wait with the same words as for a full subnet. And a /28 for each node drains small subnets however few pods run.',
    how: 'For every NodeClass of EKS Auto Mode: zones, an error, the zones of the subnets for nodes in which podSubnetSelectorTerms select no subnet; blocks, a warning, no whole /28 left in the subnets for pods of a zone with nodes; sparse, a warning, more than 200 nodes in a zone with fewer than 8 pods on average while ipv4PrefixSize is Auto.',
    fix: 'A subnet for pods in every zone; advancedNetworking.ipv4PrefixSize 32 where nodes run few pods.',
    verify: 'kubectl get nodeclass NAME -o yaml; pods start in the zone.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/auto-networking.html',
      'https://github.com/aws/containers-roadmap/issues/2488',
    ],
  },
});

function autoOf(classes: readonly NodeClass[]): NodeClass[] {
  return classes.filter((c) => c.kind === 'NodeClass');
}

/** By the node's own label, else by that of its pool. */
function classOf(
  node: Node,
  pools: readonly { readonly name: string; readonly nodeClass: { readonly name: string } }[] | undefined,
): string | undefined {
  const pool = node.labels['karpenter.sh/nodepool'];
  return node.labels[POOL] ?? pools?.find((p) => p.name === pool)?.nodeClass.name;
}

function zoneOf(node: Node): string {
  return node.labels['topology.kubernetes.io/zone'] ?? '';
}

function sum(nodes: readonly Node[], running: ReadonlyMap<string, number>): number {
  return nodes.reduce((n, node) => n + (running.get(node.name) ?? 0), 0);
}

/** Null where blocks of one of them are not known. */
function blocksIn(
  subnets: readonly Subnet[],
  blocks:
    | ReadonlyMap<string, { readonly counts: { readonly free: number; readonly prefixReserved: number } }>
    | undefined,
): number | null {
  let free = 0;
  for (const s of subnets) {
    const counts = blocks?.get(s.subnetId)?.counts;
    if (!counts) return null;
    free += counts.free + counts.prefixReserved;
  }
  return free;
}

/** A new subnet that the terms select, by their tags or by its id among theirs. */
function coverZone(
  from: Parameters<typeof planSubnet>[0],
  c: NodeClass,
  zone: string,
  forPods: readonly Subnet[],
  launch: readonly Subnet[],
): Fix[] {
  const like = forPods[0] ?? launch.find((s) => s.availabilityZone === zone);
  if (!like) return [];
  const terms: readonly SubnetTerm[] = c.podSubnetTerms ?? [];
  const tags = tagsOf(terms);
  const plan = planSubnet(from, {
    vpcId: like.vpcId,
    zone,
    shortest: SHORTEST,
    longest: LONGEST,
    like,
    ...(tags ? { tags } : {}),
  });
  if (!plan) return [];
  const patch = tags
    ? []
    : [
        withSubnetId(
          from.fix,
          like.vpcId,
          plan,
          ...['kubectl', 'patch', 'nodeclass', named('object', c.name), '--type', 'merge', '-p'],
          json({ spec: { podSubnetSelectorTerms: [...terms.map((t) => ({ id: t.id })), { id: '{}' }] } }),
        ),
      ];
  return [
    {
      title: `Create a pod subnet of ${count(plan.addresses)} addresses in ${zone}${plan.newVpcCidr ? ` in a new range ${plan.newVpcCidr} of the VPC` : ''}`,
      commands: [...plan.commands, ...patch],
      changes: `NodeClass ${c.name} selects it for pods; nodes launched in ${zone} from then on use it.`,
      effect: 'minutes',
      risk: 'Nodes that stand there keep the ENIs they have: let Auto Mode replace them.',
    },
  ];
}

function singleAddresses(c: NodeClass): Fix {
  return {
    title: `Give nodes of NodeClass ${c.name} single addresses`,
    commands: [
      kubectl(
        ...['patch', 'nodeclass', named('object', c.name), '--type', 'merge', '-p'],
        json({ spec: { advancedNetworking: { ipv4PrefixSize: SINGLE } } }),
      ),
    ],
    changes: 'Auto Mode replaces the nodes, and new ones take addresses one by one.',
    effect: 'node-replacement',
    risk:
      c.name === 'default'
        ? 'EKS keeps the NodeClass default as it is: make one of your own, and let a NodePool use it.'
        : 'Pods start a little slower where many come at once.',
  };
}
