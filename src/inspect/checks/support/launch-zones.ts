import { type Run, section } from '../../facts/define-fact.ts';

/** Zones in which managed node groups and Auto Scaling groups of nodes may launch; empty where these were not read. */
export function launchZones(run: Run): string[] {
  const zoneOf = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s.availabilityZone]));
  const cluster = run.valueOf(section('cluster'))?.name;
  const groups = (run.valueOf(section('nodegroups')) ?? []).filter((g) => g.maxSize > 0);
  const scaling = (run.valueOf(section('autoScalingGroups')) ?? []).filter(
    (g) => g.maxSize > 0 && cluster !== undefined && g.tags[`kubernetes.io/cluster/${cluster}`] !== undefined,
  );
  const subnets = [...groups, ...scaling].flatMap((g) => g.subnetIds);
  return [...new Set(subnets.flatMap((id) => zoneOf.get(id) ?? []))].sort();
}
