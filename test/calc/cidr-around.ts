import type { Cidr } from '../../src/calc/cidr.ts';

/** The range of the given length that the address lies in. */
export function cidrAround(address: number, length: number): Cidr {
  return { first: address - (address % 2 ** (32 - length)), length };
}
