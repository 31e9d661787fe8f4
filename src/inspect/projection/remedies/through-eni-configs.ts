/** Subnets that ENIConfigs name: those of the zone are pointed at them, or one is made where none serves its nodes. */
import {
  applyWithNewSubnet,
  eniConfigDocument,
  eniConfigFixInputs,
  podSecurityGroups,
} from '../../checks/fixes/eni-config.ts';
import { withSubnetId } from '../../checks/fixes/new-subnet.ts';
import { kubectl } from '../../checks/support/commands.ts';
import { listed } from '../../contract/words.ts';
import { inputsOf, section } from '../../facts/define-fact.ts';
import { eniConfigResolution } from '../../facts/eni-config-resolution.ts';
import { json, named, withInput } from '../../shell.ts';
import type { EniConfig } from '../../snapshot/kubernetes.ts';
import { addSubnet, worldLaid } from './lay.ts';
import { commandsThatMake, type Made, madeFor, titleOf, type ZoneWish } from './made-subnet.ts';
import type { Patient, Trial } from './remedy.ts';

/** Undefined where ENIConfigs were not read, or one of the subnets cannot be had. */
export function throughEniConfigs(patient: Patient, zones: readonly ZoneWish[]): Trial | undefined {
  const configs = patient.run.valueOf(section('eniConfigs'));
  const made = zones.flatMap((z) => madeFor(patient, z, nameTag(patient, z)) ?? []);
  if (!configs || made.length < zones.length) return undefined;
  const groups = podSecurityGroups(inputsOf(patient.run, eniConfigFixInputs));
  const chosen = made.map((m) => ({ made: m, ...configsFor(patient, configs, m.wish) }));
  const names = chosen.flatMap((c) => [...c.point, ...c.make]);
  // an ENIConfig that nodes of two zones use serves one of them alone
  if (new Set(names).size < names.length) return undefined;
  return {
    key: made.map((m) => m.subnet.subnetId).join(),
    title: titleOf(made, `, named by ENIConfig ${listed(names)}`),
    effort: made.some((m) => m.plan) ? 3 : 1,
    nodesToReplace: 0,
    world: () =>
      worldLaid(patient, (draft) => {
        for (const { made: m, point, make } of chosen) {
          const { subnetId } = m.subnet;
          if (m.plan) addSubnet(draft, m.subnet);
          draft.edit('eniConfigs', [], (all) => [
            ...all.map((c) => (point.includes(c.name) ? { ...c, subnetId } : c)),
            ...make.map((name): EniConfig => ({ name, subnetId, securityGroupIds: [...groups] })),
          ]);
        }
      }),
    fix: {
      commands: [...commandsThatMake(made), ...chosen.flatMap((c) => commandsOf(patient, c, groups))],
      changes: `New ENIs of nodes in ${listed(zones.map((z) => z.zone))} are created there. Nodes keep the ENIs they have.`,
      effect: 'minutes',
    },
  };
}

interface Chosen {
  readonly made: Made;
  /** Names of ENIConfigs that are there, and of those that are not. */
  readonly point: readonly string[];
  readonly make: readonly string[];
}

/** Those that nodes of the zone use; else those with a subnet of the zone; else the one its nodes ask for, or of its name. */
function configsFor(
  { run }: Patient,
  configs: readonly EniConfig[],
  { zone }: ZoneWish,
): Pick<Chosen, 'point' | 'make'> {
  const zoneOf = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s.availabilityZone]));
  const choices = run.valueOf(eniConfigResolution);
  const asked = (run.valueOf(section('nodes')) ?? []).flatMap((n) => {
    const name = choices?.get(n.name)?.name;
    return n.labels['topology.kubernetes.io/zone'] === zone && name !== undefined && name !== 'default' ? [name] : [];
  });
  const wanted = [...new Set(asked)];
  const present = new Set(configs.map((c) => c.name));
  const used = wanted.filter((name) => present.has(name));
  const inZone = configs.filter((c) => c.subnetId !== undefined && zoneOf.get(c.subnetId) === zone).map((c) => c.name);
  const missing = wanted.filter((name) => !present.has(name));
  if (used.length > 0 || missing.length > 0) return { point: used, make: missing };
  if (inZone.length > 0) return { point: inZone, make: [] };
  return present.has(zone) ? { point: [zone], make: [] } : { point: [], make: [zone] };
}

function nameTag({ fix }: Patient, { zone }: ZoneWish): Readonly<Record<string, string>> {
  return fix.cluster ? { Name: `${fix.cluster.name}-pods-${zone}` } : {};
}

function commandsOf({ fix }: Patient, { made, point, make }: Chosen, groups: readonly string[]): readonly string[] {
  const { subnet, plan, wish } = made;
  const patch = (name: string, subnetId: string) => [
    ...['patch', 'eniconfig', named('object', name), '--type', 'merge'],
    ...['-p', json({ spec: { subnet: subnetId } })],
  ];
  if (!plan)
    return [
      ...point.map((name) => kubectl(...patch(name, named('subnet', subnet.subnetId)))),
      ...make.map((name) =>
        withInput(kubectl('apply', '-f', '-'), eniConfigDocument(name, named('subnet', subnet.subnetId), groups)),
      ),
    ];
  return [
    ...point.map((name) => withSubnetId(fix, wish.vpcId, plan, 'kubectl', ...patch(name, '{}'))),
    ...make.map((name) => applyWithNewSubnet(fix, wish.vpcId, plan, name, groups)),
  ];
}
