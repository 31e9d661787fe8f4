import { defineFact, section } from './define-fact.ts';

/** Zones in which managed node groups and Auto Scaling groups of nodes may launch, as far as these were read. */
export const launchZones = defineFact({
  id: 'launchZones',
  needs: { subnets: section('subnets') },
  helps: {
    cluster: section('cluster'),
    nodegroups: section('nodegroups'),
    autoScalingGroups: section('autoScalingGroups'),
  },
  derive: ({ subnets, cluster, nodegroups, autoScalingGroups }): readonly string[] => {
    const zoneOf = new Map(subnets.map((s) => [s.subnetId, s.availabilityZone]));
    const groups = (nodegroups ?? []).filter((g) => g.maxSize > 0);
    const scaling = (autoScalingGroups ?? []).filter(
      (g) => g.maxSize > 0 && cluster !== undefined && g.tags[`kubernetes.io/cluster/${cluster.name}`] !== undefined,
    );
    const ids = [...groups, ...scaling].flatMap((g) => g.subnetIds);
    return [...new Set(ids.flatMap((id) => zoneOf.get(id) ?? []))].sort();
  },
});
