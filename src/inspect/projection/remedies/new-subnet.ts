/** Another subnet for pods in every zone that is short: one that is there already, or a free range of the VPC. */
import { usesCustomNetworking } from '../../../calc/patterns.ts';
import { existingNodeSubnet, existingPodSubnet, podSubnetInputs } from '../../checks/fixes/pod-subnet.ts';
import { inputsOf, section } from '../../facts/define-fact.ts';
import type { Projection } from '../run-scenario.ts';
import type { ZoneWish } from './made-subnet.ts';
import type { Patient, RemedyKind, Trial } from './remedy.ts';
import { lackIn } from './sizing.ts';
import { throughDiscovery } from './through-discovery.ts';
import { throughEniConfigs } from './through-eni-configs.ts';

/** Nothing where the way in which pods get their subnet cannot be told. */
export const newSubnet: RemedyKind = {
  id: 'new-subnet',
  trials: (patient, failing) => {
    const short = zonesOf(patient, failing, true);
    const all = zonesOf(patient, failing, false);
    const present = short.flatMap((w) => withPresent(patient, failing, w) ?? []);
    const wishes = [
      ...(present.length > 0 && present.length === short.length ? [present] : []),
      ...(short.length > 0 ? [short] : []),
      ...(all.length > short.length ? [all] : []),
    ];
    const way = usesCustomNetworking(failing.pattern) ? throughEniConfigs : throughDiscovery;
    return wishes.flatMap((zones): Trial[] => [way(patient, zones)].flatMap((trial) => trial ?? []));
  },
};

/** Zones with nodes, or with pods of theirs; only those that are short where `short`. */
function zonesOf(patient: Patient, failing: Projection, short: boolean): readonly ZoneWish[] {
  const { world, run } = patient;
  const subnets = run.valueOf(section('subnets')) ?? [];
  const homeless = world.nodes.filter((n) => world.sites(n, failing.pattern) === undefined).map((n) => n.zone);
  const zones = [
    ...new Set([...world.nodes.flatMap((n) => n.zone ?? []), ...failing.subnets.map((s) => s.availabilityZone)]),
  ];
  return zones.sort().flatMap((zone): ZoneWish[] => {
    const here = failing.subnets.filter((s) => s.availabilityZone === zone && s.feeds.includes('pods'));
    const bad = here.filter((s) => s.verdict === 'fail' || s.verdict === 'at-risk');
    if (short && bad.length === 0 && !homeless.includes(zone)) return [];
    const home = world.nodes.find((n) => n.zone === zone)?.subnetId;
    const like =
      subnets.find((s) => s.subnetId === (bad[0] ?? here[0])?.subnetId) ?? subnets.find((s) => s.subnetId === home);
    return like && like.vpcId !== '' ? [{ zone, vpcId: like.vpcId, like, lack: lackIn(failing, zone) }] : [];
  });
}

function withPresent({ run }: Patient, { pattern }: Projection, wish: ZoneWish): ZoneWish | undefined {
  const inputs = inputsOf(run, podSubnetInputs);
  const present = usesCustomNetworking(pattern)
    ? existingPodSubnet(inputs, { ...wish, free: wish.lack, blocks: 0, not: [wish.like.subnetId] })
    : existingNodeSubnet(inputs, { subnet: wish.like, addresses: wish.lack / 2, blocks: 0 });
  return present && { ...wish, present };
}
