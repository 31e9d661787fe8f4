import { defineFact, section } from './define-fact.ts';
import { eniOwners } from './eni-owners.ts';
import { nodeInstances } from './node-instances.ts';
import { subnetRoles } from './subnet-roles.ts';

/**
 * Where each subnet of the cluster was found, by id, in words: `control-plane`, `node`, `nodegroup:workers`,
 * `autoscaling:workers`, `fargate:jobs`, `eniconfig:eu-west-1a`, `nodeclass:default`, `tag:kubernetes.io/role/cni`,
 * `interfaces` (the cluster's own are in it). A subnet that nothing names has no entry.
 */
export const subnetSources = defineFact({
  id: 'subnetSources',
  needs: { subnets: section('subnets') },
  helps: {
    cluster: section('cluster'),
    nodegroups: section('nodegroups'),
    groups: section('autoScalingGroups'),
    fargate: section('fargateProfiles'),
    eniConfigs: section('eniConfigs'),
    nodeClasses: section('nodeClasses'),
    instances: nodeInstances,
    owners: eniOwners,
    roles: subnetRoles,
  },
  derive: ({ subnets, cluster, nodegroups, groups, fargate, eniConfigs, nodeClasses, instances, owners, roles }) => {
    const found = new Map<string, string[]>();
    const add = (source: string, ids: Iterable<string>) => {
      for (const id of new Set(ids)) {
        const known = found.get(id);
        if (known) known.push(source);
        else found.set(id, [source]);
      }
    };
    add('control-plane', cluster?.subnetIds ?? []);
    add(
      'node',
      [...(instances?.values() ?? [])].flatMap((at) => at.subnetId ?? []),
    );
    for (const g of nodegroups ?? []) add(`nodegroup:${g.name}`, g.subnetIds);
    for (const g of groups ?? []) if (isOurs(g.tags, cluster?.name)) add(`autoscaling:${g.name}`, g.subnetIds);
    for (const p of fargate ?? []) add(`fargate:${p.name}`, p.subnetIds);
    for (const c of eniConfigs ?? []) add(`eniconfig:${c.name}`, c.subnetId ? [c.subnetId] : []);
    for (const c of nodeClasses ?? []) add(`nodeclass:${c.name}`, c.subnetIds);
    add(
      'discovery',
      [...(roles ?? [])].flatMap(([id, of]) => (of.includes('discovery') ? [id] : [])),
    );
    // a tag concerns this cluster only where its VPC does
    const near = subnets.filter((s) => cluster?.vpcId === undefined || s.vpcId === cluster.vpcId);
    for (const [tag, means] of TAGS) {
      const key = tag.replace('<cluster>', cluster?.name ?? '');
      add(
        `tag:${key}`,
        near.filter((s) => means(s.tags[key], cluster?.name)).map((s) => s.subnetId),
      );
    }
    add(
      'interfaces',
      [...(owners?.values() ?? [])].flatMap((o) => (servesCluster(o, cluster?.name) ? [o.eni.subnetId] : [])),
    );
    return found as ReadonlyMap<string, readonly string[]>;
  },
});

type Means = (value: string | undefined, cluster: string | undefined) => boolean;

/** `kubernetes.io/role/elb` marks subnets for load balancers, not for pods. */
const TAGS: readonly (readonly [string, Means])[] = [
  ['kubernetes.io/cluster/<cluster>', (value, cluster) => cluster !== undefined && value !== undefined],
  ['karpenter.sh/discovery', (value, cluster) => cluster !== undefined && value === cluster],
  ['kubernetes.io/role/cni', (value) => value === '1'],
];

function isOurs(tags: Readonly<Record<string, string>>, cluster: string | undefined): boolean {
  return cluster !== undefined && `kubernetes.io/cluster/${cluster}` in tags;
}

function servesCluster(
  owner: { readonly node?: string; readonly cluster?: string },
  cluster: string | undefined,
): boolean {
  return owner.node !== undefined || (cluster !== undefined && owner.cluster === cluster);
}
