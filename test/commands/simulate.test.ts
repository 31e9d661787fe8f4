import { PassThrough, Readable } from 'node:stream';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { SimulateFlags } from '../../src/cli/simulate.ts';
import { NoVerdictError, UsageError } from '../../src/commands/exit-code.ts';
import type { Io } from '../../src/commands/io.ts';
import { run } from '../../src/commands/simulate.ts';
import { shop } from '../support/shop.ts';
import { denied } from '../support/snapshot-builder.ts';

async function printed(flags: Partial<SimulateFlags>, input: unknown = '', columns = 80): Promise<string> {
  const stdout = new PassThrough({ highWaterMark: 2 ** 26 });
  const stdin = Readable.from([typeof input === 'string' ? input : JSON.stringify(input)]);
  const io: Io = { stdin, stdout, stderr: new PassThrough(), env: { COLUMNS: String(columns) } };
  expect(await run(io, flags)).toBe(0);
  return String(stdout.read());
}

const json = async (flags: Partial<SimulateFlags>, input: unknown = '') =>
  JSON.parse(await printed({ output: ['json'], ...flags }, input));
const batch = async (...cases: unknown[]) => (await json({ input: '-' }, cases)).items;
const M5 = { instance: 'm5.large' };

describe('simulate --input', () => {
  it('answers each case under its id, over the defaults of the program', async () => {
    const [plain, prefix] = await batch(
      { id: 'a', kind: 'steady', instanceType: 'm5.large', pods: 1 },
      {
        id: 'b',
        kind: 'steady',
        instanceType: 'm5.large',
        config: { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '1' },
      },
    );
    expect(plain).toMatchObject({ id: 'a', kind: 'steady', enis: 2, podIPsHeld: 18, subnetIPs: 20, exact: true });
    expect(plain.ec2Calls).toEqual({ allocENI: 1, allocIPs: 1, deallocCidrs: 0, freeENI: 0 });
    expect(prefix).toMatchObject({ id: 'b', prefixes: 1 });
    // The manifest sets WARM_PREFIX_TARGET=1, the program does not: the container refuses to start.
    const [refused] = await batch({
      id: 'c',
      kind: 'steady',
      instanceType: 'm5.large',
      config: { ENABLE_PREFIX_DELEGATION: 'true' },
    });
    expect(refused).toMatchObject({ nodeInitFails: true, reasons: [expect.stringContaining('WARM_PREFIX_TARGET')] });
  });

  it('lets limits override the catalog, keeps Xen Xen, and says what it assumes of unknown types', async () => {
    const limits = { eniLimit: 2, ipv4PerEni: 6 };
    const config = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' };
    const [nitro, xen, unknown] = await batch(
      { id: 'n', kind: 'capacity', instanceType: 'm5.large', limits, config },
      { id: 'x', kind: 'capacity', instanceType: 'm4.large', limits, config },
      { id: 'u', kind: 'capacity', instanceType: 'zz.huge', limits, config },
    );
    expect(nitro).toMatchObject({ maxPodIPs: 160 });
    expect(xen).toMatchObject({ maxPodIPs: 10 });
    expect(unknown).toMatchObject({ maxPodIPs: 160, notes: [expect.stringContaining('Nitro assumed')] });
    expect(nitro.notes).toBeUndefined();
  });

  const bad: [string, unknown, RegExp][] = [
    ['no array', {}, /^standard input must hold a JSON array/],
    ['no JSON', 'nonsense', /^standard input is not JSON/],
    ['no object', [7], /^standard input, item 0: it must be an object/],
    ['no id', [{ kind: 'steady' }], /item 0: id must be a text/],
    ['no kind', [{ id: 'a' }], /item 0 \("a"\): kind must be a text/],
    ['an unknown kind', [{ id: 'a', kind: 'odd' }], /\("a"\): kind must be one of steady, after-churn/],
    [
      'a negative number',
      [{ id: 'a', kind: 'steady', instanceType: 'm5.large', pods: -1 }],
      /pods must be a whole number/,
    ],
    ['a fraction', [{ id: 'a', kind: 'steady', instanceType: 'm5.large', maxPods: 1.5 }], /maxPods must be/],
    ['a word', [{ id: 'a', kind: 'steady', instanceType: 'm5.large', pods: '9' }], /pods must be/],
    ['null', [{ id: 'a', kind: 'steady', instanceType: 'm5.large', limits: null }], /limits must be an object/],
    [
      'an unknown arrival',
      [{ id: 'a', kind: 'steady', instanceType: 'm5.large', arrival: 'late' }],
      /arrival must be oneByOne, burst or unknown/,
    ],
    ['a type of no limits', [{ id: 'a', kind: 'steady', instanceType: 'zz.huge' }], /catalog does not know/],
    [
      'a number for a text',
      [{ id: 'a', kind: 'steady', instanceType: 'm5.large', config: { MAX_ENI: 2 } }],
      /config.MAX_ENI must be a text/,
    ],
    [
      'a bad slot',
      [{ id: 'a', kind: 'after-churn', instanceType: 'm5.large', initial: [{ podsPerSlot: ['x'] }] }],
      /podsPerSlot must be a list/,
    ],
    [
      'an unknown step',
      [
        { id: 'ok', kind: 'capacity', instanceType: 'm5.large' },
        { id: 'a', kind: 'trace', instanceType: 'm5.large', script: ['jump'] },
      ],
      /item 1 \("a"\): the script has an unknown step: jump/,
    ],
  ];
  it.each(bad)('refuses %s, and names the item', async (_, input, why) => {
    await expect(printed({ input: '-' }, input)).rejects.toThrow(why);
    await expect(printed({ input: '-' }, input)).rejects.toThrow(UsageError);
  });

  it('shows every kind on a screen', async () => {
    const cases = [
      { id: 'steady', kind: 'steady', instanceType: 'm5.large', pods: 3 },
      {
        id: 'range',
        kind: 'steady',
        instanceType: 'm5.large',
        pods: 60,
        config: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' },
      },
      { id: 'trace', kind: 'trace', instanceType: 'm5.large', script: ['boot', '+3 pods', 'pass 1'] },
      { id: 'windows', kind: 'windows', instanceType: 'm5.large', pods: 2 },
      {
        id: 'v6',
        kind: 'ipv6',
        instanceType: 'm5.large',
        config: {
          ENABLE_IPv4: 'false',
          ENABLE_IPv6: 'true',
          ENABLE_PREFIX_DELEGATION: 'true',
          WARM_PREFIX_TARGET: '1',
        },
      },
      { id: 'both', kind: 'steady', instanceType: 'm5.large', config: { ENABLE_IPv6: 'true' } },
      { id: 'swing', kind: 'oscillation', instanceType: 'm5.large', pods: 9, config: { WARM_ENI_TARGET: '0' } },
      { id: 'room', kind: 'capacity', instanceType: 'm5.large' },
    ];
    const text = await printed({ input: '-' }, cases);
    for (const { id } of cases) expect(text).toContain(id);
    expect(text).toMatch(/both .* exits$/m);
    expect(text).toContain('both: ENABLE_IPv4 and ENABLE_IPv6 are both on: ipamd exits');
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('simulate --instance', () => {
  it("starts from the manifest's defaults, with the safe maxPods and where it comes from", async () => {
    const report = await json({ ...M5, pods: '0,1' });
    expect(report).toMatchObject({ kind: 'Simulation', schemaVersion: 1, question: 'node', now: null });
    expect(report.node).toMatchObject({ maxPods: 29, maxPodsFrom: '3×(10−1)+2', eniLimit: 3, hypervisor: 'nitro' });
    expect(report.settings).toMatchObject({ starts: true, targets: [{ variable: 'WARM_ENI_TARGET', value: 1 }] });
    expect(report.items.map((item: { pods: number; enis: number }) => [item.pods, item.enis])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const prefix = await json({ ...M5, env: ['ENABLE_PREFIX_DELEGATION=true'] });
    expect(prefix.node).toMatchObject({ maxPods: 110, maxPodsFrom: 'recommended cap for its vCPUs' });
    expect(prefix.items.at(-1).pods).toBe(108);
  });

  it('takes what the flags say', async () => {
    const { node, items } = await json({
      ...M5,
      env: ['ENABLE_POD_ENI=true'],
      eniLimit: 4,
      ipv4PerEni: 6,
      maxPods: 40,
      branchPods: 2,
      freeIps: 'node=30',
      pods: '10',
      seed: 3,
    });
    expect(node).toMatchObject({
      eniLimit: 4,
      ipv4PerEni: 6,
      maxPods: 40,
      maxPodsFrom: 'as given',
      branchPods: 2,
      seed: 3,
    });
    expect(node.subnets).toEqual([{ name: 'node', subnetId: null, freeIPs: 30, freeBlocks28: null }]);
    // 3 data ENIs of 5 slots, trunk, primary addresses, two branch ENIs.
    expect(items[0]).toMatchObject({ trunkENIs: 1, branchENIs: 2, podIPsHeld: 15, subnetIPs: 15 + 3 + 1 + 2 });
  });

  it('counts blocks as well as addresses in prefix mode', async () => {
    const asked = { ...M5, env: ['ENABLE_PREFIX_DELEGATION=true'], pods: '60' };
    expect((await json({ ...asked, freeIps: 'node=200' })).items[0]).toMatchObject({ podsWithoutIP: 0 });
    const scarce = (await json({ ...asked, freeIps: 'node=200,node-blocks=2' })).items[0];
    expect(scarce).toMatchObject({ prefixes: 2, podsWithoutIP: 28 });
  });

  it('says what ipamd makes of bad settings, and ends well', async () => {
    const env = ['WARM_IP_TARGET=-1', 'MAX_ENI=two', 'WARM_IP_TARGT=3', 'ENABLE_IPV4=true'];
    const text = await printed({ ...M5, env, pods: '1' });
    expect(text).toContain('WARM_IP_TARGET=-1: negative, ipamd uses 0 = unset');
    expect(text).toContain('MAX_ENI=two: not a whole number');
    expect(text).toContain('does not read WARM_IP_TARGT; did you mean WARM_IP_TARGET');
    expect(text).toContain('did you mean ENABLE_IPv4');
  });

  it.each([
    ['both families', ['ENABLE_IPv6=true'], /IPv4 and IPv6 are both on: ipamd exits/],
    ['none', ['ENABLE_IPv4=false'], /both off/],
    ['prefixes with no target', ['ENABLE_PREFIX_DELEGATION=true', 'WARM_PREFIX_TARGET=0'], /container exits/],
    ['no ENI left', ['AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=true', 'MAX_ENI=1'], /leaves no ENI for pods/],
  ])('says plainly that aws-node exits: %s', async (_, env, why) => {
    const text = (await printed({ ...M5, env, pods: '1' })).replace(/\s+/g, ' ');
    expect(text).toMatch(why);
    expect(text).toContain('aws-node exits');
    expect(text).not.toContain('STEP BY STEP');
  });

  it('has the items of a node that never starts where settings are refused', async () => {
    const { items, settings } = await json({ ...M5, env: ['ENABLE_IPv6=true'], pods: '0,4' });
    expect(settings.starts).toBe(false);
    expect(items).toMatchObject([{ pods: 0 }, { pods: 4, nodeInitFails: true, podsWithoutIP: 4 }]);
    expect(items[1].reasons[0]).toContain('both on');
  });

  it('warns that prefixes do nothing on Xen', async () => {
    const text = await printed({ instance: 'm4.large', env: ['ENABLE_PREFIX_DELEGATION=true'], pods: '1' });
    expect(text.replace(/\s+/g, ' ')).toContain('neither Nitro nor bare metal: ipamd assigns single addresses');
  });

  it('takes an unknown type with its limits, and says what is assumed', async () => {
    const text = await printed({ instance: 'zz.huge', eniLimit: 2, ipv4PerEni: 4, pods: '0' });
    expect(text).toContain('zz.huge is not in the catalog: Nitro');
    await expect(printed({ instance: 'm5.larg' })).rejects.toThrow(/did you mean m5\.large.*or give --eni-limit/);
  });

  const refused: [string, Partial<SimulateFlags>, RegExp][] = [
    ['nothing to simulate', {}, /simulate what/],
    ['two things', { ...M5, input: '-' }, /exclude each other/],
    ['a node of nothing', { ...M5, node: 'a' }, /--node is a node of a snapshot/],
    ['what is no list', { ...M5, pods: '1-9' }, /--pods 1-9/],
    ['what is no setting', { ...M5, env: ['WARM_IP_TARGET'] }, /must be NAME=VALUE/],
    ['an empty name', { ...M5, env: ['=1'] }, /must be NAME=VALUE/],
    ['no ENI', { ...M5, eniLimit: 0 }, /--eni-limit must be 1/],
    ['a subnet nothing asks for', { ...M5, freeIps: 'pod=4' }, /ENIConfig/],
    ['an unknown subnet', { ...M5, freeIps: 'pods=4' }, /must be node=12/],
    ['an empty comparison', { ...M5, compare: [' '] }, /--compare needs settings/],
    [
      'too many comparisons',
      { ...M5, compare: Array.from({ length: 9 }, (_, n) => `WARM_IP_TARGET=${n}`) },
      /at most 8/,
    ],
    ['an unknown format', { ...M5, output: ['toml'] }, /unknown output format/],
    ['a format of other commands', { ...M5, output: ['junit'] }, /junit does not write simulate; it writes inspect/],
  ];
  it.each(refused)('refuses %s', async (_, flags, why) => {
    await expect(printed(flags)).rejects.toThrow(why);
    await expect(printed(flags)).rejects.toThrow(UsageError);
  });

  it('prints the next command with everything that was given', async () => {
    const [command] = (await json({ instance: 'm5.large', maxPods: 20, env: ['MAX_ENI=2'], pods: '0' })).next;
    expect(command).toBe(
      'vpccni simulate --instance m5.large --max-pods 20 --env MAX_ENI=2 --compare WARM_IP_TARGET=2,MINIMUM_IP_TARGET=9',
    );
  });
});

describe('the smaller pool that simulate offers', () => {
  const types = ['t3.nano', 't3.medium', 'm5.large', 'c6g.medium', 'm5.4xlarge', 'm4.large', 'p5.48xlarge'];
  const prefixes = ['ENABLE_PREFIX_DELEGATION=true'];
  const custom = ['AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=true'];
  const cases = types.flatMap((instance) =>
    [[], prefixes, custom, ['WARM_ENI_TARGET=0'], [...prefixes, 'WARM_PREFIX_TARGET=3']].map((env) => ({
      instance,
      env,
    })),
  );

  it.each(cases)('is smaller on $instance with $env, or not offered', async ({ instance, env }) => {
    const [command] = (await json({ instance, env, pods: '0' })).next;
    if (command === undefined) return;
    const compare = [command.slice(command.indexOf('--compare ') + '--compare '.length)];
    const { items } = await json({ instance, env, compare });
    const [now, offered] = items.map((item: { averageSubnetIPs: number | { max: number } }) =>
      typeof item.averageSubnetIPs === 'number' ? item.averageSubnetIPs : item.averageSubnetIPs.max,
    );
    expect(offered, command).toBeLessThan(now);
    const [empty, offeredEmpty] = items.map((item: { steps: { subnetIPs: number }[] }) => item.steps[0]!.subnetIPs);
    expect(offeredEmpty, command).toBeLessThanOrEqual(empty);
  });

  it('is offered where one is', async () => {
    const offer = async (flags: Partial<SimulateFlags>) => (await json({ pods: '0', ...flags })).next.join();
    expect(await offer({ instance: 'm5.large' })).toContain('WARM_IP_TARGET=2,MINIMUM_IP_TARGET=9');
    expect(await offer({ instance: 'm5.large', env: prefixes })).toContain('WARM_IP_TARGET=2,MINIMUM_IP_TARGET=16');
    expect(await offer({ instance: 'm5.large', env: ['WARM_ENI_TARGET=0'] })).toBe('');
  });
});

describe('simulate --compare', () => {
  it('puts settings beside the defaults, unless one of them is the default', async () => {
    const one = await json({ ...M5, compare: ['WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12'] });
    expect(one.items.map((item: { label: string }) => item.label)).toEqual([
      'manifest defaults',
      'WARM_IP_TARGET=2 MINIMUM_IP_TARGET=12',
    ]);
    const two = await json({ ...M5, compare: ['WARM_ENI_TARGET=1', 'WARM_IP_TARGET=2 MINIMUM_IP_TARGET=12'] });
    expect(two.items.map((item: { label: string }) => item.label)).toEqual([
      'WARM_ENI_TARGET=1',
      'WARM_IP_TARGET=2 MINIMUM_IP_TARGET=12',
    ]);
    expect(two.pods).toEqual(one.pods);
    expect(two.items[0].averageSubnetIPs).toEqual(one.items[0].averageSubnetIPs);
  });

  it('lays each over the common settings', async () => {
    const { items } = await json({ ...M5, env: ['MAX_ENI=2'], compare: ['WARM_ENI_TARGET=0'], pods: '18' });
    expect(items.map((item: { steps: { enis: number }[] }) => item.steps[0]!.enis)).toEqual([2, 2]);
    expect(items[1].settings.env).toEqual({ MAX_ENI: '2', WARM_ENI_TARGET: '0' });
  });

  it('shows settings that aws-node refuses beside those that work', async () => {
    const text = await printed({ ...M5, compare: ['ENABLE_IPv6=true', 'WARM_IP_TARGET=x'] });
    expect(text).toMatch(/A +exits/);
    expect(text).toContain('✖ A  ENABLE_IPv6=true');
    expect(text).toContain('! B  WARM_IP_TARGET=x: not a whole number');
  });
});

describe('simulate --from', () => {
  const from = { from: '-' };
  const [first] = (() => {
    const { nodes } = shop();
    return nodes.status === 'ok' ? nodes.data.map((node) => node.name) : [];
  })();

  it('goes from now to full and back', async () => {
    const report = await json({ ...from, node: first! }, shop());
    expect(report.generatedAt).toBe(shop().collectedAt);
    expect(report.node).toMatchObject({ name: first, cluster: expect.any(String) });
    expect(report.now.podIPsHeld).toBeGreaterThan(0);
    const pods = report.items.map((item: { pods: number }) => item.pods);
    expect(pods[0]).toBe(report.now.pods);
    expect(pods.at(-1)).toBe(0);
    expect(Math.max(...pods)).toBeGreaterThan(report.now.pods);
  });

  it('compares with the settings of the DaemonSet', async () => {
    const { items } = await json({ ...from, node: first!, compare: ['WARM_IP_TARGET=4'] }, shop());
    expect(items.map((item: { label: string }) => item.label)).toEqual(['as it is', 'WARM_IP_TARGET=4']);
    expect(items[0].settings.defaults).toBe('daemonset');
  });

  it('names the nodes it has', async () => {
    await expect(printed(from, shop())).rejects.toThrow(new RegExp(`which node\\? --node NAME, one of .*${first}`));
    await expect(printed({ ...from, node: `${first}x` }, shop())).rejects.toThrow(`did you mean ${first}?`);
  });

  it('has no verdict where the node was not read', async () => {
    const blind = shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') });
    await expect(printed({ ...from, node: first! }, blind)).rejects.toThrow(/needs ec2:DescribeNetworkInterfaces/);
    await expect(printed({ ...from, node: first! }, blind)).rejects.toThrow(NoVerdictError);
  });
});

describe('simulate screens', () => {
  const width = (line: string) => [...line].length;
  const screens: [string, Partial<SimulateFlags>][] = [
    ['defaults', M5],
    ['a large type', { instance: 'm5.24xlarge', pods: '0..735:105', maxPods: 737 }],
    ['prefixes with ranges', { ...M5, env: ['ENABLE_PREFIX_DELEGATION=true', 'WARM_PREFIX_TARGET=3'] }],
    [
      'custom networking and a trunk',
      {
        instance: 'm5.4xlarge',
        env: ['AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=true', 'ENABLE_POD_ENI=true'],
        branchPods: 9,
      },
    ],
    ['no rest', { ...M5, env: ['WARM_ENI_TARGET=0'] }],
    ['IPv6', { ...M5, env: ['ENABLE_IPv6=true', 'ENABLE_IPv4=false', 'ENABLE_PREFIX_DELEGATION=true'] }],
    ['a full subnet', { ...M5, freeIps: 'node=14' }],
    ['one address per ENI', { instance: 'zz.huge', eniLimit: 1, ipv4PerEni: 1, pods: '0,2' }],
    ['a comparison', { ...M5, compare: ['WARM_IP_TARGET=2', 'ENABLE_PREFIX_DELEGATION=true', 'WARM_ENI_TARGET=0'] }],
  ];

  for (const columns of [80, 140]) {
    it.each(screens)(`%s fits ${columns} columns, numbers whole`, async (_, flags) => {
      const text = await printed(flags, '', columns);
      const lines = text.split('\n').filter((line) => !line.startsWith('  vpccni '));
      expect(lines.filter((line) => width(line) > columns)).toEqual([]);
      expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
      expect(text).not.toMatch(/\d…/);
    });
  }

  it('are plain ASCII when told so', async () => {
    for (const [, flags] of screens) expect(await printed({ ...flags, ascii: true })).toMatch(/^[\x0a\x20-\x7e]*$/);
  });

  it('draw each slot where there is room', async () => {
    const rows = (await printed({ ...M5, pods: '0,1,27' })).split('\n').filter((line) => /^ +\d/.test(line));
    expect(rows[0]).toMatch(/ {2}▓{9}$/);
    expect(rows[1]).toMatch(/ [█▓]{9} [█▓]{9}$/);
    expect([...rows[1]!].filter((cell) => cell === '█')).toHaveLength(1);
    expect(rows[2]).toMatch(/ █{9} █{9} █{9}$/);
  });
});

describe('simulate offline', () => {
  it('loads no SDK unless a cluster is asked', async () => {
    const { metafile } = await build({
      entryPoints: ['src/commands/simulate.ts'],
      bundle: true,
      splitting: true,
      metafile: true,
      write: false,
      format: 'esm',
      platform: 'node',
      outdir: 'out',
      define: { __VPCCNI_VERSION__: '"0"' },
    });
    const loaded = new Set(['out/simulate.js']);
    for (const file of loaded)
      for (const each of metafile.outputs[file]!.imports)
        if (each.kind === 'import-statement' && metafile.outputs[each.path]) loaded.add(each.path);
    const inputs = [...loaded].flatMap((file) => Object.keys(metafile.outputs[file]!.inputs));
    expect(inputs).toContain('src/commands/simulate.ts');
    expect(inputs.filter((input) => /@aws-sdk|@smithy|@kubernetes|collect\/(aws|runner)/.test(input))).toEqual([]);
  });
});
