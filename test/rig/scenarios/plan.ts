import type { NodeSpec, Scenario, SubnetSpec } from './types.ts';

/** ENIs and IPv4 addresses per ENI (describe-instance-types); the build checks them against the emulator's answer. */
export const LIMITS: Record<string, { enis: number; addresses: number }> = {
  'm5.large': { enis: 3, addresses: 10 },
  'm6i.large': { enis: 3, addresses: 10 },
  'c6g.xlarge': { enis: 4, addresses: 15 },
  'm6g.medium': { enis: 2, addresses: 4 },
  'm5.xlarge': { enis: 4, addresses: 15 },
  'm8a.large': { enis: 3, addresses: 20 },
  'm4.large': { enis: 2, addresses: 10 },
  'c5.large': { enis: 3, addresses: 10 },
  't3.small': { enis: 3, addresses: 4 },
  't3.medium': { enis: 3, addresses: 6 },
  't3.large': { enis: 3, addresses: 12 },
};

export interface DataEni {
  address: string;
  /** In CIDR notation, each a /28. */
  prefixes: string[];
}

export interface NodePlan {
  key: string;
  spec: NodeSpec;
  primaryAddress: string;
  /** The ENIs that serve pods; none on a broken node. */
  dataEnis: DataEni[];
  /** One address for each pod that has one: DaemonSet pods first, then workload pods. */
  podAddresses: string[];
}

export interface Plan {
  nodes: NodePlan[];
  /** Addresses of service interfaces, in the order of `scenario.services`, each with `count` of them. */
  services: string[][];
  leaked: DataEni[];
  otherInstances: Record<string, string>;
}

/** Deterministic numbers in [0, 1): mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** Hands out addresses of one subnet. All blocks must be taken before the first single address. */
class SubnetSpace {
  readonly first: number;
  readonly size: number;
  private readonly taken = new Set<number>();
  private readonly blocks: number[];
  private readonly scatter: number[] | undefined;
  private readonly next: () => number;

  constructor(spec: SubnetSpec, next: () => number) {
    const [base = '', bits = '24'] = spec.cidr.split('/');
    this.first = toNumber(base);
    this.size = 2 ** (32 - Number(bits));
    this.next = next;
    for (const n of [0, 1, 2, 3, this.size - 1]) this.taken.add(this.first + n); // EC2 keeps five
    const all = Array.from({ length: this.size / 16 - 2 }, (_, i) => this.first + 16 * (i + 1));
    this.blocks = shuffle(all, next);
    this.scatter = spec.layout === 'scatter' ? this.blocks : undefined;
  }

  block(): string {
    const base = this.blocks.shift();
    if (base === undefined) throw new Error('scenario: no /28 left to plan');
    for (let n = base; n < base + 16; n++) this.taken.add(n);
    return `${toAddress(base)}/28`;
  }

  single(): string {
    const block = this.scatter?.shift();
    const low = block ?? this.first;
    const width = block === undefined ? this.size : 16;
    for (;;) {
      const n = low + Math.floor(this.next() * width);
      if (this.taken.has(n)) continue;
      this.taken.add(n);
      return toAddress(n);
    }
  }
}

