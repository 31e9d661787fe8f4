import { describe, expect, it } from 'vitest';
import {
  type Env,
  type NodeLimits,
  parseSettings,
  type SimEvent,
  type Simulation,
  type SimulationOptions,
  simulate,
} from '../../../../src/calc/ipamd/index.ts';

const small: NodeLimits = {
  eniLimit: 3,
  ipv4PerEni: 4,
  trunkingCompatible: true,
  branchEniLimit: 2,
  prefixCapable: true,
};

function nodeWith(env: Env, options: Partial<SimulationOptions> = {}): Simulation {
  const settings = parseSettings({ ENABLE_IPv4: 'true', ...env }, { defaults: 'binary' });
  return simulate({ settings, limits: small, maxPods: 110, log: true, ...options });
}

const called = (simulation: Simulation): string[] =>
  simulation
    .events()
    .filter((event): event is Extract<SimEvent, { kind: 'call' }> => event.kind === 'call')
    .map(({ at, call, count, result }) => `${at} ${call.replace(/[a-z]+/g, '')} ${count} ${result}`);
const timesOf = (simulation: Simulation, kind: SimEvent['kind']): number[] =>
  simulation.events().flatMap((event) => (event.kind === kind ? [event.at] : []));

describe('cooldowns', () => {
  it('keeps the address of a removed pod back for 30 s', () => {
    const node = nodeWith({ MAX_ENI: '1' });
    node.boot();
    node.addPods(3);
    node.removePods(1);
    node.addPods(1);
    node.run(30);
    expect([node.holdings().podsWithoutIP, node.view().cooling]).toEqual([1, 1]);
    node.pass();
    expect([node.holdings().podsWithoutIP, node.view().cooling]).toEqual([0, 0]);
  });

  it('follows IP_COOLDOWN_PERIOD', () => {
    const node = nodeWith({ MAX_ENI: '1', IP_COOLDOWN_PERIOD: '0' });
    node.boot();
    node.addPods(3);
    node.removePods(1);
    node.addPods(1);
    node.pass();
    expect(node.holdings().podsWithoutIP).toBe(0);
  });

  it('gives surplus back at most every 30 s, cooling or not, and ENIs from one minute on', () => {
    const slots = [{ pods: 0 }, { pods: 0 }, { pods: 0 }];
    const node = nodeWith(
      { WARM_IP_TARGET: '1' },
      {
        initial: [
          { kind: 'primary', slots: [{ pods: 1 }, { pods: 0 }] },
          { kind: 'secondary', slots },
        ],
      },
    );
    node.boot();
    node.pass();
    expect(node.holdings().secondaryIPs).toBe(2);
    node.addPods(1);
    node.pass();
    node.removePods(1);
    const before = node.holdings().secondaryIPs;
    node.run(20);
    expect(node.holdings().secondaryIPs).toBe(before);
    node.run(10);
    expect(node.holdings().secondaryIPs).toBe(2);
  });

  it('releases an empty ENI once ipamd has known it for 60 s', () => {
    const slots = [{ pods: 0 }, { pods: 0 }, { pods: 0 }];
    const node = nodeWith(
      {},
      {
        initial: [
          { kind: 'primary', slots },
          { kind: 'secondary', slots },
        ],
      },
    );
    node.boot();
    node.run(60);
    expect(node.holdings().enis).toBe(2);
    node.pass();
    expect([node.holdings().enis, node.holdings().subnetIPs, node.holdings().ec2Calls.freeENI]).toEqual([1, 4, 1]);
  });
});

