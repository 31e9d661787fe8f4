import { AWS_RESERVED } from '../../../calc/blocks.ts';
import { sizeOf } from '../../../calc/cidr.ts';
import type { SubnetReport } from '../../contract/report.ts';
import type { SubnetUse } from '../subnet-use.ts';

export interface SubnetNumbers {
  readonly addresses: SubnetReport['addresses'];
  /** What had to be assumed, in plain words. */
  readonly notes: readonly string[];
}

/**
 * The address account of one subnet. EC2 does not say whether AvailableIpAddressCount leaves reserved, unused space out;
 * the subnet's own numbers do: what neither ENIs nor the count explain is reserved space first, and only the rest is
 * invisible. The two reads are not of one instant, so the count can be too high: then it yields to the ENIs seen.
 */
export function subnetNumbers(use: SubnetUse): SubnetNumbers {
  const total = sizeOf(use.cidr);
  const reserved = Math.min(AWS_RESERVED, total - use.seen);
  const room = total - reserved - use.seen;
  const free = Math.min(use.subnet.availableIps, room);
  const rest = room - free;
  const notes = free < use.subnet.availableIps ? [lagNote(use.subnet.availableIps, free)] : [];
  const fixed = { total, reserved, seen: use.seen, free };
  const unread = unreadReason(use);
  if (unread !== undefined && rest > 0)
    return {
      addresses: { ...fixed, reservedUnallocated: null, invisible: null },
      notes: [...notes, `${rest} addresses are reserved or on ENIs that were not seen: ${unread}`],
    };
  const unused = use.unusedReserved ?? 0;
  const reservedUnallocated = Math.min(rest, unused);
  if (unused > reservedUnallocated)
    notes.push(`EC2 counts ${unused - reservedUnallocated} unused addresses inside reservations as available`);
  return { addresses: { ...fixed, reservedUnallocated, invisible: rest - reservedUnallocated }, notes };
}

function unreadReason(use: SubnetUse): string | undefined {
  if (!use.complete) return 'ENIs were read in part';
  return use.unusedReserved === undefined ? 'reservations were not read' : undefined;
}

function lagNote(said: number, free: number): string {
  return `EC2 says ${said} available, its ENIs leave room for ${free}: the count lags behind`;
}
