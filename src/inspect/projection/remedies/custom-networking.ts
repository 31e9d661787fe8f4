/** Pods in subnets of their own, one a zone, in whatever range the VPC still has or may get. */
import { type Pair, usesCustomNetworking, usesSecurityGroupsForPods } from '../../../calc/patterns.ts';
import { applyWithNewSubnet, eniConfigFixInputs, podSecurityGroups } from '../../checks/fixes/eni-config.ts';
import { setSettings } from '../../checks/fixes/settings.ts';
import { inputsOf, section } from '../../facts/define-fact.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { setEnv } from '../changes/cni-env.ts';
import type { Draft } from '../changes/draft.ts';
import { runScenario } from '../run-scenario.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { addSubnet, worldLaid } from './lay.ts';
import { commandsThatMake, type Made, madeFor, titleOf, type ZoneWish } from './made-subnet.ts';
import { isSupported, NOWHERE, OWN_SETTINGS, runWith } from './prefix-mode.ts';
import { inSteps, type Patient, type RemedyKind } from './remedy.ts';
import { partOf, rollGroups } from './roll.ts';

export const CUSTOM_ENV = {
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true',
  ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone',
};

export const customNetworking: RemedyKind = {
  id: 'custom-networking',
  trials: (patient, { current, mode }, scenario) => {
    const { world } = patient;
    const { pattern } = world.pair;
    if (!current || OWN_SETTINGS.has(scenario.name) || usesCustomNetworking(pattern) || mode === 'ipv6') return [];
    const pair: Pair = { pattern: usesSecurityGroupsForPods(pattern) ? 'custom+sgp' : 'custom', mode };
    const made = podSubnetsFor(patient, pair, scenario);
    if (!made || made.length === 0) return [];
    const groups = podSecurityGroups(inputsOf(patient.run, eniConfigFixInputs));
    const lay = (draft: Draft) => {
      for (const { subnet, wish } of made) {
        addSubnet(draft, subnet);
        const config = { name: wish.zone, subnetId: subnet.subnetId, securityGroupIds: [...groups] };
        draft.edit('eniConfigs', [], (all) => [...all.filter((c) => c.name !== wish.zone), config]);
      }
    };
    const laid = worldLaid(patient, lay, { pair });
    if (!laid || !isSupported(laid)) return [];
    const rolls = rollGroups(
      runWith(patient, (draft) => {
        lay(draft);
        setEnv(draft, NOWHERE, CUSTOM_ENV);
      }),
    );
    const [fix] = setSettings(patient.fix, '', { set: CUSTOM_ENV });
    return [
      {
        key: made.map((m) => m.subnet.cidr).join(),
        title: `${titleOf(made, ' for custom networking')}, and replace the nodes`,
        effort: 3,
        nodesToReplace: world.nodes.length,
        world: () => laid,
        fix: {
          ...inSteps([
            { title: 'Make the subnets and an ENIConfig for each zone', commands: commandsOf(patient, made, groups) },
            { ...fix!, title: 'Change the settings' },
            ...rolls.map(partOf),
          ]),
          changes: [fix!.changes, ...rolls.map((r) => r.changes)].join(' '),
          effect: 'node-replacement',
          risk: [
            `The primary ENI of a node serves no pods then. vpccni plan to=${pair.pattern}+${mode} shows the peak and every step.`,
            ...(fix!.risk ? [fix!.risk] : []),
          ].join(' '),
        },
      },
    ];
  },
};

/** A range so large that nothing is short in it: it shows what the scenario takes. */
const AMPLE = 16;

/**
 * One subnet a zone, sized by what the scenario takes under the pair; undefined where one cannot be had. `missing`: only for zones
 * that no ENIConfig serves, and without a tag.
 */
export function podSubnetsFor(patient: Patient, pair: Pair, scenario: Scenario, missing = false): Made[] | undefined {
  const { world, run } = patient;
  const unserved = zonesWithoutConfig(patient);
  const own = run.valueOf(section('subnets')) ?? [];
  const homes = homesByZone(world, own);
  const zones = [...homes.keys()].sort().filter((z) => !missing || unserved(z));
  if (zones.length === 0) return [];
  const ample = zones.map((zone, i) => ({ subnetId: `ample-${zone}`, zone, cidr: `240.${i}.0.0/${AMPLE}` }));
  const without = worldLaid(patient, (draft) => draft.edit('eniConfigs', [], () => []), { pair, podSubnets: ample });
  if (!without) return undefined;
  const { subnets } = runScenario(without, scenario);
  const made = zones.flatMap((zone): Made[] => {
    const like = homes.get(zone);
    const need = subnets.find((s) => s.subnetId === `ample-${zone}`)?.addresses.need ?? 0;
    if (!like) return [];
    const lack = typeof need === 'number' ? need : need.max;
    const wish: ZoneWish = { zone, vpcId: like.vpcId, like, lack: Math.max(lack, 0) };
    return [madeFor(patient, wish, missing ? {} : tagsFor(patient, zone))].flatMap((m) => m ?? []);
  });
  return made.length === zones.length ? made : undefined;
}

/** A subnet of nodes in each zone that has nodes, or in which a group may launch some. */
function homesByZone({ nodes, groups }: Patient['world'], subnets: readonly Subnet[]): ReadonlyMap<string, Subnet> {
  const byId = new Map(subnets.map((s) => [s.subnetId, s]));
  const homes = new Map<string, Subnet>();
  for (const id of [...nodes.map((n) => n.subnetId), ...groups.flatMap((g) => g.subnetIds)]) {
    const subnet = byId.get(id ?? '');
    if (subnet && !homes.has(subnet.availabilityZone)) homes.set(subnet.availabilityZone, subnet);
  }
  return homes;
}

function zonesWithoutConfig({ run }: Patient): (zone: string) => boolean {
  const zoneOf = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s.availabilityZone]));
  const served = new Set(run.valueOf(section('eniConfigs'))?.map((c) => zoneOf.get(c.subnetId ?? '')));
  return (zone) => !served.has(zone);
}

function tagsFor({ fix }: Patient, zone: string): Readonly<Record<string, string>> {
  return fix.cluster ? { Name: `${fix.cluster.name}-pods-${zone}` } : {};
}

function commandsOf({ fix }: Patient, made: readonly Made[], groups: readonly string[]): readonly string[] {
  const configs = made.flatMap(({ plan, wish }) =>
    plan ? [applyWithNewSubnet(fix, wish.vpcId, plan, wish.zone, groups)] : [],
  );
  return [...commandsThatMake(made), ...configs];
}