function shuffle<T>(items: T[], next: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

/**
 * Prefixes a node holds once settled, for pods that only ever arrived: prefix mode with WARM_PREFIX_TARGET=1 and the
 * primary ENI lost to custom networking (`ipamd.go:datastorePrefixTargetState`, `ipamd.go:hasRoomForEni`).
 */
function settledPrefixes(spec: NodeSpec, demand: number): number {
  const limit = limitsOf(spec.type);
  const slots = (limit.enis - 1) * (limit.addresses - 1);
  return Math.min(1 + Math.ceil(demand / 16), Math.ceil(spec.maxPods / 16), slots);
}

export function limitsOf(type: string): { enis: number; addresses: number } {
  const limit = LIMITS[type];
  if (!limit) throw new Error(`scenario: no limits for ${type}`);
  return limit;
}

/** Prefixes of a node of the scenario, checked against the CNI's rules: holding less needs a reason, waiting an empty pool. */
function heldPrefixes(scenario: Scenario, key: string, spec: NodeSpec): number {
  if (spec.broken) return 0;
  const daemons = scenario.daemonSets.filter((d) => !d.hostNetwork).length;
  const served = daemons + spec.apps;
  const wanted = settledPrefixes(spec, served + (spec.waiting ?? 0));
  const held = spec.prefixes ?? wanted;
  if (held * 16 < served) throw new Error(`scenario: ${key} has ${held} prefixes for ${served} pods`);
  if (spec.prefixes !== undefined && held >= wanted) throw new Error(`scenario: ${key} is short of nothing`);
  if (spec.waiting && held * 16 !== served) throw new Error(`scenario: pods wait on ${key} beside free addresses`);
  return held;
}

/** A plan without addresses: EC2 chooses them while nodes are built (`counted`). */
export function openPlan(scenario: Scenario): Plan {
  return {
    nodes: Object.entries(scenario.nodes).map(([key, spec]) => ({
      key,
      spec,
      primaryAddress: '',
      dataEnis: [],
      podAddresses: [],
    })),
    services: scenario.services.map((s) => Array.from({ length: s.count }, () => s.at ?? '')),
    leaked: scenario.leaked.map(({ prefixes }) => ({
      address: '',
      prefixes: Array.from({ length: prefixes }, () => ''),
    })),
    otherInstances: Object.fromEntries(Object.keys(scenario.otherInstances).map((name) => [name, ''])),
  };
}

/** Every address of the scenario. The same scenario gives the same plan. */
export function planAddresses(scenario: Scenario): Plan {
  const next = random(20_251_124);
  const spaces = new Map(Object.entries(scenario.subnets).map(([key, spec]) => [key, new SubnetSpace(spec, next)]));
  const space = (key: string): SubnetSpace => {
    const found = spaces.get(key);
    if (!found) throw new Error(`scenario: no subnet ${key}`);
    return found;
  };
  const podSpace = (zone: string): SubnetSpace => space(scenario.eniConfigs[zone] ?? '');
  const nodes = Object.entries(scenario.nodes);
  const slots = (spec: NodeSpec): number => limitsOf(spec.type).addresses - 1;

  const prefixes = new Map(
    nodes.map(([key, spec]) => {
      const count = heldPrefixes(scenario, key, spec);
      return [key, count ? Array.from({ length: count }, () => podSpace(spec.zone).block()) : []];
    }),
  );
  const leakedBlocks = scenario.leaked.map((leak) =>
    Array.from({ length: leak.prefixes }, () => space(leak.subnet).block()),
  );

  const services = scenario.services.map((s) => Array.from({ length: s.count }, () => space(s.subnet).single()));
  const leaked = scenario.leaked.map((leak, i) => ({
    address: space(leak.subnet).single(),
    prefixes: leakedBlocks[i] ?? [],
  }));
  const planned = nodes.map(([key, spec]): NodePlan => {
    const nodeSubnet = Object.entries(scenario.subnets).find(
      ([, s]) => s.role === 'nodes' && s.zone === spec.zone,
    )?.[0];
    const held = prefixes.get(key) ?? [];
    const dataEnis: DataEni[] = [];
    for (let i = 0; i < held.length; i += slots(spec)) {
      dataEnis.push({ address: podSpace(spec.zone).single(), prefixes: held.slice(i, i + slots(spec)) });
    }
    const daemons = scenario.daemonSets.filter((d) => !d.hostNetwork).length;
    const served = spec.broken ? 0 : daemons + spec.apps;
    return {
      key,
      spec,
      primaryAddress: space(nodeSubnet ?? '').single(),
      dataEnis,
      podAddresses: addressesIn(held, served, next),
    };
  });
  const otherInstances = Object.fromEntries(
    Object.entries(scenario.otherInstances).map(([name, key]) => [name, space(key).single()]),
  );
  return { nodes: planned, services, leaked, otherInstances };
}

/** `count` addresses from the front prefixes, in no order within a prefix: wholly free prefixes stay at the end. */
function addressesIn(prefixes: string[], count: number, next: () => number): string[] {
  const all = prefixes.flatMap((prefix) => {
    const base = toNumber(prefix.split('/')[0] ?? '');
    return shuffle(
      Array.from({ length: 16 }, (_, i) => toAddress(base + i)),
      next,
    );
  });
  return all.slice(0, count);
}
