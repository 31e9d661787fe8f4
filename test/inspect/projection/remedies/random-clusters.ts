/** Random clusters that are short of something, or nearly: small subnets, full nodes, strangers in between. */
import fc from 'fast-check';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';
import { eniConfig, nodegroup, VPC } from '../../../support/snapshot-builder.ts';
import { World } from '../../checks/world.ts';

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;

interface Wish {
  readonly lengths: readonly number[];
  readonly nodes: readonly number[];
  readonly pods: number;
  readonly mode: 'secondary' | 'prefix' | 'old';
  readonly custom: boolean;
  readonly strangers: readonly number[];
  readonly every: number;
  readonly vpc: string;
  readonly max: number;
  readonly zonesOfGroup: number;
  readonly leaks: number;
}

const wish: fc.Arbitrary<Wish> = fc.record({
  lengths: fc.array(fc.constantFrom(24, 25, 26), { minLength: 3, maxLength: 3 }),
  nodes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
  pods: fc.integer({ min: 1, max: 24 }),
  mode: fc.constantFrom('secondary', 'prefix', 'old'),
  custom: fc.boolean(),
  strangers: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 3, maxLength: 3 }),
  every: fc.constantFrom(1, 3, 16),
  vpc: fc.constantFrom('10.0.0.0/16', '10.0.0.0/20', '10.0.0.0/22'),
  max: fc.integer({ min: 3, max: 24 }),
  zonesOfGroup: fc.integer({ min: 1, max: 3 }),
  leaks: fc.integer({ min: 0, max: 1 }),
});

export const randomCluster: fc.Arbitrary<ClusterSnapshot> = wish.map(made);

function made(w: Wish): ClusterSnapshot {
  const world = new World();
  for (const [i, zone] of ZONES.entries()) {
    world.subnet(`subnet-${zone.at(-1)}`, `10.0.${i}.0/${w.lengths[i]}`, zone);
    if (w.custom) world.subnet(`subnet-pods-${zone.at(-1)}`, `10.0.3.${64 * i}/26`, zone);
  }
  const room = new Map(ZONES.map((zone, i) => [zone, 2 ** (32 - w.lengths[i]!) - 80]));
  for (const [i, zone] of ZONES.entries()) {
    const letter = zone.at(-1);
    const held = Math.min(w.strangers[i]!, Math.floor((room.get(zone)! - 64) / w.every));
    if (held > 0) world.foreign(`eni-other-${letter}`, `subnet-${letter}`, held, {}, w.every);
    if (w.leaks > 0 && held > 0) world.leak(`eni-leak-${letter}`, `subnet-${letter}`, 1, 90);
  }
  const prefixes = w.mode === 'prefix';
  for (const [i, zone] of ZONES.entries()) {
    const letter = zone.at(-1);
    for (let n = 0; n < w.nodes[i]!; n++) {
      const [home, pods] = [`subnet-${letter}`, w.custom ? `subnet-pods-${letter}` : undefined];
      const taken = prefixes ? 16 * (1 + Math.ceil(w.pods / 16)) + 2 : 30;
      if (w.custom ? n > 0 : room.get(zone)! - (n + 1) * taken < w.strangers[i]! * w.every) continue;
      const blocks = 1 + Math.ceil(w.pods / 16);
      world.node(`n${n}${letter}`, {
        home,
        maxPods: prefixes ? 110 : 29,
        running: Math.min(w.pods, w.custom && !prefixes ? 9 : 27),
        ...(pods === undefined ? {} : { pods }),
        ...(w.custom
          ? { primary: 0, further: prefixes ? [1] : [9], prefixes }
          : prefixes
            ? { primary: blocks, prefixes }
            : { primary: 9, further: [9, 9] }),
      });
    }
  }
  const env = {
    ...(w.mode === 'secondary' ? {} : { ENABLE_PREFIX_DELEGATION: 'true' }),
    ...(w.custom
      ? { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' }
      : {}),
  };
  const homes = ZONES.slice(0, w.zonesOfGroup).map((zone) => `subnet-${zone.at(-1)}`);
  const others = ZONES.map((zone) => `subnet-${zone.at(-1)}`);
  return world.snapshot({
    env,
    vpc: { vpcId: VPC, ownerId: '111122223333', cidrs: [{ cidr: w.vpc, state: 'associated' }], ipv6Cidrs: [] },
    nodegroups: [
      nodegroup({
        name: 'workers',
        subnetIds: homes,
        maxSize: w.max,
        desiredSize: 3,
        minSize: 1,
        instanceTypes: ['m5.large'],
      }),
      nodegroup({
        name: 'others',
        subnetIds: others,
        maxSize: 2,
        desiredSize: 0,
        minSize: 0,
        instanceTypes: ['m5.large'],
      }),
    ],
    eniConfigs: w.custom ? ZONES.map((zone) => eniConfig({ name: zone, subnetId: `subnet-pods-${zone.at(-1)}` })) : [],
  });
}
