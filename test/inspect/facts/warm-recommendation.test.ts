import { describe, expect, it } from 'vitest';
import { warmRecommendation } from '../../../src/inspect/facts/warm-recommendation.ts';
import { runOf } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

/** m5.large nodes that hold 18 addresses on two ENIs, with these numbers of pods. */
const cluster = (pods: readonly number[]): World => {
  const world = new World().subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a');
  for (const [i, running] of pods.entries())
    world.node(`n${i}`, { home: 'subnet-0a', primary: 9, further: [9], running });
  return world;
};
const adviceFor = async (world: World, env: Record<string, string> = {}) =>
  (await runOf(world.snapshot({ env }))).valueOf(warmRecommendation);

describe('warmRecommendation', () => {
  it('keeps two addresses over what nearly every node runs', async () => {
    // One pod: 3 addresses and one ENI instead of 18 and two, so 15 + 1 go back on each of eight nodes.
    expect(await adviceFor(cluster([1, 1, 1, 1, 1, 1, 1, 1]))).toMatchObject({
      minimumIpTarget: 3,
      warmIpTarget: 2,
      p95Pods: 1,
      medianPods: 1,
      nodes: 8,
      frees: 128,
      callsPerNode: { now: 2, settled: 1 },
      burstPods: { now: 17, settled: 2 },
    });
  });

  it('does not let one crowded node decide for all', async () => {
    const advice = await adviceFor(cluster([18, 1, 1, 1]));
    expect(advice).toMatchObject({ minimumIpTarget: 3, p95Pods: 18, frees: 48 });
  });

  it('tells in which subnet the addresses are', async () => {
    const world = new World()
      .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
      .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
      .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [9, 9], running: 1 });
    const run = await runOf(
      world.snapshot({
        env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' },
        eniConfigs: [{ name: 'default', subnetId: 'subnet-pa', securityGroupIds: [] }],
      }),
    );
    expect([...run.valueOf(warmRecommendation)!.freesBySubnet]).toEqual([['subnet-pa', 16]]);
  });

  it('rounds to whole prefixes', async () => {
    const world = new World().subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a');
    for (let i = 0; i < 4; i++)
      world.node(`n${i}`, { home: 'subnet-0a', primary: 4, prefixes: true, running: 15, maxPods: 110 });
    // 15 + 2 pods want two prefixes; four are held.
    expect(await adviceFor(world, { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' })).toMatchObject({
      minimumIpTarget: 32,
      warmIpTarget: 2,
      frees: 4 * 32,
    });
  });

  it('says nothing where nothing would come free', async () => {
    expect(await adviceFor(cluster([18, 17, 18]))).toBeUndefined();
  });
});