describe('shortage', () => {
  it('pauses for 120 s when a new ENI does not fit', () => {
    const node = nodeWith({}, { subnets: { node: { freeIPs: 5 } } });
    node.boot();
    node.addPods(1);
    node.run(260);
    const [first = 0, second = 0, third = 0] = timesOf(node, 'pause');
    expect([first, second - first, third - second]).toEqual([2.5, 125, 125]);
    expect(node.view().pausedSeconds).toBeGreaterThan(0);
  });

  it('repeats failing top-ups every pass, without a pause, when no ENI slot is left and discovery is on', () => {
    const node = nodeWith({ MAX_ENI: '1', WARM_IP_TARGET: '3' }, { subnets: { node: { freeIPs: 2 } } });
    node.boot();
    node.run(10);
    expect(called(node)).toEqual([
      '0 APIA 3 InsufficientFreeAddressesInSubnet',
      '0 APIA 1 ok',
      '2.5 APIA 2 InsufficientFreeAddressesInSubnet',
      '2.5 APIA 1 InsufficientFreeAddressesInSubnet',
      '7.5 APIA 2 InsufficientFreeAddressesInSubnet',
      '7.5 APIA 1 InsufficientFreeAddressesInSubnet',
    ]);
    expect(timesOf(node, 'pause')).toEqual([]);
  });

  it('pauses after the first ENI that fails when discovery is off', () => {
    const node = nodeWith({ ENABLE_SUBNET_DISCOVERY: 'false' }, { subnets: { node: { freeIPs: 1 } } });
    node.boot();
    node.run(20);
    expect(timesOf(node, 'pause')).toEqual([0]);
    expect(called(node)).toHaveLength(2);
  });

  it('needs whole blocks in prefix mode, however many addresses are free', () => {
    const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const node = nodeWith(env, { subnets: { node: { freeIPs: 200, freeBlocks28: 1 } } });
    node.boot();
    node.addPods(1);
    node.run(20);
    expect([node.holdings().prefixes, node.holdings().subnetIPs]).toEqual([1, 17]);
  });
});

describe('failing calls', () => {
  it('fails start-up on an error that is no shortage', () => {
    const failures = [
      { call: 'AssignPrivateIpAddresses', error: 'UnauthorizedOperation', from: 0, until: 100 },
    ] as const;
    const node = nodeWith({}, { failures });
    expect(node.boot()).toBe(false);
    expect(node.view()).toMatchObject({
      ready: false,
      failure: 'EC2 refused the first addresses: UnauthorizedOperation',
      podIPsHeld: 0,
    });
  });

  it('retries a refused ENI at every pass, without a pause', () => {
    const failures = [{ call: 'CreateNetworkInterface', error: 'InvalidParameterValue', from: 0, until: 12 }] as const;
    const node = nodeWith({}, { failures });
    node.boot();
    node.addPods(1);
    node.run(15);
    expect(called(node)).toEqual([
      '0 APIA 3 ok',
      '2.5 CNI 3 InvalidParameterValue',
      '7.5 CNI 3 InvalidParameterValue',
      '12.5 CNI 3 ok',
    ]);
    expect(timesOf(node, 'pause')).toEqual([]);
  });

  it('finds addresses again that EC2 would not take back', () => {
    const failures = [{ call: 'UnassignPrivateIpAddresses', error: 'InternalError', from: 0, until: 5 }] as const;
    const initial = [{ kind: 'primary' as const, slots: [{ pods: 0 }, { pods: 0 }, { pods: 0 }] }];
    const node = nodeWith({ WARM_IP_TARGET: '1' }, { failures, initial });
    node.boot();
    node.pass();
    expect([node.holdings().secondaryIPs, node.holdings().subnetIPs]).toEqual([1, 4]);
    node.settle(200, 1000);
    expect([node.holdings().secondaryIPs, node.holdings().subnetIPs]).toEqual([1, 2]);
    expect(timesOf(node, 'adopted')).toHaveLength(1);
  });

  it('adopts an ENI again that could not be deleted, as a new one', () => {
    const slots = [{ pods: 0 }, { pods: 0 }, { pods: 0 }];
    const failures = [{ call: 'DeleteNetworkInterface', error: 'InternalError', from: 0, until: 65 }] as const;
    const node = nodeWith(
      {},
      {
        failures,
        initial: [
          { kind: 'primary', slots },
          { kind: 'secondary', slots },
        ],
      },
    );
    node.boot();
    node.run(65);
    expect(node.holdings()).toMatchObject({ enis: 2, secondaryIPs: 3, subnetIPs: 8 });
    node.pass();
    expect(node.holdings()).toMatchObject({ enis: 2, secondaryIPs: 6, subnetIPs: 8 });
    node.settle(200, 1000);
    expect(node.holdings()).toMatchObject({ enis: 1, secondaryIPs: 3, subnetIPs: 4 });
  });
});

