import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import {
  formatCniVersion,
  has,
  type MaxPodsOptions,
  maxPods,
  parseCniVersion,
  vcpuCeiling,
} from '../../../src/calc/maxpods/index.ts';

const catalog = await loadCatalog();
const of = (name: string, options: MaxPodsOptions = {}) => maxPods(catalog.get(name)!, options);
const cni = (text: string) => ({ cniVersion: parseCniVersion(text)! });

describe('formula', () => {
  const rows: [string, MaxPodsOptions, string][] = [
    ['m5.large', {}, '3×(10−1)+2 = 29'],
    ['m5.large', { prefix: true }, '3×(10−1)×16+2 = 434'],
    ['m5.large', { customNetworking: true }, '(3−1)×(10−1)+2 = 20'],
    ['m5.large', { customNetworking: true, sgp: true, prefix: true }, '(3−1−1)×(10−1)×16+2 = 146'],
    ['m5.large', { maxEni: 2 }, '2×(10−1)+2 = 20'],
    ['m5.large', { maxEni: 2, customNetworking: true }, '(2−1)×(10−1)+2 = 11'],
    ['m5.large', { unmanagedEnis: 5 }, 'max(3−5,0)×(10−1)+2 = 2'],
    ['m5.large', { ipv6: true }, '3×(10−1)×16+2 = 434'],
    ['m5.large', { windows: true }, '10−1 = 9'],
    ['m5.large', { windows: true, prefix: true }, '(10−1)×16 = 144'],
    ['m4.large', { prefix: true }, '2×(10−1)+2 = 20'],
    ['hpc6id.32xlarge', { customNetworking: true }, '(1−1)×(50−1)+2 = 2'],
  ];
  it.each(rows)('%s %j', (name, options, text) => expect(of(name, options).formula).toBe(text));

  it('is true as it stands', () => {
    for (const name of ['m5.large', 't3.nano', 'p5.48xlarge', 'hpc6id.32xlarge', 'm5.metal']) {
      for (const [, options] of rows) {
        const { formula, theoreticalMaxPods } = of(name, options);
        const [left, right] = formula.split(' = ');
        const code = left!
          .replaceAll('×', '*')
          .replaceAll('−', '-')

          .replaceAll('max', 'Math.max');
        expect([new Function(`return ${code}`)(), Number(right)], `${name} ${formula}`).toEqual([
          theoreticalMaxPods,
          theoreticalMaxPods,
        ]);
      }
    }
  });
});

describe('deductions', () => {
  const reasons = (name: string, options: MaxPodsOptions) =>
    of(name, options).deductions.map(({ reason, enis }) => [reason, enis]);

  it('name every ENI that serves no pod', () => {
    expect(reasons('m5.4xlarge', { maxEni: 6, unmanagedEnis: 2, sgp: true, customNetworking: true })).toEqual([
      ['max-eni', 2],
      ['unmanaged', 2],
      ['trunk', 1],
      ['custom-networking', 1],
    ]);
    expect(of('m5.4xlarge', { maxEni: 6, unmanagedEnis: 2, sgp: true, customNetworking: true }).usableEnis).toBe(2);
  });

  it('ignore MAX_ENI below 1 and above the limit', () => {
    for (const maxEni of [-1, 0, 3, 9]) expect(of('m5.large', { maxEni }).usableEnis).toBe(3);
    expect(of('m5.large', { maxEni: 2 }).boundBy).toBe('max-eni');
    expect(of('hpc6id.32xlarge', { sgp: true, customNetworking: true }).boundBy).toBe('eni-slots');
  });

  it('take the primary once, under custom networking or an excluded subnet', () => {
    expect(reasons('m5.large', { excludePrimaryEni: true })).toEqual([['excluded-primary', 1]]);
    expect(reasons('m5.large', { excludePrimaryEni: true, customNetworking: true })).toEqual([
      ['custom-networking', 1],
    ]);
    expect(reasons('m5.large', { excludePrimaryEni: true, ...cni('1.21.0') })).toEqual([]);
  });

  it('keep a trunk slot on types that can trunk, on unlisted ones, and before v1.20.4 on all', () => {
    expect(reasons('t3.medium', { sgp: true })).toEqual([]);
    expect(reasons('t3.medium', { sgp: true, ...cni('1.20.3') })).toEqual([['trunk', 1]]);
    expect(reasons('hpc7a.96xlarge', { sgp: true })).toEqual([['trunk', 1]]);
    expect(of('hpc7a.96xlarge', { sgp: true }).branchEnis).toBe(0);
    expect(reasons('m5.large', { sgp: true, ...cni('1.6.4') })).toEqual([]);
  });

  it('leave no room for a trunk beside the only ENI', () => {
    expect(of('m5.large', { sgp: true }).branchEnis).toBe(9);
    expect(of('m5.large', { sgp: true, maxEni: 1 }).branchEnis).toBe(0);
  });

  it('take nothing off the primary where the trunk cannot come', () => {
    expect(of('m5.large', { sgp: true, maxEni: 1 })).toMatchObject({
      ipsForPods: 9,
      maxPods: 11,
      formula: '1×(10−1)+2 = 11',
    });
    expect(of('m5.large', { sgp: true, unmanagedEnis: 2 })).toMatchObject({ ipsForPods: 9, branchEnis: 0 });
    expect(of('m5.large', { sgp: true, maxEni: 2, unmanagedEnis: 2 })).toMatchObject({ ipsForPods: 9, branchEnis: 0 });
    expect(of('m5.large', { sgp: true, maxEni: 1, customNetworking: true })).toMatchObject({ ipsForPods: 0 });
    expect(of('m5.large', { sgp: true, maxEni: 2 })).toMatchObject({ ipsForPods: 9, branchEnis: 9 });
  });
});

