import { TRUNK_ATTACH_SECONDS } from '../constants.ts';
import { type PoolPolicy, poolPolicy } from '../decisions.ts';
import { type Capacity, type NodeLimits, nodeCapacity, type OccupiedSlots } from '../limits.ts';
import type { IpamdSettings } from '../settings.ts';
import { type NodeSubnets, openAccounts, type SubnetAccount, type SubnetAccounts } from '../subnets.ts';
import type { SimEvent } from './events.ts';
import { GoMap } from './go-map.ts';
import { type Random, seededRandom } from './random.ts';

export type EniKind = 'primary' | 'secondary' | 'trunk' | 'efa';

/** One slot of an ENI: a single address or a prefix of 16. */
export interface Slot {
  readonly eni: Eni;
  readonly size: 1 | 16;
  assigned: number;
  cooling: number;
  /** False once given back; cooldowns that end later then change nothing. */
  alive: boolean;
}

export interface Eni {
  /** 1 for the primary, then in the order of arrival. */
  readonly id: number;
  readonly kind: EniKind;
  readonly subnet: SubnetAccount;
  /** Seconds at which ipamd learned of it. */
  knownSince: number;
  readonly excluded: boolean;
  readonly slots: GoMap<Slot>;
  /** Pods on it, whatever the mode of their slot. */
  pods: number;
  /** Addresses of the mode in force, those a pod could get now, and those in cooldown. */
  ips: number;
  usable: number;
  cooling: number;
  /** Slots without any pod. */
  freeSlots: number;
  /** Slots EC2 still has on it and the store let go of: they return to the subnet with the ENI only. */
  readonly forgotten: { singles: number; prefixes: number };
}

/** A run of failing EC2 calls: every matching call between the two times gets this error code. */
export interface Failure {
  readonly call:
    | 'AssignPrivateIpAddresses'
    | 'CreateNetworkInterface'
    | 'UnassignPrivateIpAddresses'
    | 'DeleteNetworkInterface';
  readonly error: string;
  /** Seconds since start-up; `until` is not included. */
  readonly from: number;
  readonly until: number;
}

/** An ENI found at start-up. */
export interface InitialEni {
  readonly kind: EniKind;
  /** Name of its subnet: `node`, `pod` or one of the others; by default where ipamd would have put it. */
  readonly subnet?: string;
  readonly excluded?: boolean;
  /** Pods in each slot; `prefix` tells the kind of the slot, by default that of the mode in force. */
  readonly slots: readonly { readonly pods: number; readonly prefix?: boolean }[];
}

export interface SimulationOptions {
  readonly settings: IpamdSettings;
  readonly limits: NodeLimits;
  readonly maxPods: number;
  readonly occupied?: OccupiedSlots;
  readonly subnets?: NodeSubnets;
  /** What start-up finds; without it a fresh node with an empty primary. A primary is added when missing. */
  readonly initial?: readonly InitialEni[];
  readonly seed?: number;
  /** Keep an event log; costs time and memory. */
  readonly log?: boolean;
  readonly failures?: readonly Failure[];
  /** Seconds from the request to the attached trunk. */
  readonly trunkAttachSeconds?: number;
  /** Seconds a branch ENI waits after its pod is gone (`branch-eni-cooldown`); 60 unless given, at least 30. */
  readonly branchCooldownSeconds?: number;
  /** Network card; cards above 0 have fixed targets and no primary. */
  readonly card?: number;
}

/** Everything about a simulated node. Times are seconds since start-up began. */
export interface SimNode {
  readonly options: SimulationOptions;
  readonly capacity: Capacity;
  readonly policy: PoolPolicy;
  readonly accounts: SubnetAccounts;
  readonly random: Random;
  readonly events: SimEvent[] | undefined;
  readonly enis: GoMap<Eni>;
  now: number;
  /** Start-up succeeded; false before and after a failed one. */
  ready: boolean;
  failure: string | undefined;
  cordoned: boolean;
  nextEniId: number;
  /** Counts everything that changed what the node holds or serves. */
  changes: number;
  lastShrink: number;
  lastShortage: number;
  lastPoolChange: number;
  /** Pods with an address, by the slot they sit in. */
  readonly pods: Slot[];
  waiting: number;
  totalIPs: number;
  assignedIPs: number;
  totalPrefixes: number;
  freePrefixes: number;
  readonly coolingSlots: Slot[];
  readonly coolingSince: number[];
  coolingHead: number;
  /** When the trunk arrives, undefined before it is asked for; `trunk` is known to ipamd from the next reconcile on. */
  trunkDue: number | undefined;
  trunkAttached: boolean;
  trunkKnown: boolean;
  branchInUse: number;
  branchWaiting: number;
  /** Times at which cooling branch ENIs are deleted. */
  readonly branchDeletions: number[];
  /** Slots of excluded ENIs that lost their last pod, and when the store lets go of them. */
  readonly emptied: { readonly slot: Slot; readonly due: number }[];
  /** Things EC2 has and ipamd does not know: adopted by a reconcile at or after the time. */
  readonly unknown: {
    readonly eni: Eni;
    readonly count: number;
    readonly size: 1 | 16;
    readonly since: number;
    readonly whole: boolean;
  }[];
  readonly calls: { allocENI: number; allocIPs: number; deallocCidrs: number; freeENI: number; failed: number };
  /** Pods that found no address when they came. */
  podsThatWaited: number;
}

export function createNode(options: SimulationOptions): SimNode {
  const { settings, limits } = options;
  const capacity = nodeCapacity(settings, limits, options.occupied);
  const random = seededRandom(options.seed ?? 1);
  return {
    options,
    capacity,
    policy: poolPolicy(settings, {
      prefixes: capacity.prefixes,
      slotsPerENI: capacity.slotsPerENI,
      maxPods: options.maxPods,
      card: options.card ?? 0,
    }),
    accounts: openAccounts(options.subnets, {
      customNetworking: settings.customNetworking,
      subnetDiscovery: settings.subnetDiscovery,
      primarySubnetExcluded: options.occupied?.primarySubnetExcluded === true,
    }),
    random,
    events: options.log === true ? [] : undefined,
    enis: new GoMap<Eni>(random),
    now: 0,
    ready: false,
    failure: undefined,
    cordoned: false,
    nextEniId: 1,
    changes: 0,
    lastShrink: Number.NEGATIVE_INFINITY,
    lastShortage: Number.NEGATIVE_INFINITY,
    lastPoolChange: Number.NEGATIVE_INFINITY,
    pods: [],
    waiting: 0,
    totalIPs: 0,
    assignedIPs: 0,
    totalPrefixes: 0,
    freePrefixes: 0,
    coolingSlots: [],
    coolingSince: [],
    coolingHead: 0,
    trunkDue: undefined,
    trunkAttached: false,
    trunkKnown: false,
    branchInUse: 0,
    branchWaiting: 0,
    branchDeletions: [],
    emptied: [],
    unknown: [],
    calls: { allocENI: 0, allocIPs: 0, deallocCidrs: 0, freeENI: 0, failed: 0 },
    podsThatWaited: 0,
  };
}

export function trunkAttachSeconds(node: SimNode): number {
  return node.options.trunkAttachSeconds ?? TRUNK_ATTACH_SECONDS;
}

/** A slot of the mode in force, on an ENI that is not excluded: pods can get addresses from it and targets count it. */
export function counts(node: SimNode, slot: Slot): boolean {
  return !slot.eni.excluded && (slot.size === 16) === node.policy.prefixes;
}
