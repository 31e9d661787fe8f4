/**
 * Random clusters filled node by node, and each node pod by pod: the simulator of ipamd says what a node comes to hold, placers
 * that know nothing of ledgers hold every address of every subnet and refuse an ENI when EC2 would. Adversarial placers reach
 * both ends of the range that is printed, random ones stay inside; where nothing is uncertain the number is exact. Nodes on which
 * pods came and went take no more either.
 *
 * `PROOF_RUNS` says how many clusters.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { nodeLimits, parseSettings, simulate } from '../../../src/calc/ipamd/index.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import { projected } from '../../support/plan-world.ts';
import { eniConfig, pod } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

const RUNS = Number(process.env.PROOF_RUNS ?? 1000);
const BLOCK = 16;
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];

/** One byte an address: taken or not. */
type Subnet = Uint8Array;
/** Where a single address goes; -1 where none is free. */
type Pick = (subnet: Subnet) => number;

const isWhole = (subnet: Subnet, block: number) => {
  for (let i = 0; i < BLOCK; i++) if (subnet[block * BLOCK + i] === 1) return false;
  return true;
};

function freeIn(subnet: Subnet): number {
  let free = 0;
  for (const taken of subnet) free += 1 - taken;
  return free;
}

function wholeIn(subnet: Subnet): number[] {
  const found: number[] = [];
  for (let block = 0; block * BLOCK < subnet.length; block++) if (isWhole(subnet, block)) found.push(block);
  return found;
}

/** The ENI's own address first, as an instance is launched with it; then its slots. All of it or nothing. */
function grant(subnet: Subnet, slots: number, prefixes: boolean, pick: Pick): boolean {
  const before = subnet.slice();
  for (let i = 0; i < (prefixes ? 1 : 1 + slots); i++) {
    const at = pick(subnet);
    if (at < 0) return undo(subnet, before);
    subnet[at] = 1;
  }
  if (!prefixes) return true;
  const whole = wholeIn(subnet);
  if (whole.length < slots) return undo(subnet, before);
  for (const block of whole.slice(0, slots)) subnet.fill(1, block * BLOCK, (block + 1) * BLOCK);
  return true;
}

function undo(subnet: Subnet, before: Subnet): false {
  subnet.set(before);
  return false;
}

function firstFree(subnet: Subnet, whole: boolean): number {
  for (let block = 0; block * BLOCK < subnet.length; block++) {
    if (isWhole(subnet, block) !== whole) continue;
    const at = subnet.indexOf(0, block * BLOCK);
    if (at >= 0 && at < (block + 1) * BLOCK) return at;
  }
  return -1;
}

/** Into a block that is broken already, as long as there is one. */
const packing: Pick = (subnet) => {
  const at = firstFree(subnet, false);
  return at < 0 ? firstFree(subnet, true) : at;
};
/** Into a whole block, as long as there is one. */
const spoiling: Pick = (subnet) => {
  const at = firstFree(subnet, true);
  return at < 0 ? firstFree(subnet, false) : at;
};
const randomly = (seed: number): Pick => {
  let state = seed >>> 0;
  return (subnet) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const at = subnet.indexOf(0, (state >>> 8) % subnet.length);
    return at < 0 ? subnet.indexOf(0) : at;
  };
};

interface Plan {
  /** Subnets that nodes come up in, one after the other. */
  readonly homes: readonly string[];
  /** Those further ENIs are tried in, for a node of that home. */
  readonly pods: (home: string) => readonly string[];
  /** Slots of each ENI; the first is the primary's. */
  readonly enis: readonly number[];
  readonly prefixes: boolean;
  /** Trunk and branch ENIs, an address each, and where they are made for a node of that home. */
  readonly beside: number;
  readonly trunkHome: (home: string) => string;
}

/** Nodes until one is refused an ENI. */
function nodesThatFit(start: ReadonlyMap<string, Subnet>, plan: Plan, pick: Pick): number {
  const subnets = new Map([...start].map(([id, taken]) => [id, taken.slice()]));
  for (let added = 0; ; added++) {
    const home = plan.homes[added % plan.homes.length]!;
    const [primary = 0, ...further] = plan.enis;
    if (!grant(subnets.get(home)!, primary, plan.prefixes, pick)) return added;
    for (const slots of further) {
      // most free addresses first (`awsutils.go:GetVpcSubnets`), each tried in turn
      const order = plan
        .pods(home)
        .map((id) => ({ id, subnet: subnets.get(id)!, free: freeIn(subnets.get(id)!) }))
        .sort((a, b) => b.free - a.free || (a.id < b.id ? -1 : 1));
      if (!order.some(({ subnet }) => grant(subnet, slots, plan.prefixes, pick))) return added;
    }
    // the first is the trunk's own
    if (plan.beside > 0 && !grant(subnets.get(plan.trunkHome(home))!, plan.beside - 1, false, pick)) return added;
  }
}

function mode(env: Readonly<Record<string, string>>) {
  return { env, prefixes: env.ENABLE_PREFIX_DELEGATION === 'true' };
}

