import { type InstanceType, supportsPrefixes } from '../catalog/instance-type.ts';
import type { Mode } from '../patterns.ts';
import { afterCatalog, type CniVersion, has } from './cni-version.ts';
import type { Deduction } from './item.ts';
import type { Settings } from './settings.ts';

/** Addresses in one ENI slot. */
export const PREFIX_SIZE = 16;
/** A node's /80 (`awsutils.go:AllocIPv6Prefixes`). */
export const IPV6_ADDRESSES = 2 ** 48;

export interface PodCapacity {
  readonly mode: Mode;
  readonly supported: boolean;
  readonly deductions: readonly Deduction[];
  readonly usableEnis: number;
  readonly addressesPerSlot: 1 | 16;
  readonly ipsForPods: number;
  readonly branchEnis: number;
}

/** The type as the CNI of this release knows it: releases after the catalog's carry other limits for a few types. */
export function limitsFor(type: InstanceType, version: CniVersion): InstanceType {
  if (!type.later || !afterCatalog(version)) return type;
  const { maxEnis, networkCards } = type.later;
  return { ...type, maxEnis, networkCards };
}

/** Whether the CNI of this release fills slots of this type with /28 prefixes (`ipamd.go:isConfigValid`). */
export function prefixesWork(type: InstanceType, version: CniVersion): boolean {
  return supportsPrefixes(type) && has(version, type.bareMetal ? 'prefixOnBareMetal' : 'prefix');
}

/** Whether ipamd starts in IPv6 mode: it needs prefixes and refuses custom networking (`ipamd.go:isConfigValid`). */
export function ipv6Works(type: InstanceType, settings: Settings): boolean {
  const { cniVersion, customNetworking, windows } = settings;
  return !windows && !customNetworking && has(cniVersion, 'ipv6') && prefixesWork(type, cniVersion);
}

/**
 * Addresses one node can give to pods, and the branch ENIs next to them. Host-network pods need neither.
 * Sources: `ipamd.go:getMaxENI`, `GetIPv4Limit`, `hasRoomForEni`; `data_store.go:GetAllocatableENIs`; for Windows the
 * resource controller's `ip/provider.go:getCapacity`.
 */
export function podCapacity(type: InstanceType, settings: Settings): PodCapacity {
  if (settings.ipv6) return ipv6Capacity(type, settings);
  if (settings.windows) return windowsCapacity(type, settings);

  const prefix = settings.prefix && prefixesWork(type, settings.cniVersion);
  const deductions = deductionsOf(type, settings);
  const least = primaryServes(settings) && settings.unmanagedEnis < type.maxEnis ? 1 : 0;
  const usableEnis = Math.max(least, type.maxEnis - total(deductions));
  const addressesPerSlot = prefix ? PREFIX_SIZE : 1;
  return {
    mode: prefix ? 'prefix' : 'secondary',
    supported: true,
    deductions,
    usableEnis,
    addressesPerSlot,
    ipsForPods: usableEnis * (type.ipv4PerEni - 1) * addressesPerSlot,
    branchEnis: trunkFits(type, settings) ? branchEnis(type, settings) : 0,
  };
}

function ipv6Capacity(type: InstanceType, settings: Settings): PodCapacity {
  const supported = ipv6Works(type, settings);
  const branches = supported && has(settings.cniVersion, 'podEniWithIpv6') && type.maxEnis > 1;
  return {
    mode: 'ipv6',
    supported,
    deductions: [],
    usableEnis: supported ? 1 : 0,
    addressesPerSlot: PREFIX_SIZE,
    ipsForPods: supported ? IPV6_ADDRESSES : 0,
    branchEnis: branches ? branchEnis(type, settings) : 0,
  };
}

function windowsCapacity(type: InstanceType, settings: Settings): PodCapacity {
  const prefix = settings.prefix && supportsPrefixes(type);
  const addressesPerSlot = prefix ? PREFIX_SIZE : 1;
  return {
    mode: prefix ? 'prefix' : 'secondary',
    supported: true,
    deductions: [],
    usableEnis: 1,
    addressesPerSlot,
    ipsForPods: (type.ipv4PerEni - 1) * addressesPerSlot,
    branchEnis: 0,
  };
}

/** ENIs ipamd attaches at most: MAX_ENI counts from 1 and never raises the card's limit (`ipamd.go:getMaxENI`). */
export function eniBound(type: InstanceType, maxEni: number | undefined): number {
  return maxEni !== undefined && maxEni >= 1 ? Math.min(type.maxEnis, maxEni) : type.maxEnis;
}

/**
 * Whether ipamd keeps a slot free for the trunk: on types it takes as able to trunk, which includes unlisted ones, and
 * before v1.20.4 on every type (`awsutils.go:IsTrunkingCompatible`).
 */
export function trunkSlotKept(type: InstanceType, settings: Settings): boolean {
  if (!settings.sgp || settings.windows || !has(settings.cniVersion, 'podEni')) return false;
  return (type.trunkingCompatible ?? true) || !has(settings.cniVersion, 'trunkListRead');
}

/** The trunk is asked for only while an ENI is left beside the primary (`ipamd.go:tryEnableSecurityGroupsForPods`). */
export function trunkFits(type: InstanceType, settings: Settings): boolean {
  return eniBound(type, settings.maxEni) - settings.unmanagedEnis > 1;
}

/** The primary ENI is attached before ipamd starts, so where it may serve pods it does, however few ENIs are allowed. */
function primaryServes({ customNetworking, excludePrimaryEni, cniVersion }: Settings): boolean {
  return !customNetworking && !(excludePrimaryEni && has(cniVersion, 'excludedPrimary'));
}

function branchEnis(type: InstanceType, settings: Settings): number {
  return trunkSlotKept(type, settings) && type.trunkingCompatible ? type.branchEnis : 0;
}

function deductionsOf(type: InstanceType, settings: Settings): readonly Deduction[] {
  const bound = eniBound(type, settings.maxEni);
  // A trunk that cannot come costs no slot where the primary is all there is: nothing is taken off the primary itself.
  const trunk = trunkSlotKept(type, settings) && (trunkFits(type, settings) || !primaryServes(settings));
  const all: readonly Deduction[] = [
    { reason: 'max-eni', enis: type.maxEnis - bound, note: `MAX_ENI=${settings.maxEni} of ${type.maxEnis} ENIs` },
    { reason: 'unmanaged', enis: settings.unmanagedEnis, note: 'ENIs ipamd does not manage' },
    {
      reason: 'trunk',
      enis: trunk ? 1 : 0,
      note: 'slot kept for the trunk ENI',
    },
    settings.customNetworking
      ? { reason: 'custom-networking', enis: 1, note: 'primary ENI, in the node subnet, serves no pod' }
      : {
          reason: 'excluded-primary',
          enis: primaryServes(settings) ? 0 : 1,
          note: 'primary ENI is in a subnet tagged kubernetes.io/role/cni=0',
        },
  ];
  return all.filter(({ enis }) => enis > 0);
}

function total(deductions: readonly Deduction[]): number {
  return deductions.reduce((sum, { enis }) => sum + enis, 0);
}
