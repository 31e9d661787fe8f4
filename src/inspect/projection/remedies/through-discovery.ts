/** Subnets that aws-node finds by their tag. */

import { aws } from '../../checks/support/commands.ts';
import { changeSettings } from '../../cni-settings.ts';
import { listed } from '../../contract/words.ts';
import { behaves } from '../../facts/support/cni-release.ts';
import { named } from '../../shell.ts';
import type { Draft } from '../changes/draft.ts';
import { addSubnet, withEnv, worldLaid } from './lay.ts';
import { commandsThatMake, type Made, madeFor, titleOf, type ZoneWish } from './made-subnet.ts';
import type { Patient, Trial } from './remedy.ts';

const ROLE = 'kubernetes.io/role/cni';
const ON = { ENABLE_SUBNET_DISCOVERY: 'true' };

/** Undefined where the release knows no discovery, or one of the subnets cannot be had. */
export function throughDiscovery(patient: Patient, zones: readonly ZoneWish[]): Trial | undefined {
  const { inForce } = patient.world;
  if (!behaves(inForce.cniVersion, 'subnetDiscovery')) return undefined;
  const { clusterName, subnetDiscovery } = inForce.settings;
  const tags = { [ROLE]: '1', ...(clusterName ? { [`cni.networking.k8s.aws/cluster/${clusterName}`]: 'shared' } : {}) };
  const made = zones.flatMap((z) => madeFor(patient, z, tags) ?? []);
  if (made.length < zones.length) return undefined;
  const { cluster, cni, addon } = patient.fix;
  const turnOn = subnetDiscovery ? undefined : changeSettings(cluster, cni, addon, { set: ON });
  const fresh = made.some((m) => m.plan);
  return {
    key: made.map((m) => m.subnet.subnetId).join(),
    title: titleOf(made, ', tagged so that aws-node finds it'),
    effort: fresh ? 3 : 1,
    nodesToReplace: 0,
    world: () => worldLaid(patient, (draft) => lay(draft, made), subnetDiscovery ? {} : withEnv(patient, ON)),
    fix: {
      commands: [...commandsThatMake(made), ...made.flatMap((m) => tagged(patient, m)), ...(turnOn?.commands ?? [])],
      changes: `aws-node creates further ENIs in ${listed(zones.map((z) => z.zone))} in the subnet with most addresses free. Nodes keep the ENIs they have.${turnOn ? ` ${turnOn.changes}` : ''}`,
      effect: 'minutes',
      ...(turnOn?.risk ? { risk: turnOn.risk } : {}),
    },
  };
}

function tagged({ fix }: Patient, { subnet, plan }: Made): readonly string[] {
  if (plan) return [];
  const tag = ['--resources', named('subnet', subnet.subnetId), '--tags', `Key=${ROLE},Value=1`];
  return [aws(fix, 'ec2', 'create-tags', ...tag)];
}

function lay(draft: Draft, made: readonly Made[]): void {
  for (const { subnet, plan } of made) {
    if (plan) addSubnet(draft, subnet);
    else
      draft.edit('subnets', [], (all) =>
        all.map((s) => (s.subnetId === subnet.subnetId ? { ...s, tags: { ...s.tags, [ROLE]: '1' } } : s)),
      );
  }
}
