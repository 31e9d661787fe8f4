import type { InstanceType } from '../catalog/instance-type.ts';
import { type PodCapacity, PREFIX_SIZE, trunkFits, trunkSlotKept } from './capacity.ts';
import type { NodeAddresses } from './item.ts';
import type { Settings } from './settings.ts';

/**
 * IPv4 addresses the node takes from its subnets once it is as full as `maxPods` lets it be, with the default warm
 * settings. ipamd fills whole ENIs (secondary) or takes prefixes one by one, and stops as soon as the pool holds maxPods
 * addresses (`ipamd.go:isDatastorePoolTooLow`). Each ENI adds its own primary address, the trunk and each branch ENI one.
 */
export function nodeAddressesOf(
  type: InstanceType,
  settings: Settings,
  capacity: PodCapacity,
  maxPods: number,
): NodeAddresses {
  const branch = Math.min(capacity.branchEnis, maxPods);
  const trunk = trunkTakesEni(type, settings) ? 1 : 0;
  if (settings.ipv6) return { nodeSubnet: 1 + (branch > 0 ? 1 + branch : 0), podSubnet: 0 };

  const perEni = type.ipv4PerEni - 1;
  const slots =
    capacity.mode === 'prefix'
      ? Math.min(Math.ceil(maxPods / PREFIX_SIZE), capacity.usableEnis * perEni)
      : Math.min(Math.ceil(maxPods / perEni), capacity.usableEnis) * perEni;
  const dataEnis = Math.ceil(slots / perEni);
  const held = dataEnis + slots * capacity.addressesPerSlot + trunk + branch;

  if (settings.customNetworking && !settings.windows) return { nodeSubnet: 1, podSubnet: held };
  return { nodeSubnet: Math.max(1, held + (servesNoPod(capacity) ? 1 : 0)), podSubnet: 0 };
}

function trunkTakesEni(type: InstanceType, settings: Settings): boolean {
  return trunkSlotKept(type, settings) && type.trunkingCompatible === true && trunkFits(type, settings);
}

function servesNoPod(capacity: PodCapacity): boolean {
  return capacity.deductions.some(({ reason }) => reason === 'excluded-primary');
}
