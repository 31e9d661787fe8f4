/** A node's ENIs with the pods in each slot, as the simulator starts from them. */
import { parseIpv4 } from '../../../calc/cidr.ts';
import { ADDRESSES_PER_PREFIX, type InitialEni } from '../../../calc/ipamd/index.ts';
import { isLive } from '../../facts/demand.ts';
import { firstOf } from '../../facts/eni-addresses.ts';
import type { NodeEnis } from '../../facts/node-enis.ts';
import type { NetworkInterface } from '../../snapshot/ec2.ts';
import { type PodTable, podsOf } from '../../snapshot/pods.ts';

/** Addresses that live pods of a node got from ipamd, as numbers. */
export function podAddressesOn(pods: PodTable, node: string): ReadonlySet<number> {
  const found = new Set<number>();
  for (const pod of podsOf(pods)) {
    if (pod.node !== node || pod.class !== 'ordinary' || pod.ip === undefined || !isLive(pod)) continue;
    const address = parseIpv4(pod.ip);
    if (address !== undefined) found.add(address);
  }
  return found;
}

/** Primary first, then in the order of their device; unmanaged ENIs are none of ipamd's. */
export function initialEnis(
  seen: NodeEnis,
  used: ReadonlySet<number>,
  names: ReadonlyMap<string, string>,
): readonly InitialEni[] {
  const all = [...seen.data, ...(seen.trunk ? [seen.trunk] : [])];
  const order = (eni: NetworkInterface): number => (eni === seen.primary ? -1 : (eni.attachment?.deviceIndex ?? 0));
  return all
    .sort((a, b) => order(a) - order(b))
    .map((eni) => ({
      kind: kindOf(eni, seen),
      subnet: names.get(eni.subnetId) ?? eni.subnetId,
      ...(seen.excluded.includes(eni) ? { excluded: true } : {}),
      slots: eni === seen.trunk ? [] : slotsOf(eni, used),
    }));
}

function kindOf(eni: NetworkInterface, seen: NodeEnis): InitialEni['kind'] {
  if (eni === seen.primary) return 'primary';
  if (eni === seen.trunk) return 'trunk';
  return eni.type === 'efa' ? 'efa' : 'secondary';
}

function slotsOf(eni: NetworkInterface, used: ReadonlySet<number>): InitialEni['slots'] {
  const singles = eni.secondaryIps.map((ip) => ({ pods: used.has(parseIpv4(ip) ?? -1) ? 1 : 0, prefix: false }));
  const prefixes = eni.prefixes.map((cidr) => {
    const first = firstOf(cidr);
    const pods = first === undefined ? 0 : addresses(first).filter((address) => used.has(address)).length;
    return { pods, prefix: true };
  });
  return [...singles, ...prefixes];
}

function addresses(first: number): readonly number[] {
  return Array.from({ length: ADDRESSES_PER_PREFIX }, (_, offset) => first + offset);
}
