/**
 * Random clusters filled node by node, and each node pod by pod: the simulator of ipamd says what a node comes to hold, placers
 * that know nothing of ledgers hold every address of every subnet and refuse an ENI when EC2 would. Adversarial placers reach
 * both ends of the range that is printed, random ones stay inside; where nothing is uncertain the number is exact.
 *
 * `PROOF_RUNS` says how many clusters.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { nodeLimits, parseSettings, simulate } from '../../../src/calc/ipamd/index.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import { projected } from '../../support/plan-world.ts';
import { eniConfig } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

const RUNS = Number(process.env.PROOF_RUNS ?? 1000);
const BLOCK = 16;
const ZONE = 'eu-west-1a';

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
  lengths: fc.array(fc.constantFrom(23, 24, 25), { minLength: 5, maxLength: 5 }),
  others: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 5, maxLength: 5 }),
  every: fc.constantFrom(1, 3, 17),
  seed: fc.integer(),
});

type Cluster = typeof cluster extends fc.Arbitrary<infer T> ? T : never;

describe('the room that is printed', () => {
  it(`holds in ${RUNS} random clusters`, async () => {
    const catalog = await loadCatalog();
    const seen = { ranges: 0, exact: 0 };
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
        if (min < max) seen.ranges++;
        else seen.exact++;
      }),
      { numRuns: RUNS },
    );
    // both kinds come up often, or nothing was proved
    expect(Math.min(seen.ranges, seen.exact)).toBeGreaterThan(RUNS / 10);
  }, 600_000);
});

/** The cluster with a settled node in each home, its addresses one by one, and what one more node takes. */
function built(c: Cluster, limits: NonNullable<ReturnType<Awaited<ReturnType<typeof loadCatalog>>['get']>>) {
  const env: Record<string, string> = {
    ENABLE_IPv4: 'true',
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
  const pods = Math.min(c.pods, limits.maxEnis === 3 && limits.ipv4PerEni === 6 ? 8 : 16);
  const enis = heldBy(env, limits, pods, maxPods);
  const homes = Array.from({ length: c.homes }, (_, i) => `subnet-${i}`);
  const beside = c.networking === 'default' ? [] : ['subnet-p', ...(c.networking === 'discovery' ? ['subnet-q'] : [])];
  const world = new World();
  for (const [i, id] of [...homes, ...beside].entries()) {
    const tags: Record<string, string> =
      c.networking === 'discovery' && beside.includes(id) ? { 'kubernetes.io/role/cni': '1' } : {};
    world.subnet(id, `10.0.${2 * i}.0/${c.lengths[i]}`, ZONE, { tags });
    if (c.others[i]! > 0)
      world.foreign(`eni-other-${i}`, id, c.others[i]!, {}, Math.min(c.every, c.lengths[i] === 25 ? 1 : 3));
  }
  const [primary = 0, ...further] = enis;
  for (const [i, home] of homes.entries())
    world.node(`n-${i}`, {
      type: c.type,
      home,
      ...(beside[0] === undefined ? {} : { pods: beside[0] }),
      primary,
      further,
      prefixes: c.mode.prefixes,
      running: pods,
      maxPods,
    });
  const of = world.snapshot({
    env,
    eniConfigs: c.networking === 'custom' ? [eniConfig({ name: ZONE, subnetId: 'subnet-p' })] : [],
  });
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
  const eligible = (home: string) =>
    c.networking === 'custom' ? ['subnet-p'] : c.networking === 'discovery' ? [home, ...beside] : [home];
  const plan: Plan = { homes, pods: eligible, enis, prefixes: c.mode.prefixes };
  return { of, start, plan };
}

/** Slots of each ENI once pods came one by one, by the simulator; the primary's first. */
function heldBy(
  env: Record<string, string>,
  limits: Parameters<typeof nodeLimits>[0],
  pods: number,
  maxPods: number,
): readonly number[] {
  const settings = parseSettings(env, { defaults: 'binary' });
  const simulation = simulate({ settings, limits: nodeLimits(limits), maxPods });
  simulation.boot();
  for (let pod = 0; pod < pods; pod++) {
    simulation.addPods(1);
    simulation.settle(9, 100);
  }
  simulation.settle(30, 300);
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