describe('ceiling', () => {
  it('is 110 up to 30 vCPUs and 250 above', () => {
    expect([1, 30, 31, 448].map(vcpuCeiling)).toEqual([110, 110, 250, 250]);
    expect(vcpuCeiling(undefined)).toBeUndefined();
  });

  it('is unknown where vCPUs are, and the number uncapped', () => {
    const item = of('bmn-sf1.metal');
    expect([item.vcpus, item.ceiling.value, item.maxPods]).toEqual([null, null, 737]);
    expect(item.warnings.map((w) => w.id)).toContain('vcpus-unknown');
  });

  it('is 110 on Windows whatever the size', () => {
    expect(of('m5.24xlarge', { windows: true, prefix: true })).toMatchObject({
      maxPods: 110,
      theoreticalMaxPods: 784,
      boundBy: 'kubelet-default',
    });
  });
});

describe('bound by', () => {
  const bound = (name: string, options: MaxPodsOptions) => of(name, options).boundBy;

  it("is the one ENI of a Windows node, or kubelet's 110", () => {
    for (const name of ['t3.nano', 'm5.large', 'm5.24xlarge', 'p5.48xlarge']) {
      expect(bound(name, { windows: true }), name).toBe('eni-slots');
      expect(bound(name, { windows: true, maxEni: 2 }), name).toBe('eni-slots');
    }
    expect(bound('m5.large', { windows: true, prefix: true })).toBe('kubelet-default');
    expect(bound('t3.nano', { windows: true, prefix: true })).toBe('eni-slots');
  });

  it('is MAX_ENI only where one was given that takes ENIs', () => {
    for (const name of catalog.names) expect(bound(name, {}), name).not.toBe('max-eni');
    expect(bound('m5.large', { maxEni: 2 })).toBe('max-eni');
    expect(bound('m5.large', { sgp: true, maxEni: 1 })).toBe('max-eni');
  });
});

describe('reserved memory', () => {
  const reserved = (name: string, options: MaxPodsOptions = {}) => of(name, options).kubeReserved;
  const warned = (name: string, options: MaxPodsOptions = {}) =>
    of(name, options).warnings.find((w) => w.id === 'memory-reserved')?.message;

  it('is 255 MiB and 11 a pod, and too much above a third of the memory', () => {
    expect(reserved('t4g.small', { prefix: true })).toEqual({
      mib: 1465,
      ofMib: 2048,
      excessive: true,
      roomyMaxPods: 38,
    });
    expect(warned('t4g.small', { prefix: true })).toBe(
      'kubelet would reserve memory for 110 pods: 1465 of 2048 MiB (72 %); maxPods 38 leaves two thirds to the pods',
    );
    expect(reserved('t3.medium', { prefix: true })).toMatchObject({ excessive: true, roomyMaxPods: 100 });
    expect(warned('t3.large', { prefix: true })).toBeUndefined();
    expect(warned('m5.24xlarge')).toBeUndefined();
  });

  it('says so where no maxPods is small enough', () => {
    expect(warned('t3.nano')).toMatch(/299 of 512 MiB \(58 %\); the 255 MiB without any pod are too much already/);
    expect(reserved('t3.nano')).toMatchObject({ roomyMaxPods: 0 });
  });

  it('leaves two thirds at the number it names, and not at the next, on every type', () => {
    for (const name of catalog.names) {
      const memory = reserved(name, { prefix: true });
      if (!memory || memory.roomyMaxPods === 0) continue;
      expect((255 + 11 * memory.roomyMaxPods) * 3, name).toBeLessThanOrEqual(memory.ofMib);
      expect((255 + 11 * (memory.roomyMaxPods + 1)) * 3, name).toBeGreaterThan(memory.ofMib);
    }
  });

  it('is unknown on Windows and where the memory is', () => {
    expect(reserved('m5.large', { windows: true })).toBeNull();
    expect(reserved('mac-m3ultra.metal')).toBeNull();
  });
});

