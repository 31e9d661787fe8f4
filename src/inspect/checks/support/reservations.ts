import { type Cidr, containsAddress, overlaps, parseCidr, parseIpv4, sizeOf } from '../../../calc/cidr.ts';
import type { NetworkInterface } from '../../snapshot/ec2.ts';

/** Addresses of a range that interfaces hold, prefixes counted in full. */
export function addressesInside(range: Cidr, enis: readonly NetworkInterface[]): number {
  let inside = 0;
  for (const eni of enis) {
    for (const text of [eni.primaryIp ?? '', ...eni.secondaryIps]) {
      const address = parseIpv4(text);
      if (address !== undefined && containsAddress(range, address)) inside++;
    }
    for (const text of eni.prefixes) {
      const prefix = parseCidr(text);
      if (prefix && overlaps(range, prefix)) inside += Math.min(sizeOf(prefix), sizeOf(range));
    }
  }
  return inside;
}