describe('a cordoned node', () => {
  it('neither grows nor releases ENIs, and still gives surplus addresses back', () => {
    const slots = [{ pods: 0 }, { pods: 0 }, { pods: 0 }];
    const node = nodeWith(
      { WARM_IP_TARGET: '1' },
      {
        initial: [
          { kind: 'primary', slots },
          { kind: 'secondary', slots },
        ],
      },
    );
    node.boot();
    node.cordon(true);
    node.run(120);
    expect(node.holdings()).toMatchObject({ enis: 2, secondaryIPs: 1 });
    node.addPods(2);
    node.run(60);
    expect(node.holdings()).toMatchObject({ secondaryIPs: 1, podsWithoutIP: 1 });
    node.cordon(false);
    node.run(10);
    expect(node.holdings().podsWithoutIP).toBe(0);
  });

  it('does both when told to manage ENIs there', () => {
    const node = nodeWith({ WARM_IP_TARGET: '1', AWS_MANAGE_ENIS_NON_SCHEDULABLE: 'true' });
    node.boot();
    node.cordon(true);
    node.addPods(5);
    node.run(60);
    expect(node.holdings().podsWithoutIP).toBe(0);
  });
});

describe('security groups for pods', () => {
  it('has the trunk attached 8 s after start-up and known at the next reconcile', () => {
    const node = nodeWith({ ENABLE_POD_ENI: 'true' });
    node.boot();
    node.addPods(8);
    node.run(40);
    const trunk = node.events().flatMap((event) => (event.kind === 'trunk' ? [`${event.at} ${event.what}`] : []));
    expect(trunk).toEqual(['0 asked', '10 attached', '10 known']);
    expect(node.holdings()).toMatchObject({ enis: 3, trunkENIs: 1, dataENIs: 2, podsWithoutIP: 2, subnetIPs: 9 });
  });

  it('never comes on a node that already uses every ENI slot', () => {
    const full = { slots: [{ pods: 1 }, { pods: 1 }, { pods: 1 }] };
    const initial = [
      { kind: 'primary' as const, ...full },
      { kind: 'secondary' as const, ...full },
      { kind: 'secondary' as const, ...full },
    ];
    const node = nodeWith({ ENABLE_POD_ENI: 'true' }, { initial });
    node.boot();
    node.run(300);
    expect(node.holdings()).toMatchObject({ enis: 3, trunkENIs: 0 });
    expect(timesOf(node, 'trunk')).toEqual([]);
  });

  it('keeps the slot and address of a removed branch pod for 60 to 90 s', () => {
    const node = nodeWith({ ENABLE_POD_ENI: 'true' });
    node.boot();
    node.run(20);
    node.addBranchPods(2);
    const full = node.holdings().subnetIPs;
    node.removeBranchPods(1);
    node.addBranchPods(1);
    node.run(60);
    expect(node.view()).toMatchObject({ branchENIs: 1, branchCooling: 1, branchWaiting: 1, subnetIPs: full });
    node.run(30);
    expect(node.view()).toMatchObject({ branchENIs: 2, branchCooling: 0, branchWaiting: 0, subnetIPs: full });
  });
});