describe('types with two cards from some CNI release on', () => {
  const numbers = (name: string, version: string) => {
    const item = of(name, cni(version));
    return [item.enis, item.limits.networkCards, item.theoreticalMaxPods];
  };

  it('follow the release in question', () => {
    for (const name of ['i7ie.48xlarge', 'i7ie.metal-48xl']) {
      expect(numbers(name, '1.23.1'), name).toEqual([15, 1, 737]);
      expect(numbers(name, '1.18.0'), name).toEqual([15, 1, 737]);
      expect(numbers(name, '1.23.2'), name).toEqual([8, 2, 394]);
      expect(numbers(name, '1.24.0'), name).toEqual([8, 2, 394]);
    }
    for (const name of ['i8ge.48xlarge', 'i8ge.metal-48xl']) {
      expect(numbers(name, '1.23.1'), name).toEqual([24, 1, 1178]);
      expect(numbers(name, '2.0.0'), name).toEqual([12, 2, 590]);
    }
    expect(numbers('m5.large', '2.0.0')).toEqual([3, 1, 29]);
  });

  it('say both numbers, and which is used', () => {
    const said = (version: string) =>
      of('i7ie.48xlarge', cni(version)).warnings.find((w) => w.id === 'limits-by-cni')?.message;
    expect(said('1.23.1')).toBe(
      'up to CNI 1.23.1 15 ENIs on one card (formula 737, used here for 1.23.1); later, and for EC2, 8 on the first of 2 (394)',
    );
    expect(said('1.24.0')).toMatch(/8 on the first of 2 \(394, used here for 1\.24\.0\)$/);
  });
});

describe('podsPerCore', () => {
  it('lowers what kubelet admits, and is named as the bound', () => {
    expect(of('m5.large', { podsPerCore: 5 })).toMatchObject({
      maxPods: 10,
      theoreticalMaxPods: 29,
      boundBy: 'pods-per-core',
    });
    expect(of('m5.large', { podsPerCore: 50 })).toMatchObject({ maxPods: 29, boundBy: 'eni-slots' });
    expect(of('m5.large', { podsPerCore: 0 }).maxPods).toBe(29);
  });

  it('reaches kubelets, neither tables nor Bottlerocket', () => {
    const set = Object.fromEntries(of('m5.large', { podsPerCore: 5 }).authorities.map((a) => [a.id, a.maxPods]));
    expect(set).toMatchObject({
      nodeadm: 10,
      karpenter: 10,
      'managed-node-group': 10,
      'kubelet-default': 10,
      bottlerocket: 29,
      'eni-max-pods.txt': 29,
    });
  });
});

describe('subnet addresses of a full node', () => {
  const rows: [string, MaxPodsOptions, number, number][] = [
    ['m5.large', {}, 30, 0],
    ['m5.large', { prefix: true }, 113, 0],
    ['m5.large', { customNetworking: true }, 1, 20],
    ['m5.large', { customNetworking: true, prefix: true }, 1, 113],
    ['m5.large', { sgp: true }, 30, 0],
    ['m5.large', { ipv6: true }, 1, 0],
    ['m5.large', { windows: true }, 10, 0],
    ['hpc6id.32xlarge', { customNetworking: true }, 1, 0],
  ];
  it.each(rows)('%s %j', (name, options, nodeSubnet, podSubnet) => {
    expect(of(name, options).nodeAddresses).toEqual({ nodeSubnet, podSubnet });
  });
});

