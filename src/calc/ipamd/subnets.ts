import { ADDRESSES_PER_PREFIX } from './constants.ts';

/** What a subnet has left before the node's primary ENI exists. */
export interface SubnetFree {
  readonly freeIPs: number;
  /** Wholly free aligned /28; when absent every group of 16 free addresses counts as one. */
  readonly freeBlocks28?: number;
}

/** The subnets of a node; an absent one is unlimited. */
export interface NodeSubnets {
  readonly node?: SubnetFree;
  /** The ENIConfig's subnet, under custom networking. */
  readonly pod?: SubnetFree;
  /** Further subnets discovery may use, by name. */
  readonly others?: Readonly<Record<string, SubnetFree>>;
}

/** A subnet's running account: what is left and what this node took. */
export interface SubnetAccount {
  readonly name: string;
  /** ipamd may create ENIs here. */
  readonly eligible: boolean;
  freeIPs: number;
  freeBlocks: number;
  taken: number;
}

/** Name of the discovery subnet assumed when the node subnet is excluded and nothing is known about others. */
export const ASSUMED_SUBNET = 'other';

export interface SubnetAccounts {
  readonly node: SubnetAccount;
  /** Where the trunk and the branch ENIs go: the node subnet, or the ENIConfig's under custom networking. */
  readonly trunk: SubnetAccount;
  readonly all: readonly SubnetAccount[];
  readonly customNetworking: boolean;
}

export function openAccounts(
  subnets: NodeSubnets | undefined,
  rules: {
    readonly customNetworking: boolean;
    readonly subnetDiscovery: boolean;
    readonly primarySubnetExcluded: boolean;
  },
): SubnetAccounts {
  const { customNetworking, subnetDiscovery, primarySubnetExcluded } = rules;
  const node = openAccount('node', subnets?.node, !customNetworking && !primarySubnetExcluded);
  if (customNetworking) {
    const pod = openAccount('pod', subnets?.pod, true);
    return { node, trunk: pod, all: [node, pod], customNetworking };
  }
  const others = Object.entries(subnets?.others ?? {}).map(([name, free]) => openAccount(name, free, subnetDiscovery));
  // A node whose own subnet is excluded is meant to have another one: assume it when no subnet was described at all.
  if (primarySubnetExcluded && subnets === undefined)
    others.push(openAccount(ASSUMED_SUBNET, undefined, subnetDiscovery));
  return { node, trunk: node, all: [node, ...others], customNetworking };
}

/** Eligible subnets in the order ipamd tries them: most free addresses first (`awsutils.go:GetVpcSubnets`). */
export function creationOrder(accounts: SubnetAccounts): readonly SubnetAccount[] {
  const eligible = accounts.all.filter((account) => account.eligible);
  return eligible.length < 2
    ? eligible
    : eligible.sort((a, b) => (a.freeIPs === b.freeIPs ? 0 : b.freeIPs - a.freeIPs));
}

/**
 * Takes `slots` addresses or prefixes plus `singles` further addresses, all or nothing. Singles come from part-used blocks
 * as long as there are any.
 */
export function take(account: SubnetAccount, slots: number, prefixes: boolean, singles: number): boolean {
  const addresses = (prefixes ? slots * ADDRESSES_PER_PREFIX : slots) + singles;
  if (account.freeIPs < addresses || (prefixes && account.freeBlocks < slots)) return false;
  account.freeIPs -= addresses;
  if (prefixes) account.freeBlocks -= slots;
  account.freeBlocks = Math.min(account.freeBlocks, Math.floor(account.freeIPs / ADDRESSES_PER_PREFIX));
  account.taken += addresses;
  return true;
}

/** Books what is attached already, whether or not the subnet's figures allow for it. */
export function charge(account: SubnetAccount, slots: number, prefixes: boolean, singles: number): void {
  if (take(account, slots, prefixes, singles)) return;
  account.taken += (prefixes ? slots * ADDRESSES_PER_PREFIX : slots) + singles;
  account.freeIPs = 0;
  account.freeBlocks = 0;
}

/** Gives back what `take` took; single addresses do not make a block whole again. */
export function giveBack(account: SubnetAccount, slots: number, prefixes: boolean, singles: number): void {
  const addresses = (prefixes ? slots * ADDRESSES_PER_PREFIX : slots) + singles;
  account.freeIPs += addresses;
  if (prefixes) account.freeBlocks += slots;
  account.taken -= addresses;
}

/** Addresses this node took, by subnet; a subnet it did not touch is left out unless it is the node's own. */
export function takenBySubnet(accounts: SubnetAccounts): Record<string, number> {
  const taken: Record<string, number> = {};
  for (const account of accounts.all)
    if (account.taken > 0 || account === accounts.node) taken[account.name] = account.taken;
  return taken;
}

function openAccount(name: string, free: SubnetFree | undefined, eligible: boolean): SubnetAccount {
  const freeIPs = free?.freeIPs ?? Number.POSITIVE_INFINITY;
  const freeBlocks = free?.freeBlocks28 ?? Math.floor(freeIPs / ADDRESSES_PER_PREFIX);
  return { name, eligible, freeIPs, freeBlocks, taken: 0 };
}
