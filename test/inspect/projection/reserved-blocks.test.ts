/**
 * A floor where prefixes have a reservation of their own. A /24 whose upper half is reserved for prefixes: of its eight blocks the
 * last holds an address of EC2's, the node holds two, five are free. One more node takes two and an address of its own.
 */
import { expect, it } from 'vitest';
import { projected } from '../../support/plan-world.ts';
import { World } from '../checks/world.ts';

const OPTIONS = { floors: { nextNode: 'enforce' }, fragmentation: 'worst' } as const;

async function today(others: number) {
  const world = new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .foreign('eni-other', 'subnet-a', others)
    .node('n', { home: 'subnet-a', primary: 2, prefixes: true, running: 5, maxPods: 110 });
  const reservations = [
    { reservationId: 'scr-1', subnetId: 'subnet-a', cidr: '10.0.0.128/25', type: 'prefix' as const },
  ];
  const of = world.snapshot({
    env: { ENABLE_PREFIX_DELEGATION: 'true' },
    cidrReservations: { subnetIds: ['subnet-a'], reservations },
  });
  return projected(of, 'today', OPTIONS);
}

it('holds where the reserved blocks serve the next node: 23 addresses outside, one block among them, and five inside', async () => {
  const plan = await today(100);
  expect(plan.subnets[0]).toMatchObject({ addresses: { after: 23, floor: 33 }, blocks: { after: 6, floor: 2 } });
  expect(plan.verdict).toBe('pass');
});

it('does not where the next node finds no address of its own', async () => {
  const plan = await today(123);
  expect(plan.subnets[0]).toMatchObject({ addresses: { after: 0 }, blocks: { after: 5 } });
  expect(plan).toMatchObject({ verdict: 'fail', subnets: [{ reasons: [expect.stringContaining('under the floor')] }] });
});