const cluster = fc.record({
  networking: fc.constantFrom('default' as const, 'custom' as const, 'discovery' as const),
  mode: fc.constantFrom(
    mode({}),
    mode({ WARM_ENI_TARGET: '2' }),
    mode({ WARM_IP_TARGET: '3', MINIMUM_IP_TARGET: '8' }),
    mode({ ENABLE_PREFIX_DELEGATION: 'true' }),
    mode({ ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '20' }),
  ),
  type: fc.constantFrom('m5.large', 't3.medium', 'm5.xlarge'),
  pods: fc.integer({ min: 1, max: 24 }),
  homes: fc.integer({ min: 1, max: 3 }),
  zones: fc.integer({ min: 1, max: 3 }),
  /** Pods on branch ENIs of each node, where its type carries a trunk. */
  branch: fc.constantFrom(0, 0, 1, 4),
  lengths: fc.array(fc.constantFrom(23, 24, 25), { minLength: 6, maxLength: 6 }),
  others: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 6, maxLength: 6 }),
  every: fc.constantFrom(1, 3, 17),
  /** Pods that left a node and came again, wave after wave. */
  churn: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  seed: fc.integer(),
});

type Cluster = typeof cluster extends fc.Arbitrary<infer T> ? T : never;

describe('the room that is printed', () => {
  it(`holds in ${RUNS} random clusters`, async () => {
    const catalog = await loadCatalog();
    const seen = { ranges: 0, exact: 0, branches: 0, zones: 0 };
    await fc.assert(
      fc.asyncProperty(cluster, async (c) => {
        const { of, start, plan } = built(c, catalog.get(c.type)!);
        const { nodesUntilExhaustion: room } = await projected(of, 'today');
        const [min, max] = typeof room === 'number' ? [room, room] : [room!.min, room!.max];
        expect(nodesThatFit(start, plan, spoiling)).toBe(min);
        expect(nodesThatFit(start, plan, packing)).toBe(max);
        const anyhow = nodesThatFit(start, plan, randomly(c.seed));
        expect(anyhow).toBeGreaterThanOrEqual(min);
        expect(anyhow).toBeLessThanOrEqual(max);
        if (!c.mode.prefixes) expect(min).toBe(max);
        const churned = { ...plan, enis: built(c, catalog.get(c.type)!, c.churn).plan.enis };
        if (c.mode.prefixes || !('WARM_IP_TARGET' in c.mode.env)) {
          expect(nodesThatFit(start, churned, spoiling)).toBeGreaterThanOrEqual(min);
          expect(nodesThatFit(start, churned, packing)).toBeLessThanOrEqual(max);
        } else {
          // the same slots may be on more ENIs, or on fewer: each has an address of its own
          const slots = (enis: readonly number[]) => enis.reduce((n, e) => n + e, 0);
          expect(slots(churned.enis)).toBe(slots(plan.enis));
          expect(Math.abs(churned.enis.length - plan.enis.length)).toBeLessThan(catalog.get(c.type)!.maxEnis);
        }
        if (min < max) seen.ranges++;
        else seen.exact++;
        if (plan.beside > 0) seen.branches++;
        if (c.zones > 1 && c.homes > 1) seen.zones++;
      }),
      { numRuns: RUNS },
    );
    // both kinds come up often, or nothing was proved
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(RUNS / 10);
  }, 600_000);
});

