/** From which slot or prefix of which ENI a pod has its address, and in which subnet that lies. */

import { containsAddress, parseCidr, parseIpv4 } from '../../../../calc/cidr.ts';
import { ipv6RangeHolds, parseIpv6 } from '../../../../calc/ipv6.ts';
import type { Link } from '../../../contract/why.ts';
import { addressHolders } from '../../../facts/address-holders.ts';
import { section } from '../../../facts/define-fact.ts';
import type { NetworkInterface } from '../../../snapshot/ec2.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

/** The ENI that holds an address and how: `prefix 100.64.0.16/28`, `secondary address`. */
export interface HeldBy {
  readonly eni: NetworkInterface;
  readonly how: string;
}

export function addressLinks(
  scene: Scene,
  { pod, node }: PodPlace,
): { readonly links: readonly Link[]; readonly holder?: HeldBy } {
  if (pod.ip === undefined) return { links: [link('address', 'unknown', 'the API does not say which address it has')] };
  const holder = heldBy(scene, pod.ip);
  const evidence = { ip: pod.ip, eniId: holder?.eni.eniId ?? null, how: holder?.how ?? null };
  const unread = scene.missing(section('networkInterfaces'));
  if (!holder && node?.platform === 'hybrid')
    return { links: [link('address', 'ok', `${pod.ip}, of a hybrid node, outside the VPC`, evidence)] };
  if (!holder) {
    const links = [
      link(
        'address',
        'unknown',
        unread ? `${pod.ip}, of an ENI that is not known: ${unread}` : `${pod.ip}, which no ENI of the VPC holds`,
        evidence,
      ),
      ...subnetOf(scene, pod.ip),
    ];
    return { links };
  }
  const whose = pod.class === 'host-network' ? 'the address of its node: ' : '';
  return {
    links: [
      link('address', 'ok', `${whose}${pod.ip}, ${holder.how} of ${holder.eni.eniId}`, evidence),
      ...subnetOf(scene, pod.ip, holder.eni),
    ],
    holder,
  };
}

/** Undefined where no ENI that was read holds the address. */
export function heldBy(scene: Scene, ip: string): HeldBy | undefined {
  const v4 = parseIpv4(ip);
  if (v4 !== undefined) {
    const holder = scene.get(addressHolders)?.(v4);
    if (!holder) return undefined;
    const { eni, as, prefix } = holder;
    return {
      eni,
      how: as === 'prefix' ? `in prefix ${prefix}` : as === 'primary' ? 'primary address' : slotText(eni, ip),
    };
  }
  const v6 = parseIpv6(ip);
  if (v6 === undefined) return undefined;
  for (const eni of scene.get(section('networkInterfaces')) ?? []) {
    const prefix = eni.ipv6Prefixes.find((p) => ipv6RangeHolds(p, v6));
    if (prefix !== undefined) return { eni, how: `in prefix ${prefix}` };
    if (eni.ipv6Addresses.some((a) => parseIpv6(a) === v6)) return { eni, how: 'IPv6 address' };
  }
  return undefined;
}

function slotText(eni: NetworkInterface, ip: string): string {
  const at = eni.secondaryIps.indexOf(ip);
  return at < 0 ? 'secondary address' : `secondary address ${at + 1} of ${eni.secondaryIps.length}`;
}

function subnetOf(scene: Scene, ip: string, eni?: NetworkInterface): readonly Link[] {
  const subnets = scene.get(section('subnets'));
  if (!subnets)
    return [
      eni
        ? link('subnet', 'ok', `in ${eni.subnetId} (${eni.availabilityZone})`, {
            subnetId: eni.subnetId,
            zone: eni.availabilityZone,
          })
        : link('subnet', 'unknown', `the subnet is not known: ${scene.missing(section('subnets'))}`),
    ];
  const value = parseIpv4(ip);
  const subnet = subnets.find((s) => (eni ? s.subnetId === eni.subnetId : holds(s.cidr, value)));
  if (!subnet)
    return [link('subnet', 'unknown', 'no subnet of the VPC holds this address', { subnetId: eni?.subnetId ?? null })];
  return [
    link('subnet', 'ok', `in ${subnet.subnetId} (${subnet.availabilityZone}, ${subnet.cidr})`, {
      subnetId: subnet.subnetId,
      zone: subnet.availabilityZone,
      cidr: subnet.cidr,
    }),
  ];
}

function holds(cidr: string, address: number | undefined): boolean {
  const range = parseCidr(cidr);
  return range !== undefined && address !== undefined && containsAddress(range, address);
}
