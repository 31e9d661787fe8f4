/** The subnets a node lives on: their names in the model, what the node takes of them, and what is left. */
import { ADDRESSES_PER_PREFIX, type NodeSubnets, type SubnetFree } from '../../../calc/ipamd/index.ts';
import type { NodeEnis } from '../../facts/node-enis.ts';
import type { BlockStates } from '../../facts/subnet-blocks.ts';
import type { NetworkInterface, Subnet } from '../../snapshot/ec2.ts';

type Names = ReadonlyMap<string, string>;

/** `node` for the primary's subnet, `pod` for the ENIConfig's; those that discovery may use keep their ids. */
export function nameSubnets(own: string | undefined, further: readonly string[], customNetworking: boolean): Names {
  const names = new Map(further.map((id) => [id, customNetworking ? 'pod' : id]));
  if (own !== undefined) names.set(own, 'node');
  return names;
}

/** Addresses of the ENIs ipamd and the resource controller manage, by the subnet's name in the model. */
export function addressesBySubnet(seen: NodeEnis, names: Names): Readonly<Record<string, number>> {
  const taken: Record<string, number> = {};
  for (const eni of managed(seen)) {
    const name = names.get(eni.subnetId) ?? eni.subnetId;
    taken[name] = (taken[name] ?? 0) + 1 + eni.secondaryIps.length + eni.prefixes.length * ADDRESSES_PER_PREFIX;
  }
  return taken;
}

/** What each subnet would have without this node: what EC2 says is free, and what the node holds. */
export function budgets(
  seen: NodeEnis,
  names: Names,
  subnets: ReadonlyMap<string, Subnet>,
  blocks: ReadonlyMap<string, BlockStates> | undefined,
): { readonly subnets: NodeSubnets; readonly notes: readonly string[] } {
  const taken = addressesBySubnet(seen, names);
  const notes: string[] = [];
  const others: Record<string, SubnetFree> = {};
  let node: SubnetFree | undefined;
  let pod: SubnetFree | undefined;
  for (const [id, name] of names) {
    const subnet = subnets.get(id);
    if (!subnet) {
      notes.push(`${id} was not read: it is taken to never run dry`);
      continue;
    }
    const states = blocks?.get(id);
    const prefixes = managed(seen).reduce((n, eni) => n + (eni.subnetId === id ? eni.prefixes.length : 0), 0);
    const free: SubnetFree = {
      freeIPs: subnet.availableIps + (taken[name] ?? 0),
      ...(states ? { freeBlocks28: states.counts.free + prefixes } : {}),
    };
    if (name === 'node') node = free;
    else if (name === 'pod') pod = free;
    else others[name] = free;
  }
  return { subnets: { ...(node ? { node } : {}), ...(pod ? { pod } : {}), others }, notes };
}

function managed(seen: NodeEnis): readonly NetworkInterface[] {
  return [...seen.data, ...(seen.trunk ? [seen.trunk] : []), ...seen.branch];
}
