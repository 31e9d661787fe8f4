import { ADDRESSES_PER_PREFIX, usesIpTargets } from '../../calc/ipamd/index.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import { type AddressUse, addressUse, NO_USE } from './address-use.ts';
import { defineFact } from './define-fact.ts';
import { demand, NO_DEMAND } from './demand.ts';
import { type Networking, networking } from './networking.ts';
import { nodeEnis } from './node-enis.ts';
import { percentile } from './support/percentile.ts';

export interface PoolUse {
  /** Pod addresses held; a prefix counts as 16, whatever the mode in force. */
  readonly held: number;
  readonly used: number;
  readonly idle: number;
}

export interface WarmDriver {
  readonly variable: string;
  /** As parsed by ipamd. */
  readonly value: string;
  readonly why: string;
}

/** How much of the warm pool stands idle. Trunk and branch ENIs do not count; nodes younger than ten minutes are left out. */
export interface WarmPool extends PoolUse {
  readonly byNode: ReadonlyMap<string, PoolUse>;
  /** Idle addresses by the subnet they are in. */
  readonly bySubnet: ReadonlyMap<string, number>;
  /** 95th percentile of pods per node that need an address from ipamd; 0 without nodes. */
  readonly podsPerNodeP95: number;
  /** The setting that keeps them; undefined in IPv6 and where ipamd provisions nothing. */
  readonly driver?: WarmDriver;
}

const YOUNG_SECONDS = 600;

export const warmPool = defineFact({
  id: 'warmPool',
  needs: { enis: nodeEnis, use: addressUse, demand, networking },
  derive: ({ enis, use, demand: pods, networking: net }, { now }): WarmPool => {
    const byNode = new Map<string, PoolUse>();
    const bySubnet = new Map<string, number>();
    const sum = { held: 0, used: 0, idle: 0 };
    const podCounts: number[] = [];
    for (const [name, { node, data }] of enis) {
      if (now - Date.parse(node.createdAt) < YOUNG_SECONDS * 1000) continue;
      podCounts.push((pods.get(name) ?? NO_DEMAND).addressed);
      const own = { held: 0, used: 0, idle: 0 };
      for (const eni of data) {
        const pool = poolOn(eni, use.get(eni.eniId) ?? NO_USE);
        add(own, pool);
        if (pool.idle > 0) bySubnet.set(eni.subnetId, (bySubnet.get(eni.subnetId) ?? 0) + pool.idle);
      }
      add(sum, own);
      byNode.set(name, own);
    }
    const podsPerNodeP95 = percentile(podCounts, 0.95);
    return { ...sum, byNode, bySubnet, podsPerNodeP95, driver: driverOf(net, podsPerNodeP95) };
  },
});

function poolOn(eni: NetworkInterface, use: AddressUse): PoolUse {
  const held = eni.secondaryIps.length + ADDRESSES_PER_PREFIX * eni.prefixes.length;
  const used = use.singles + use.inPrefixes;
  return { held, used, idle: held - used };
}

function add(sum: { held: number; used: number; idle: number }, part: PoolUse): void {
  sum.held += part.held;
  sum.used += part.used;
  sum.idle += part.idle;
}

function driverOf({ settings: s, mode }: Networking, p95: number): WarmDriver | undefined {
  if (s.ipv6 || s.provisioningDisabled) return undefined;
  const prefixes = mode === 'prefix';
  if (usesIpTargets(s)) {
    if (s.minimumIpTarget > p95 + s.warmIpTarget)
      return driver('MINIMUM_IP_TARGET', s.minimumIpTarget, `95 % of the nodes run ${p95} pods or fewer`);
    if (prefixes && s.warmIpTarget >= ADDRESSES_PER_PREFIX)
      return driver('WARM_IP_TARGET', s.warmIpTarget, 'from 16 on, the first pod makes a node take one more prefix');
    return driver('WARM_IP_TARGET', s.warmIpTarget, 'each node keeps so many addresses free');
  }
  if (prefixes) return driver('WARM_PREFIX_TARGET', s.warmPrefixTarget, 'each node keeps so many prefixes of 16 free');
  return driver('WARM_ENI_TARGET', s.warmEniTarget, 'each node keeps so many whole ENIs free');
}

function driver(variable: string, value: number, why: string): WarmDriver {
  return { variable, value: String(value), why };
}
