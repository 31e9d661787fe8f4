import { describe, expect, it } from 'vitest';
import { warmRecommendation } from '../../../src/inspect/facts/warm-recommendation.ts';
import { pod, podTable, runOf } from '../../support/snapshot-builder.ts';
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
    // One pod: 3 addresses instead of 18, so 15 go back on each of eight nodes. Whether an ENI empties is left to chance.
    const advice = await adviceFor(cluster([1, 1, 1, 1, 1, 1, 1, 1]));
    expect(advice).toMatchObject({
      minimumIpTarget: 3,
      warmIpTarget: 2,
      p95Pods: 1,
      medianPods: 1,
      nodes: 8,
      frees: 120,
    });
    // Now nine addresses at start and an ENI with the first pod; then three at start, which suffice.
    expect(advice!.rollout()).toEqual({
      pods: [0, 1],
      now: { calls: 2, podsThatWait: 0, longestWaitSeconds: 0 },
      recommended: { calls: 1, podsThatWait: 0, longestWaitSeconds: 0 },
    });
  });

  it('does not let one crowded node decide for all', async () => {
    const advice = await adviceFor(cluster([18, 1, 1, 1]));
    expect(advice).toMatchObject({ minimumIpTarget: 3, p95Pods: 18, frees: 45 });
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
    expect([...run.valueOf(warmRecommendation)!.freesBySubnet]).toEqual([['subnet-pa', 15]]);
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

  it('does not count prefixes that pods keep in use', async () => {
    const world = new World().subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a');
    const scattered = ['10.0.0.16', '10.0.0.32', '10.0.0.48'];
    const base = world.node('n0', { home: 'subnet-0a', primary: 5, prefixes: true, running: 0, maxPods: 110 });
    const { networkInterfaces, ...rest } = base.snapshot({
      env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' },
    });
    const prefixes = ['10.0.0.16/28', '10.0.0.32/28', '10.0.0.48/28', '10.0.0.64/28', '10.0.0.80/28'];
    const enis = 'data' in networkInterfaces ? networkInterfaces.data : [];
    const pods = podTable(scattered.map((ip, i) => pod({ name: `p${i}`, node: 'n0', ip })));
    const run = await runOf({
      ...rest,
      networkInterfaces: { status: 'ok', data: enis.map((eni) => ({ ...eni, prefixes })) },
      pods: { status: 'ok', data: pods },
    } as never);
    // One prefix would do for three pods and two spare addresses, but each of three holds a pod: two of five go.
    expect(run.valueOf(warmRecommendation)).toMatchObject({ minimumIpTarget: 16, frees: 32 });
  });

  it('tells what smaller pools cost: more calls, and pods of a burst that wait', async () => {
    const rollout = (await adviceFor(cluster([18, 1, 1, 1])))!.rollout();
    expect(rollout.pods).toEqual([0, 1, 18, 1]);
    // The whole ENI kept warm covers the seventeen that come at once; two spare addresses do not.
    expect(rollout.now).toMatchObject({ podsThatWait: 0, longestWaitSeconds: 0 });
    expect(rollout.recommended).toMatchObject({ podsThatWait: 15 });
    // Fifteen wait and two come with each pass of five seconds.
    expect(rollout.recommended.longestWaitSeconds).toBe(40);
  });

  it('says nothing where nothing would come free', async () => {
    expect(await adviceFor(cluster([18, 17, 18]))).toBeUndefined();
  });
});
