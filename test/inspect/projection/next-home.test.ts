/**
 * A /27 for nodes beside a /24 for pods, found by its tag: 27 addresses, ten of them held by each node's primary ENI. Two nodes
 * leave seven, and a third comes up with ten: what the /24 has is of no use to it.
 */
import { expect, it } from 'vitest';
import { projected } from '../../support/plan-world.ts';
import { World } from '../checks/world.ts';

async function today(nextNode: 'enforce' | 'advise', nodes: number) {
  const world = new World()
    .subnet('subnet-a', '10.0.0.0/27', 'eu-west-1a')
    .subnet('subnet-p', '10.0.1.0/24', 'eu-west-1a', { tags: { 'kubernetes.io/role/cni': '1' } });
  for (let i = 0; i < nodes; i++)
    world.node(`n-${i}`, { home: 'subnet-a', pods: 'subnet-p', primary: 9, further: [9], running: 5 });
  return projected(world.snapshot(), 'today', { floors: { nextNode }, fragmentation: 'worst' });
}

it('is a failure where one more node must fit, and a risk elsewhere', async () => {
  const gate = await today('enforce', 2);
  expect(gate).toMatchObject({ verdict: 'fail', nodesUntilExhaustion: 0 });
  expect(gate.subnets.map((s) => s.verdict)).toEqual(['fail', 'pass']);
  expect(gate.subnets[0]!.reasons).toEqual(['7 addresses left in it, a node comes up with 10']);
  expect((await today('advise', 2)).verdict).toBe('at-risk');
});

it('is none where it fits', async () => {
  expect(await today('enforce', 1)).toMatchObject({ verdict: 'pass', nodesUntilExhaustion: 1 });
});
