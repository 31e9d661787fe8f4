import { describe, expect, it } from 'vitest';
import { formatCidr } from '../../../src/calc/cidr.ts';
import { newSubnetRanges } from '../../../src/inspect/facts/new-subnet-ranges.ts';
import { runOf, subnet, VPC, wholeSnapshot } from '../../support/snapshot-builder.ts';

async function planner(cidrs: readonly string[]) {
  const run = await runOf(
    wholeSnapshot({
      vpc: { vpcId: VPC, cidrs: [{ cidr: '10.0.0.0/20', state: 'associated' }], ipv6Cidrs: [] },
      subnets: cidrs.map((cidr, i) => subnet({ subnetId: `subnet-${i}`, cidr })),
    }),
  );
  const plan = run.valueOf(newSubnetRanges)!;
  let key = 0;
  return (shortest: number, longest: number) => {
    const planned = plan({ vpcId: VPC, key: `${key++}`, shortest, longest });
    return planned && formatCidr(planned.cidr);
  };
}

describe('room for new subnets', () => {
  it('finds a large one after a small one was asked for', async () => {
    const wish = await planner(['10.0.0.0/22']);
    expect(wish(24, 24)).toBe('10.0.4.0/24');
    expect(wish(21, 24)).toBe('10.0.8.0/21');
    expect(wish(20, 24)).toBe('10.0.6.0/23');
  });

  it('promises no range twice, and takes the largest that is left', async () => {
    const wish = await planner([]);
    expect([wish(20, 24), wish(20, 24)]).toEqual(['10.0.0.0/20', '100.64.0.0/20']);
  });
});
