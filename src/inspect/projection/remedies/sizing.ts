/** How large a new pod subnet has to be. */
import { ADDRESSES_PER_BLOCK, AWS_RESERVED } from '../../../calc/blocks.ts';
import type { Projection } from '../run-scenario.ts';
import { least } from '../run-scenario.ts';

/** Prefix lengths to look for, the largest subnet first. */
export interface Lengths {
  readonly shortest: number;
  readonly longest: number;
}

/** AWS allows subnets of /16 to /28; larger than a /20 only where the model asks for it. */
const LARGEST = 16;
const USUAL = 20;
const SMALLEST = 24;

/** For twice the addresses, so that the next growth fits too; a range half as large is taken where the VPC has no more. */
export function lengthsFor(addresses: number): Lengths {
  const fitting = (n: number) => 32 - Math.ceil(Math.log2(n + AWS_RESERVED + 2 * ADDRESSES_PER_BLOCK));
  return {
    shortest: Math.max(Math.min(fitting(2 * addresses), USUAL), LARGEST),
    longest: Math.max(Math.min(fitting(addresses), SMALLEST), LARGEST),
  };
}

/** What a zone lacks, floors counted, prefixes as 16 addresses. */
export function lackIn({ subnets }: Projection, zone: string): number {
  return subnets
    .filter((s) => s.availabilityZone === zone && s.verdict !== 'pass')
    .reduce((sum, { addresses, blocks }) => {
      const lacking = Math.max((addresses.floor ?? 0) - least(addresses.after), 0);
      const broken = blocks ? Math.max((blocks.floor ?? 0) - least(blocks.after), 0) : 0;
      return sum + Math.max(lacking, ADDRESSES_PER_BLOCK * broken);
    }, 0);
}
