import type { Catalog } from '../../calc/catalog/index.ts';
import type { AutoScalingGroup, LaunchTemplate, Nodegroup } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { NodeClass, NodePool } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { type NodeInstance, nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { groupBy } from './support/group-by.ts';
import { disruptedAtOnce, mostByType, subnetsOfPool, typesOfPool } from './support/karpenter-pool.ts';
import { nodeGroupOf } from './support/node-group.ts';
import { karpenterTemplate, managedTemplate, type NodeTemplate, selfManagedTemplate } from './support/node-template.ts';

/** What launches nodes that aws-node serves, and how far it may go. */
export interface LaunchGroup {
  readonly kind: 'managed' | 'self-managed' | 'karpenter';
  readonly name: string;
  /** Subnets it launches into; empty where that was not read. */
  readonly subnetIds: readonly string[];
  /** Types it may launch; several: any of them. Empty where nothing tells. */
  readonly instanceTypes: readonly string[];
  /** The types are those of today's nodes: what else it may launch is open. */
  readonly typesOpen: boolean;
  readonly min: number;
  readonly desired: number;
  /** Most nodes it may have; undefined without a declared limit. */
  readonly max: number | undefined;
  /** The same if all further nodes are of one type; where a limit counts CPUs. */
  readonly maxByType?: ReadonlyMap<string, number>;
  /** kubelet's maxPods where the group sets it. */
  readonly maxPods?: number;
  readonly podsPerCore?: number;
  /** Names of its nodes. */
  readonly nodes: readonly string[];
  /** What its nodes are to the scheduler. */
  readonly template: NodeTemplate;
  /** How many nodes it may bring up beside the old ones while they are replaced. */
  readonly surge: Surge;
}

export interface Surge {
  /** `before`: new nodes first; `after`: old ones go first, so that no more than today's stand at once. */
  readonly order: 'before' | 'after';
  /** Nodes beyond today's at the peak. */
  readonly nodes: number;
}

/** Groups by kind and name. Windows, Fargate and Auto Mode launch by other rules and are not among them. */
export const launchGroups = defineFact({
  id: 'launchGroups',
  needs: { nodes: nodesServedByCni, instances: nodeInstances },
  helps: {
    nodegroups: section('nodegroups'),
    autoScaling: section('autoScalingGroups'),
    templates: section('launchTemplates'),
    pools: section('nodePools'),
    classes: section('nodeClasses'),
    subnets: section('subnets'),
  },
  derive: (v, run): readonly LaunchGroup[] => {
    const members = groupBy(v.nodes.served, (n) => {
      const { kind, name } = nodeGroupOf(n, v.instances.get(n.name)?.instance);
      return `${kind} ${name}`;
    });
    const zoneOf = new Map(v.subnets?.map((s) => [s.subnetId, s.availabilityZone]));
    const ofGroup = (kind: string, name: string) =>
      (members.get(`${kind} ${name}`) ?? []).flatMap((n) => v.instances.get(n.name) ?? []);
    const owned = new Set(v.nodegroups?.flatMap((g) => g.autoScalingGroups));
    return [
      ...(v.nodegroups ?? [])
        .filter((g) => !g.amiType?.startsWith('WINDOWS'))
        .map((g) => managed(g, ofGroup('managed', g.name), v.templates ?? [], zoneOf)),
      ...(v.autoScaling ?? [])
        .filter((g) => !owned.has(g.name) && g.tags['eks:nodegroup-name'] === undefined)
        .map((g) => selfManaged(g, membersOf(g, v.instances, ofGroup), v.templates ?? [])),
      ...(v.pools ?? []).flatMap((p) => {
        const its = v.classes?.find((c) => c.kind === 'EC2NodeClass' && c.name === p.nodeClass.name);
        if (p.nodeClass.kind !== 'EC2NodeClass') return [];
        return [karpenter(p, its, ofGroup('karpenter', p.name), v.subnets, run.catalog)];
      }),
    ].sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
  },
});

function managed(
  g: Nodegroup,
  nodes: readonly NodeInstance[],
  templates: readonly LaunchTemplate[],
  zoneOf: ReadonlyMap<string, string>,
): LaunchGroup {
  const template = templates.find((t) => t.id === g.launchTemplate?.id);
  const declared = g.instanceTypes.length > 0 ? g.instanceTypes : [template?.instanceType ?? ''].filter(Boolean);
  const zones = new Set(g.subnetIds.map((id) => zoneOf.get(id) ?? id)).size;
  return {
    kind: 'managed',
    name: g.name,
    subnetIds: g.subnetIds,
    ...typesOf(declared, nodes),
    min: g.minSize,
    desired: g.desiredSize,
    max: g.maxSize,
    ...(template?.maxPods === undefined ? {} : { maxPods: template.maxPods }),
    nodes: nodes.map((n) => n.node.name),
    template: managedTemplate(
      g,
      nodes.map((n) => n.node),
    ),
    surge: managedSurge(g, zones),
  };
}

/**
 * EKS raises the group's size by the larger of twice the number of its zones and maxUnavailable; with the strategy MINIMAL it
 * takes old nodes away first (EKS user guide, managed node group update behaviour).
 */
function managedSurge(g: Nodegroup, zones: number): Surge {
  if (g.updateStrategy === 'MINIMAL') return { order: 'after', nodes: 0 };
  const byShare = Math.ceil(((g.maxUnavailablePercentage ?? 0) / 100) * g.desiredSize);
  return { order: 'before', nodes: Math.max(2 * zones, g.maxUnavailable ?? 0, byShare) };
}

function selfManaged(
  g: AutoScalingGroup,
  nodes: readonly NodeInstance[],
  templates: readonly LaunchTemplate[],
): LaunchGroup {
  const template = templates.find((t) => t.id === g.launchTemplate?.id);
  const overrides = g.overrides?.flatMap((o) => o.instanceType ?? []) ?? [];
  const declared = overrides.length > 0 ? overrides : [template?.instanceType ?? ''].filter(Boolean);
  return {
    kind: 'self-managed',
    name: g.name,
    subnetIds: g.subnetIds,
    ...typesOf(declared, nodes),
    min: g.minSize,
    desired: g.desiredCapacity,
    max: g.maxSize,
    ...(template?.maxPods === undefined ? {} : { maxPods: template.maxPods }),
    nodes: nodes.map((n) => n.node.name),
    template: selfManagedTemplate(
      g,
      nodes.map((n) => n.node),
    ),
    surge: refreshSurge(g),
  };
}

/**
 * An instance refresh keeps 90 % in service unless told otherwise: it takes a tenth away before it launches. Where the group's
 * maintenance policy lets more than all of it be in service, that many come first, one at least (EC2 Auto Scaling, instance
 * maintenance policies).
 */
function refreshSurge({ desiredCapacity, maxHealthyPercent = 100 }: AutoScalingGroup): Surge {
  if (maxHealthyPercent <= 100 || desiredCapacity === 0) return { order: 'after', nodes: 0 };
  return { order: 'before', nodes: Math.max(1, Math.ceil((desiredCapacity * (maxHealthyPercent - 100)) / 100)) };
}

function membersOf(
  g: AutoScalingGroup,
  instances: ReadonlyMap<string, NodeInstance>,
  ofGroup: (kind: string, name: string) => readonly NodeInstance[],
): readonly NodeInstance[] {
  const named = ofGroup('self-managed', g.name);
  if (named.length > 0) return named;
  const ids = new Set(g.instanceIds);
  return [...instances.values()].filter((i) => i.node.instanceId !== undefined && ids.has(i.node.instanceId));
}

function karpenter(
  p: NodePool,
  its: NodeClass | undefined,
  nodes: readonly NodeInstance[],
  subnets: readonly Subnet[] | undefined,
  catalog: Catalog,
): LaunchGroup {
  const types = typesOf(typesOfPool(p, catalog), nodes);
  const most = mostByType(
    p,
    nodes.flatMap((n) => n.instanceType ?? []),
    types.instanceTypes,
    catalog,
  );
  const nodeLimit = p.limits.nodes === undefined ? undefined : Number(p.limits.nodes);
  const max = most ? Math.max(...most.values()) : nodeLimit;
  return {
    kind: 'karpenter',
    name: p.name,
    subnetIds: subnetsOfPool(p, its, subnets),
    ...types,
    min: 0,
    desired: nodes.length,
    max: Number.isFinite(max) ? max : undefined,
    ...(most ? { maxByType: most } : {}),
    ...(its?.maxPods === undefined ? {} : { maxPods: its.maxPods }),
    ...(its?.podsPerCore === undefined ? {} : { podsPerCore: its.podsPerCore }),
    nodes: nodes.map((n) => n.node.name),
    template: karpenterTemplate(p),
    surge: { order: 'before', nodes: disruptedAtOnce(p, nodes.length) },
  };
}

/** What is declared, else what runs. */
function typesOf(
  declared: readonly string[],
  nodes: readonly NodeInstance[],
): Pick<LaunchGroup, 'instanceTypes' | 'typesOpen'> {
  if (declared.length > 0) return { instanceTypes: declared, typesOpen: false };
  const running = [...new Set(nodes.flatMap((n) => n.instanceType ?? []))].sort();
  return { instanceTypes: running, typesOpen: true };
}
