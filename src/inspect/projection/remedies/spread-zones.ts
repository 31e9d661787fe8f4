/** Nodes over more subnets: groups that grow in a zone that is short may launch where other groups do, or leave that zone out. */
import { freeName, likeNodegroup } from '../../checks/fixes/new-group.ts';
import { aws, kubectl } from '../../checks/support/commands.ts';
import { listed, things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import type { LaunchGroup } from '../../facts/launch-groups.ts';
import { named } from '../../shell.ts';
import type { Nodegroup } from '../../snapshot/aws.ts';
import type { Draft } from '../changes/draft.ts';
import { worldLaid } from './lay.ts';
import type { Patient, RemedyKind, Trial } from './remedy.ts';

const ZONE = 'topology.kubernetes.io/zone';

export const spreadZones: RemedyKind = {
  id: 'spread-zones',
  trials: (patient, failing) => {
    const { world, run } = patient;
    const zoneOf = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s.availabilityZone]));
    const short = new Set(
      failing.subnets.filter((s) => s.verdict === 'fail' || s.verdict === 'at-risk').map((s) => s.availabilityZone),
    );
    const every = [...new Set(world.groups.flatMap((g) => g.subnetIds))].filter((id) => zoneOf.has(id)).sort();
    const growing = world.groups.filter((g) => g.subnetIds.some((id) => short.has(zoneOf.get(id) ?? '')));
    if (growing.length === 0) return [];
    const wider = new Map(growing.map((g) => [g, every]));
    const elsewhere = every.filter((id) => !short.has(zoneOf.get(id)!));
    const zones = new Set(elsewhere.map((id) => zoneOf.get(id)!));
    const away = new Map(growing.map((g) => [g, elsewhere]));
    return [
      ...trialOf(patient, wider, zoneOf, 'over more zones'),
      // One zone alone is no place to move to.
      ...(zones.size >= 2 ? trialOf(patient, away, zoneOf, `without ${listed([...short].sort())}`) : []),
    ];
  },
};

type Places = ReadonlyMap<LaunchGroup, readonly string[]>;

/** Empty where a group has these subnets already, or cannot be given others. */
function trialOf(patient: Patient, wanted: Places, zoneOf: ReadonlyMap<string, string>, how: string): Trial[] {
  const moved = [...wanted].filter(([g, ids]) => [...g.subnetIds].sort().join() !== ids.join());
  if (moved.length === 0) return [];
  const commands = moved.map(([g, ids]) => commandsFor(patient, g, ids, zoneOf));
  if (commands.some((c) => c === undefined)) return [];
  const made = moved.filter(([g]) => g.kind === 'managed');
  const nodesToReplace = made.reduce((n, [g]) => n + g.nodes.length, 0);
  const zones = [...new Set(moved.flatMap(([, ids]) => ids.map((id) => zoneOf.get(id)!)))].sort();
  return [
    {
      key: moved.map(([g, ids]) => `${g.name} ${ids.join()}`).join(' '),
      title: `Launch nodes of ${listed(moved.map(([g]) => g.name))} ${how}: ${listed(zones)}`,
      effort: made.length > 0 ? 2 : 1,
      nodesToReplace,
      world: () => worldLaid(patient, (draft) => lay(draft, moved, zoneOf)),
      fix: {
        commands: commands.flatMap((c) => c ?? []),
        changes:
          made.length > 0
            ? `EKS gives a managed group no other subnets: ${listed(made.map(([g]) => g.name))} ${made.length === 1 ? 'is' : 'are'} made anew, and the old deleted, which drains ${things(nodesToReplace, 'node')}.`
            : 'Nodes that join are launched there; those that are there stay where they are.',
        effect: made.length > 0 ? 'node-replacement' : 'minutes',
        risk: 'Pods bound to a zone by a volume stay Pending where their group no longer launches.',
      },
    },
  ];
}

function lay(
  draft: Draft,
  moved: readonly (readonly [LaunchGroup, readonly string[]])[],
  zoneOf: ReadonlyMap<string, string>,
) {
  for (const [group, ids] of moved) {
    const subnetIds = [...ids];
    if (group.kind === 'managed')
      draft.edit('nodegroups', [], (all) => all.map((g) => (g.name === group.name ? { ...g, subnetIds } : g)));
    else if (group.kind === 'self-managed')
      draft.edit('autoScalingGroups', [], (all) => all.map((g) => (g.name === group.name ? { ...g, subnetIds } : g)));
    else {
      const values = [...new Set(ids.map((id) => zoneOf.get(id)!))].sort();
      draft.edit('nodePools', [], (all) =>
        all.map((p) => (p.name === group.name ? { ...p, requirements: withZones(p.requirements, values) } : p)),
      );
    }
  }
}

interface Requirement {
  key: string;
  operator: string;
  values: string[];
}

function withZones(requirements: readonly Requirement[], values: string[]): Requirement[] {
  return [...requirements.filter((r) => r.key !== ZONE), { key: ZONE, operator: 'In', values }];
}

/** Undefined where a group like this one cannot be made from what was read. */
function commandsFor(
  { run, fix }: Patient,
  group: LaunchGroup,
  ids: readonly string[],
  zoneOf: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const subnets = ids.map((id) => named('subnet', id));
  if (group.kind === 'self-managed')
    return [
      aws(
        fix,
        ...['autoscaling', 'update-auto-scaling-group', '--auto-scaling-group-name', group.name],
        ...['--vpc-zone-identifier', subnets.join(',')],
      ),
    ];
  if (group.kind === 'managed') return remade(run.valueOf(section('nodegroups')), fix, group, ids);
  const pool = run.valueOf(section('nodePools'))?.find((p) => p.name === group.name);
  const its = run.valueOf(section('nodeClasses'))?.find((c) => c.name === pool?.nodeClass.name);
  // A NodePool chooses zones; which subnets there are in them its class says.
  if (!pool || !its || ids.some((id) => !its.subnetIds.includes(id))) return undefined;
  const values = [...new Set(ids.map((id) => zoneOf.get(id)!))].sort();
  const requirements = withZones(pool.requirements, values);
  const patch = JSON.stringify({ spec: { template: { spec: { requirements } } } });
  return [kubectl('patch', 'nodepool', named('object', pool.name), '--type', 'merge', '-p', patch)];
}

function remade(
  groups: readonly Nodegroup[] | undefined,
  fix: Patient['fix'],
  group: LaunchGroup,
  ids: readonly string[],
): readonly string[] | undefined {
  const old = groups?.find((g) => g.name === group.name);
  if (!old || !groups || !fix.cluster) return undefined;
  const of = ['--cluster-name', fix.cluster.name, '--nodegroup-name', old.name];
  return [
    ...likeNodegroup(fix, old, freeName(old.name, groups), { subnetIds: ids }),
    aws(fix, 'eks', 'delete-nodegroup', ...of),
  ];
}