/** The cluster with a settled node in each home, its addresses one by one, and what one more node takes. */
function built(
  c: Cluster,
  limits: NonNullable<ReturnType<Awaited<ReturnType<typeof loadCatalog>>['get']>>,
  churn: readonly number[] = [],
) {
  const branch = limits.trunkingCompatible ? c.branch : 0;
  const env: Record<string, string> = {
    ENABLE_IPv4: 'true',
    ENABLE_POD_ENI: String(branch > 0),
    WARM_ENI_TARGET: '1',
    WARM_PREFIX_TARGET: '1',
    ...c.mode.env,
    ENABLE_SUBNET_DISCOVERY: String(c.networking === 'discovery'),
    ...(c.networking === 'custom'
      ? { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' }
      : {}),
  };
  // More than T of the pool, so that where it stops does not hang on the order in which pods come.
  const maxPods = 110;
  const pods = Math.min(c.pods, limits.maxEnis === 3 ? 8 : 16);
  const enis = heldBy(env, limits, pods, maxPods, churn);
  const zoneOf = (i: number) => ZONES[i % c.zones]!;
  const homes = Array.from({ length: c.homes }, (_, i) => ({ id: `subnet-${i}`, zone: zoneOf(i) }));
  const zones = [...new Set(homes.map((h) => h.zone))];
  const beside =
    c.networking === 'default'
      ? []
      : c.networking === 'custom'
        ? zones.map((zone) => ({ id: `subnet-p-${zone}`, zone }))
        : ['subnet-p', 'subnet-q'].map((id, i) => ({ id, zone: zoneOf(i) }));
  const world = new World();
  for (const [i, { id, zone }] of [...homes, ...beside].entries()) {
    const tags: Record<string, string> =
      c.networking === 'discovery' && i >= homes.length ? { 'kubernetes.io/role/cni': '1' } : {};
    world.subnet(id, `10.0.${2 * i}.0/${c.lengths[i]}`, zone, { tags });
    if (c.others[i]! > 0)
      world.foreign(`eni-other-${i}`, id, c.others[i]!, {}, Math.min(c.every, c.lengths[i] === 25 ? 1 : 3));
  }
  const podsOf = ({ id, zone }: (typeof homes)[number]) => {
    const here = beside.filter((b) => b.zone === zone).map((b) => b.id);
    return c.networking === 'custom' ? here : [id, ...here];
  };
  const trunkHomeOf = (home: (typeof homes)[number]) => (c.networking === 'custom' ? podsOf(home)[0]! : home.id);
  const [primary = 0, ...further] = enis;
  for (const [i, home] of homes.entries()) {
    world.node(`n-${i}`, {
      type: c.type,
      home: home.id,
      pods: podsOf(home).at(c.networking === 'custom' ? 0 : 1) ?? home.id,
      primary,
      further,
      prefixes: c.mode.prefixes,
      running: pods,
      maxPods,
    });
    if (branch > 0) safePods(world, i, branch, trunkHomeOf(home));
  }
  const eniConfigs =
    c.networking === 'custom' ? beside.map(({ id, zone }) => eniConfig({ name: zone, subnetId: id })) : [];
  const of = world.snapshot({ env, eniConfigs });
  const found = of.networkInterfaces.status === 'ok' ? of.networkInterfaces.data : [];
  const subnets = of.subnets.status === 'ok' ? of.subnets.data : [];
  const start = new Map(
    subnets.map((s) => [
      s.subnetId,
      takenIn(
        s.cidr,
        found.filter((e) => e.subnetId === s.subnetId),
      ),
    ]),
  );
  const byId = new Map(homes.map((h) => [h.id, h]));
  const plan: Plan = {
    homes: inTurn(homes),
    pods: (id) => podsOf(byId.get(id)!),
    enis,
    prefixes: c.mode.prefixes,
    beside: branch > 0 ? 1 + branch : 0,
    trunkHome: (id) => trunkHomeOf(byId.get(id)!),
  };
  return { of, start, plan };
}

/** One subnet of each zone after the other. */
function inTurn(homes: readonly { readonly id: string; readonly zone: string }[]): readonly string[] {
  const lists = ZONES.map((zone) => homes.filter((h) => h.zone === zone).map((h) => h.id)).filter((l) => l.length > 0);
  return homes.flatMap((_, i) => lists.flatMap((l) => l[i] ?? []));
}

/** A trunk on the node, and pods on branch ENIs of it. */
function safePods(world: World, i: number, count: number, subnetId: string): void {
  const [trunk, node] = [`eni-t-${i}`, `n-${i}`];
  const attachment = { instanceId: `i-${node}`, deviceIndex: 9, networkCardIndex: 0, status: 'attached' };
  world.foreign(trunk, subnetId, 1, { type: 'trunk', attachment: { ...attachment, deleteOnTermination: true } });
  for (let b = 0; b < count; b++) {
    const branchEniId = `eni-b-${i}-${b}`;
    world.foreign(branchEniId, subnetId, 1, { tags: { 'vpcresources.k8s.aws/trunk-eni-id': trunk } });
    world.pods.push(pod({ name: `safe-${i}-${b}`, namespace: 'shop', node, class: 'branch', branchEniId }));
  }
}

/** Slots of each ENI once pods came one by one, by the simulator; the primary's first. */
function heldBy(
  env: Record<string, string>,
  limits: Parameters<typeof nodeLimits>[0],
  pods: number,
  maxPods: number,
  churn: readonly number[] = [],
): readonly number[] {
  const settings = parseSettings(env, { defaults: 'binary' });
  const simulation = simulate({ settings, limits: nodeLimits(limits), maxPods });
  simulation.boot();
  for (let pod = 0; pod < pods; pod++) {
    simulation.addPods(1);
    simulation.settle(9, 100);
  }
  simulation.settle(30, 300);
  for (const wave of churn) {
    const gone = Math.min(wave, pods);
    simulation.removePods(gone);
    simulation.settle(90, 900);
    simulation.addPods(gone);
    simulation.settle(30, 600);
  }
  const { perENI } = simulation.holdings();
  return settings.customNetworking ? [0, ...perENI] : perENI;
}

function takenIn(cidr: string, enis: readonly NetworkInterface[]): Subnet {
  const [first = '', length = ''] = cidr.split('/');
  const offset = (ip: string) => numberOf(ip) - numberOf(first);
  const taken = new Uint8Array(2 ** (32 - Number(length)));
  for (const at of [0, 1, 2, 3, taken.length - 1]) taken[at] = 1;
  for (const eni of enis) {
    for (const ip of [eni.primaryIp!, ...eni.secondaryIps]) taken[offset(ip)] = 1;
    for (const prefix of eni.prefixes)
      taken.fill(1, offset(prefix.split('/')[0]!), offset(prefix.split('/')[0]!) + BLOCK);
  }
  return taken;
}

function numberOf(ip: string): number {
  return ip.split('.').reduce((n, octet) => n * 256 + Number(octet), 0);
}
