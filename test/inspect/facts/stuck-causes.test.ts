import { describe, expect, it } from 'vitest';
import { stuckCauses } from '../../../src/inspect/facts/stuck-causes.ts';
import { cni, denied, eni, event, runOf, snapshot } from '../../support/snapshot-builder.ts';
import { custom, customSections, plain } from '../checks/cases/worlds.ts';
import { World } from '../checks/world.ts';

async function causeOf(world: World, pod: string, over: Parameters<World['snapshot']>[0] = {}) {
  return (await runOf(world.snapshot(over))).valueOf(stuckCauses)?.get(pod);
}

describe('stuckCauses', () => {
  it('leaves a pod alone whose node and subnets are in order', async () => {
    expect(await causeOf(plain().waiting('x', 'n1'), 'shop/x')).toBeUndefined();
  });

  it('believes the node daemon down before anything else on the node', async () => {
    const down = cni({
      env: customSections.env,
      pods: [{ name: 'aws-node-a1', node: 'a1', ready: false, phase: 'Running', restarts: 9 }],
    });
    const world = custom().hide('subnet-pa', 218).waiting('x', 'a1');
    expect(await causeOf(world, 'shop/x', { ...customSections, cni: down })).toBe('aws-node-down');
    expect(await causeOf(world, 'shop/x', customSections)).toBe('no-free-address');
  });

  it('tells a full node from an empty subnet by what the node holds', async () => {
    const full = new World()
      .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
      .node('n1', { home: 'subnet-0a', primary: 9, further: [9, 9], running: 27, maxPods: 110, waiting: 1 });
    expect(await causeOf(full.hide('subnet-0a', 221), 'shop/wait-n1-0')).toBe('node-full');
    const starved = new World()
      .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
      .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 18, maxPods: 110, waiting: 10 })
      .hide('subnet-0a', 231);
    expect(await causeOf(starved, 'shop/wait-n1-0')).toBe('no-free-address');
  });

  it('lets the pods alone decide where ENIs were not read', async () => {
    const full = new World()
      .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
      .node('n1', { home: 'subnet-0a', running: 27, maxPods: 110, waiting: 1 });
    const over = { networkInterfaces: denied('ec2:DescribeNetworkInterfaces') };
    expect(await causeOf(full, 'shop/wait-n1-0', over)).toBe('node-full');
  });

  it('does not take a failing network policy for a missing address', async () => {
    const world = custom().hide('subnet-pa', 218).waiting('x', 'a1');
    world.events.push(
      event({ kind: 'network-policy-setup-failed', object: { kind: 'Pod', namespace: 'shop', name: 'x' } }),
    );
    expect(await causeOf(world, 'shop/x', customSections)).toBeUndefined();
  });

  it('looks at the trunk, not at the pool, for pods on branch ENIs', async () => {
    const on = { env: { ENABLE_POD_ENI: 'true' } };
    const branch = () => plain().waiting('x', 'n1', { class: 'branch' });
    expect(await causeOf(branch(), 'shop/x')).toBe('branch-enis-off');
    expect(await causeOf(branch(), 'shop/x', on)).toBe('no-trunk');
    const trunk = eni({
      eniId: 'eni-t',
      type: 'trunk',
      subnetId: 'subnet-0a',
      attachedTo: 'i-n1',
      device: 2,
      primaryIp: '10.0.0.99',
    });
    const withTrunk = (world: World) => {
      world.enis.push(trunk);
      return world;
    };
    expect(await causeOf(withTrunk(branch()), 'shop/x', on)).toBeUndefined();
    expect(await causeOf(withTrunk(branch()).hide('subnet-0a', 231), 'shop/x', on)).toBe('no-free-address');
  });

  it('names no cause where only the pods are known', async () => {
    const whole = plain().hide('subnet-0a', 231).waiting('x', 'n1').snapshot();
    const run = await runOf({ ...snapshot(), collectedAt: whole.collectedAt, pods: whole.pods, events: whole.events });
    expect(run.valueOf(stuckCauses)).toEqual(new Map());
  });
});
