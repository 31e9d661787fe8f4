/** The ENIs of a node and what fills their slots. */

import { ADDRESSES_PER_BLOCK } from '../../../../calc/blocks.ts';
import { parseIpv4 } from '../../../../calc/cidr.ts';
import type { EniSlots, Link } from '../../../contract/why.ts';
import { things } from '../../../contract/words.ts';
import { section } from '../../../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../../../facts/demand.ts';
import { firstOf } from '../../../facts/eni-addresses.ts';
import { nodeEnis } from '../../../facts/node-enis.ts';
import type { NetworkInterface } from '../../../snapshot/ec2.ts';
import { podAddressesOn } from '../../simulation/initial-enis.ts';
import type { NodePlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

/** Primary first, then by device; null where the ENIs or their capacity are not known. ENIs ipamd leaves alone are left out. */
export function eniSlots(scene: Scene, { name, enis, capacity }: NodePlace): EniSlots[] | null {
  if (!enis || !capacity) return null;
  // One /80 serves all pods: single IPv4 addresses and /28 never fill a slot.
  if (capacity.mode === 'ipv6') return [];
  const pods = scene.get(section('pods'));
  const used = pods ? podAddressesOn(pods, name) : new Set<number>();
  const order = (eni: NetworkInterface): number => (eni === enis.primary ? -1 : (eni.attachment?.deviceIndex ?? 0));
  return [...enis.data, ...(enis.trunk ? [enis.trunk] : [])]
    .sort((a, b) => order(a) - order(b))
    .map((eni) => ({
      eniId: eni.eniId,
      role: roleOf(eni, enis),
      subnetId: eni.subnetId,
      closed: eni === enis.trunk || enis.excluded.includes(eni) || (eni === enis.primary && capacity.custom > 0),
      capacity: eni === enis.trunk ? 0 : capacity.slotsPerEni,
      slots: [
        ...eni.secondaryIps.map((ip) => ({ cidr: ip, addresses: 1, pods: used.has(parseIpv4(ip) ?? -1) ? 1 : 0 })),
        ...eni.prefixes.map((cidr) => ({ cidr, addresses: ADDRESSES_PER_BLOCK, pods: podsIn(cidr, used) })),
      ],
    }));
}

function roleOf(eni: NetworkInterface, enis: NonNullable<NodePlace['enis']>): EniSlots['role'] {
  if (eni === enis.trunk) return 'trunk';
  return eni === enis.primary ? 'primary' : 'data';
}

function podsIn(prefix: string, used: ReadonlySet<number>): number {
  const first = firstOf(prefix);
  if (first === undefined) return 0;
  return Array.from({ length: ADDRESSES_PER_BLOCK }, (_, i) => first + i).filter((a) => used.has(a)).length;
}

/** What the node holds and how much of it no pod uses. */
export function enisLink(scene: Scene, { name, enis, capacity }: NodePlace): Link {
  if (!enis)
    return link(
      'enis',
      'unknown',
      `the ENIs of the node are not known: ${scene.missing(nodeEnis) || 'EC2 shows none of its instance'}`,
    );
  const attached = enis.data.length + enis.unmanaged.length + (enis.trunk ? 1 : 0);
  const evidence = {
    enis: attached,
    eniLimit: capacity?.eniLimit ?? null,
    held: enis.held,
    assigned: enis.assigned ?? null,
    warm: enis.warm ?? null,
    prefixes: enis.prefixes,
    slotsPerEni: capacity?.slotsPerEni ?? null,
  };
  if (capacity?.mode === 'ipv6') return prefixLink(attached, enis.primary, evidence);
  const of = capacity ? `${attached} of ${things(capacity.eniLimit, 'ENI')}` : things(attached, 'ENI');
  const idle = enis.warm === undefined ? 'how many are idle is not known' : `${enis.warm} of them idle`;
  const held = `${of} attached, ${things(enis.held, 'pod address', 'pod addresses')} held, ${idle}${otherMode(enis, capacity)}`;
  const wanted = scene.get(demand)?.get(name) ?? NO_DEMAND;
  const elsewhere = enis.otherModeCidrs * (capacity?.mode === 'prefix' ? 1 : ADDRESSES_PER_BLOCK);
  const full = enis.warm !== undefined && enis.warm <= 0 && wanted.addressed > enis.held + elsewhere;
  return link('enis', full ? 'broken' : 'ok', held, evidence);
}

/** One /80 of the primary ENI serves all pods: there is no pool that could run dry (`ipamd.go:nodeInit`). */
function prefixLink(attached: number, primary: NetworkInterface | undefined, evidence: Link['evidence']): Link {
  const [prefix] = primary?.ipv6Prefixes ?? [];
  const how = `${things(attached, 'ENI')} attached`;
  return prefix === undefined
    ? link('enis', primary ? 'broken' : 'unknown', `${how}; EC2 shows no IPv6 prefix on the primary one`, evidence)
    : link('enis', 'ok', `${how}; ${prefix} of the primary one serves all pods`, evidence);
}

/** `; besides 24 single addresses from before prefixes were on`. */
function otherMode(enis: NonNullable<NodePlace['enis']>, capacity: NodePlace['capacity']): string {
  const n = enis.otherModeCidrs;
  if (n === 0 || !capacity) return '';
  return capacity.mode === 'prefix'
    ? `; besides ${things(n, 'single address', 'single addresses')} from before prefixes were on`
    : `; besides ${n} /28 from when prefixes were on`;
}