describe('warnings', () => {
  const ids = (name: string, options: MaxPodsOptions = {}) => of(name, options).warnings.map((w) => w.id);

  it('are silent on a plain node', () => expect(ids('m5.large')).toEqual([]));

  const rows: [string, string, MaxPodsOptions][] = [
    ['prefix-on-xen', 'm4.large', { prefix: true }],
    ['prefix-on-xen', 'cr1.8xlarge', { prefix: true }],
    ['prefix-cni-too-old', 'm5.large', { prefix: true, ...cni('1.8.0') }],
    ['prefix-cni-too-old', 'm5.metal', { prefix: true, ...cni('1.8.0') }],
    ['prefix-metal-cni-too-old', 'm5.metal', { prefix: true, ...cni('1.10.4') }],
    ['ipv6-on-xen', 'm4.large', { ipv6: true }],
    ['ipv6-custom-networking', 'm5.large', { ipv6: true, customNetworking: true }],
    ['ipv6-cni-too-old', 'm5.large', { ipv6: true, ...cni('1.9.3') }],
    ['ipv6-metal-cni-too-old', 'm5.metal', { ipv6: true, ...cni('1.10.4') }],
    ['ipv6-windows', 'm5.large', { ipv6: true, windows: true }],
    ['sgp-incompatible', 't3.medium', { sgp: true }],
    ['sgp-unlisted', 'hpc7a.96xlarge', { sgp: true }],
    ['sgp-cni-too-old', 'm5.large', { sgp: true, ...cni('1.6.0') }],
    ['sgp-cni-early', 'm5.large', { sgp: true, ...cni('1.7.5') }],
    ['sgp-ipv6-cni-too-old', 'm5.large', { sgp: true, ipv6: true, ...cni('1.15.0') }],
    ['custom-sgp-two-enis', 'c6g.medium', { sgp: true, customNetworking: true }],
    ['trunk-has-no-slot', 'm5.large', { sgp: true, maxEni: 1 }],
    ['no-address-left', 'hpc6id.32xlarge', { customNetworking: true }],
    ['max-eni-ignored', 'm5.large', { maxEni: 0 }],
    ['max-eni-clamped', 'm5.large', { maxEni: 4 }],
    ['multi-card', 'p5.48xlarge', {}],
    ['multi-nic-no-gain', 'p5.48xlarge', { multiNic: true }],
    ['multi-nic-one-card', 'm5.large', { multiNic: true }],
    ['multi-nic-cni-too-old', 'p5.48xlarge', { multiNic: true, ...cni('1.19.6') }],
    ['limits-by-cni', 'i8ge.48xlarge', {}],
    ['memory-reserved', 't4g.small', { prefix: true }],
    ['vcpus-inferred', 'm7g-flex.large', {}],
    ['vcpus-unknown', 'mac-m3ultra.metal', {}],
    ['not-in-published-table', 'i3.metal', {}],
    ['not-in-nodeadm', 'p3.2xlarge', {}],
    ['not-in-bottlerocket', 'm8i.large', {}],
    ['maxpods-above-addresses', 'm5.large', { customNetworking: true }],
    ['windows-default-above-addresses', 'm5.large', { windows: true }],
    ['windows-ignores', 'm5.large', { windows: true, sgp: true }],
  ];
  it.each(rows)('%s on %s %j', (id, name, options) => {
    expect(ids(name, options)).toContain(id);
    expect(ids('m5.large')).not.toContain(id);
  });

  it('name who admits more pods than get an address, by number', () => {
    const message = of('m5.large', { sgp: true }).warnings.find((w) => w.id === 'maxpods-above-addresses')?.message;
    expect(message).toBe(
      'AL2, AL2023, Bottlerocket, managed node groups, Karpenter: 29 pods admitted, 18 addresses + 2 host-network pods (branch pods aside): the rest hang in ContainerCreating',
    );
    expect(of('m5.large', { customNetworking: true, reservedEnis: 1 }).warnings[0]?.message).toMatch(
      /^AL2, AL2023, Bottlerocket: 29 /,
    );
  });

  it('do not stand where prefixes leave addresses enough', () => {
    expect(ids('m5.large', { prefix: true, sgp: true })).toEqual([]);
  });
});

describe('CNI version', () => {
  it('is read with or without v, with two parts, with a build', () => {
    for (const text of ['1.20.4', 'v1.20.4', 'v1.20.4-eksbuild.2'])
      expect(formatCniVersion(parseCniVersion(text)!)).toBe('1.20.4');
    expect(parseCniVersion('1.9')).toEqual({ major: 1, minor: 9, patch: 0 });
    for (const text of ['latest', '', '1', 'v', '1.2.3.4', '1.x']) expect(parseCniVersion(text)).toBeUndefined();
  });

  it('is compared number by number', () => {
    const versions = ['1.20.3', '1.20.4', '1.9.9', '1.21.0', '2.0.0', '0.99.99'];
    expect(versions.map((v) => has(parseCniVersion(v)!, 'trunkListRead'))).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('options', () => {
  it('refuse counts that are none', () => {
    for (const bad of [
      { maxEni: 1.5 },
      { maxEni: Number.NaN },
      { unmanagedEnis: -1 },
      { reservedEnis: -1 },
      { podsPerCore: -2 },
    ]) {
      expect(() => of('m5.large', bad)).toThrow(RangeError);
    }
  });
});
