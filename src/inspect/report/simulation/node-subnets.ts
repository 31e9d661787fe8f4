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
    taken[name] = (taken[name] ?? 0) + addressesOf(eni);
  }
  return taken;
}

/** What the node's ENIs are made from: subnets by id, and the ENIConfig's where custom networking asks for one. */
export interface Surroundings {
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly blocks: ReadonlyMap<string, BlockStates> | undefined;
  readonly customNetworking: boolean;
  /** Undefined where it could not be told. */
  readonly further: readonly string[] | undefined;
}

interface Budgets {
  readonly subnets: NodeSubnets;
  readonly notes: readonly string[];
}

/** What each subnet would have without this node: what EC2 says is free, and what the node holds. */
export function budgets(seen: NodeEnis, names: Names, around: Surroundings): Budgets {
  const notes: string[] = [];
  const free = new Map<string, SubnetFree>();
  for (const id of names.keys()) {
    const found = freeIn(seen, id, around);
    if (found) free.set(id, found);
    else notes.push(`${id} was not read: it is taken to never run dry`);
  }
  const named = (name: string) => [...names].flatMap(([id, each]) => (each === name ? (free.get(id) ?? []) : []))[0];
  const others = [...names].filter(([, name]) => name !== 'node' && name !== 'pod').map(([id]) => [id, free.get(id)]);
  const node = named('node');
  const pod = around.customNetworking ? podSubnet(around, named('pod') ?? node, notes) : undefined;
  return {
    subnets: {
      ...(node ? { node } : {}),
      ...(pod ? { pod } : {}),
      others: Object.fromEntries(others.filter(([, each]) => each !== undefined)),
    },
    notes,
  };
}

/** Without an ENIConfig no ENI can be made, as if its subnet were full (`ipamd.go:tryAllocateENI`). */
function podSubnet({ further }: Surroundings, found: SubnetFree | undefined, notes: string[]): SubnetFree | undefined {
  if (further === undefined) {
    notes.push('the ENIConfig of this node could not be told');
    return undefined;
  }
  if (further.length > 0) return found;
  notes.push('no ENIConfig is found for this node: ipamd cannot make another ENI');
  return { freeIPs: 0, freeBlocks28: 0 };
}

function freeIn(seen: NodeEnis, id: string, { subnets, blocks }: Surroundings): SubnetFree | undefined {
  const subnet = subnets.get(id);
  if (!subnet) return undefined;
  const own = managed(seen).filter((eni) => eni.subnetId === id);
  const states = blocks?.get(id);
  return {
    freeIPs: own.reduce((sum, eni) => sum + addressesOf(eni), subnet.availableIps),
    ...(states ? { freeBlocks28: own.reduce((sum, eni) => sum + eni.prefixes.length, states.counts.free) } : {}),
  };
}

function addressesOf(eni: NetworkInterface): number {
  return 1 + eni.secondaryIps.length + eni.prefixes.length * ADDRESSES_PER_PREFIX;
}

function managed(seen: NodeEnis): readonly NetworkInterface[] {
  return [...seen.data, ...(seen.trunk ? [seen.trunk] : []), ...seen.branch];
}
