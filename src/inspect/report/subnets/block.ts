/** Who sits in one block: interfaces, and the pods whose addresses they give. */
import { ADDRESSES_PER_BLOCK, type BlockState } from '../../../calc/blocks.ts';
import {
  type Cidr,
  containsAddress,
  formatCidr,
  formatIpv4,
  overlaps,
  parseCidr,
  parseIpv4,
} from '../../../calc/cidr.ts';
import type { BlockDetail } from '../../contract/subnets.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { isLive } from '../../facts/demand.ts';
import { firstOf } from '../../facts/eni-addresses.ts';
import type { SubnetUse } from '../../facts/subnet-use.ts';
import { addressesOf, type HeldBlocks } from '../../projection/drains/held-blocks.ts';
import type { Movers } from '../../projection/drains/movers.ts';
import { podsOf } from '../../snapshot/pods.ts';

export function blockDetail(
  run: Run,
  use: SubnetUse,
  states: readonly BlockState[],
  held: HeldBlocks,
  movers: Movers,
  block: number,
): BlockDetail {
  const range: Cidr = { first: use.cidr.first + block * ADDRESSES_PER_BLOCK, length: 28 };
  const inside = (text: string): boolean => {
    const address = parseIpv4(text);
    return address !== undefined && containsAddress(range, address);
  };
  const pods = podsAt(run, inside);
  const tenants = held[block] ?? [];
  const state = states[block] ?? 'free';
  const taken = tenants.reduce((n, t) => n + (t.prefix ? ADDRESSES_PER_BLOCK : t.addresses), 0);
  return {
    subnetId: use.subnet.subnetId,
    block,
    cidr: formatCidr(range),
    state,
    free: Math.max(ADDRESSES_PER_BLOCK - taken - keptByAws(block, states.length, state), 0),
    reservations: reservationsOver(run, use.subnet.subnetId, range),
    holders: tenants.map(({ owner, prefix }) => {
      const { eni } = owner;
      const own = prefix ? addressesIn(range) : addressesOf(eni).filter(inside);
      return {
        eniId: eni.eniId,
        class: owner.class,
        name: owner.detail === undefined ? owner.name : `${owner.name} ${owner.detail}`,
        cluster: owner.cluster ?? null,
        node: owner.node ?? null,
        instanceId: owner.instanceId ?? null,
        prefix: prefix ? (eni.prefixes.find((p) => firstOf(p) === range.first) ?? null) : null,
        addresses: prefix ? [] : own,
        pods: own.flatMap((address) => (pods.get(address) ?? []).map((pod) => ({ pod, address }))),
        movable: movers.of(owner) !== undefined,
      };
    }),
  };
}

/** AWS keeps four addresses of the first block and one of the last. */
function keptByAws(block: number, total: number, state: BlockState): number {
  if (state !== 'awsReserved') return 0;
  return (block === 0 ? 4 : 0) + (block === total - 1 ? 1 : 0);
}

function addressesIn(range: Cidr): string[] {
  return Array.from({ length: ADDRESSES_PER_BLOCK }, (_, i) => formatIpv4(range.first + i));
}

function reservationsOver(run: Run, subnetId: string, range: Cidr): string[] {
  const all = run.valueOf(section('cidrReservations'))?.reservations ?? [];
  return all.flatMap((r) => {
    const cidr = r.subnetId === subnetId ? parseCidr(r.cidr) : undefined;
    return cidr && overlaps(cidr, range) ? [r.reservationId] : [];
  });
}

function podsAt(run: Run, inside: (address: string) => boolean): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const table = run.valueOf(section('pods'));
  if (!table) return found;
  for (const pod of podsOf(table)) {
    if (pod.ip === undefined || pod.class === 'host-network' || !isLive(pod) || !inside(pod.ip)) continue;
    const known = found.get(pod.ip);
    if (known) known.push(`${pod.namespace}/${pod.name}`);
    else found.set(pod.ip, [`${pod.namespace}/${pod.name}`]);
  }
  return found;
}
