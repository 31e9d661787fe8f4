/** What stands between this cluster and a pattern and mode pair. */
import { supportsPrefixes } from '../../calc/catalog/instance-type.ts';
import { formatCniVersion, has, type MaxPodsOptions } from '../../calc/maxpods/index.ts';
import { type Pair, usesCustomNetworking, usesSecurityGroupsForPods } from '../../calc/patterns.ts';
import type { CapacityRow } from '../contract/report.ts';
import { type Run, section } from '../facts/define-fact.ts';
import type { CapacityNode } from './nodes.ts';
import type { PairModel } from './pair.ts';
import type { SitesOf } from './placement.ts';
import { lengthOf, type Stretches } from './stretches.ts';

type Blocker = CapacityRow['blockers'][number];

export interface Standing {
  readonly blockers: readonly Blocker[];
  /** False where something stands in the way of every node. */
  readonly supported: boolean;
}

export function standingOf(
  run: Run,
  model: PairModel,
  nodes: Stretches<CapacityNode>,
  sites: SitesOf,
  version: MaxPodsOptions['cniVersion'],
): Standing {
  const clusterWide = [...familyBlockers(run, model.pair), ...versionBlockers(model.pair, version)];
  const perNode = [
    ...prefixBlockers(model.pair, nodes),
    ...eniConfigBlockers(run, model.pair, nodes, sites),
    ...trunkBlockers(model.pair, nodes),
    ...leftoverBlockers(model, nodes),
  ];
  const all = lengthOf(nodes);
  const everywhere = all > 0 && perNode.some((b) => b.nodes === all);
  return { blockers: [...clusterWide, ...perNode], supported: clusterWide.length === 0 && !everywhere };
}

/** A cluster's family is chosen when it is created (EKS user guide, IPv6). */
function familyBlockers(run: Run, pair: Pair): Blocker[] {
  const family = run.valueOf(section('cluster'))?.ipFamily;
  const wanted = pair.mode === 'ipv6' ? 'ipv6' : 'ipv4';
  if (family === undefined || family === wanted) return [];
  const name = wanted === 'ipv6' ? 'IPv6' : 'IPv4';
  return [wide(`a new ${name} cluster: the family is chosen when a cluster is created`)];
}

function versionBlockers({ pattern, mode }: Pair, version: MaxPodsOptions['cniVersion']): Blocker[] {
  if (!version) return [];
  const runs = `v${formatCniVersion(version)} runs`;
  if (mode === 'prefix' && !has(version, 'prefix')) return [wide(`vpc-cni 1.9 for prefixes: ${runs}`)];
  if (mode === 'ipv6' && !has(version, 'ipv6')) return [wide(`vpc-cni 1.10 for IPv6: ${runs}`)];
  if (!usesSecurityGroupsForPods(pattern)) return [];
  if (mode === 'ipv6' && !has(version, 'podEniWithIpv6'))
    return [wide(`vpc-cni 1.16 for security groups for pods with IPv6: ${runs}`)];
  return has(version, 'podEniSupported') ? [] : [wide(`vpc-cni 1.7.7 for security groups for pods: ${runs}`)];
}

function prefixBlockers({ mode }: Pair, nodes: Stretches<CapacityNode>): Blocker[] {
  if (mode === 'secondary') return [];
  const xen = nodes.filter(({ of }) => !supportsPrefixes(of.limits));
  return perTypes(xen, (types) => `Nitro types: ${types} cannot hold prefixes`);
}

function eniConfigBlockers(run: Run, pair: Pair, nodes: Stretches<CapacityNode>, sites: SitesOf): Blocker[] {
  if (!usesCustomNetworking(pair.pattern)) return [];
  const section_ = run.get(section('eniConfigs'));
  if (!section_.known) return [wide('ENIConfigs, which could not be read')];
  const without = nodes.filter(({ of }) => of.subnetId !== undefined && sites(of, pair.pattern) === undefined);
  if (without.length === 0) return [];
  return [{ reason: 'an ENIConfig with a subnet of the zone', nodes: lengthOf(without), zones: zonesOf(without) }];
}

function trunkBlockers({ pattern }: Pair, nodes: Stretches<CapacityNode>): Blocker[] {
  if (!usesSecurityGroupsForPods(pattern)) return [];
  const unable = nodes.filter(({ of }) => of.limits.trunkingCompatible === false);
  return perTypes(unable, (types) => `types that carry a trunk: ${types} cannot, replace the nodes`);
}

/** Custom networking and the trunk can leave a small type without any ENI for ordinary pods. */
function leftoverBlockers(model: PairModel, nodes: Stretches<CapacityNode>): Blocker[] {
  if (model.pair.mode === 'ipv6') return [];
  const bare = nodes.filter(({ of }) => model.of(of).podIps === 0);
  return perTypes(bare, (types) => `larger types: ${types} has no ENI left for ordinary pods`);
}

function perTypes(nodes: Stretches<CapacityNode>, reason: (types: string) => string): Blocker[] {
  if (nodes.length === 0) return [];
  const types = [...new Set(nodes.map(({ of }) => of.limits.instanceType))].sort().join(', ');
  return [{ reason: reason(types), nodes: lengthOf(nodes), zones: zonesOf(nodes) }];
}

function wide(reason: string): Blocker {
  return { reason, nodes: 0, zones: [] };
}

function zonesOf(nodes: Stretches<CapacityNode>): string[] {
  return [...new Set(nodes.flatMap(({ of }) => of.zone ?? []))].sort();
}