describe('leftovers', () => {
  it('gives unused single addresses back at start-up when prefixes were switched on, and keeps used ones', () => {
    const initial = [
      {
        kind: 'primary' as const,
        slots: [
          { pods: 1, prefix: false },
          { pods: 0, prefix: false },
        ],
      },
    ];
    const node = nodeWith({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' }, { initial });
    node.boot();
    const primary = node.view().eniViews[0]!;
    expect(primary.slots.map((slot) => `${slot.size}:${slot.assigned}`).sort()).toEqual(['16:0', '1:1']);
    expect(node.holdings()).toMatchObject({ podIPsHeld: 16, subnetIPs: 18 });
  });

  it('returns a prefix left over from prefix mode with its last pod', () => {
    const initial = [{ kind: 'primary' as const, slots: [{ pods: 1, prefix: true }] }];
    const node = nodeWith({ WARM_IP_TARGET: '1' }, { initial });
    node.boot();
    expect(node.holdings().subnetIPs).toBe(1 + 16 + 1);
    node.removePods(1);
    expect(node.holdings().subnetIPs).toBe(1 + 1);
  });

  it('drops an emptied address of an excluded ENI from the store and leaves it with EC2', () => {
    const initial = [
      { kind: 'primary' as const, slots: [{ pods: 0 }] },
      { kind: 'secondary' as const, excluded: true, slots: [{ pods: 1 }, { pods: 0 }] },
    ];
    const node = nodeWith({ WARM_IP_TARGET: '1' }, { initial });
    node.boot();
    const before = node.holdings().subnetIPs;
    expect(node.view().eniViews[1]?.slots).toEqual([{ size: 1, assigned: 1, cooling: 0 }]);
    node.removePods(1);
    node.pass();
    expect(node.view().eniViews[1]?.slots).toEqual([]);
    expect(node.holdings().subnetIPs).toBe(before);
    node.settle(200, 1000);
    expect(node.holdings()).toMatchObject({ enis: 1, subnetIPs: 2 });
  });
});

describe('a simulation', () => {
  it('is the same for the same seed and differs between seeds', () => {
    const run = (seed: number): string => {
      const node = nodeWith({ ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' }, { seed, log: false });
      node.boot();
      for (let round = 0; round < 40; round++) {
        node.addPods(5);
        node.pass();
        node.removePods(4);
      }
      return JSON.stringify(node.view());
    };
    expect(run(7)).toBe(run(7));
    expect(new Set([1, 2, 3, 4].map(run)).size).toBeGreaterThan(1);
  });

  it('says that a node without a steady state never settles', () => {
    const node = nodeWith({ WARM_ENI_TARGET: '0' });
    node.boot();
    node.addPods(3);
    expect(node.settle(200, 2000)).toBe(false);
    const freed = called(node).filter((call) => call.includes('DNI')).length;
    expect(freed).toBeGreaterThan(2000 / 70);
  });

  it('does nothing when provisioning is off', () => {
    const node = nodeWith(
      { DISABLE_NETWORK_RESOURCE_PROVISIONING: 'true' },
      { initial: [{ kind: 'primary', slots: [{ pods: 0 }] }] },
    );
    node.boot();
    node.addPods(3);
    node.run(60);
    expect(node.holdings()).toMatchObject({ secondaryIPs: 1, podsWithoutIP: 2 });
    expect(called(node)).toEqual([]);
  });
});

describe('a network card above 0', () => {
  it('holds one ENI with one address at idle', () => {
    const node = nodeWith({ ENABLE_MULTI_NIC: 'true', WARM_ENI_TARGET: '3' }, { card: 1 });
    node.boot();
    node.run(300);
    expect(node.holdings()).toMatchObject({ enis: 1, secondaryIPs: 1, subnetIPs: 2 });
  });

  it('releases and asks for a prefix for ever', () => {
    const env = { ENABLE_MULTI_NIC: 'true', ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const node = nodeWith(env, { card: 1 });
    node.boot();
    expect(node.settle(100, 1000)).toBe(false);
    expect(node.holdings().ec2Calls.deallocCidrs).toBeGreaterThan(20);
  });
});
