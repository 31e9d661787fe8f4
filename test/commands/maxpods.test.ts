import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { MaxPodsFlags } from '../../src/cli/maxpods.ts';
import { UsageError } from '../../src/commands/exit-code.ts';
import type { Io } from '../../src/commands/io.ts';
import { run } from '../../src/commands/maxpods.ts';
import { nearest } from '../../src/commands/nearest.ts';
import { fakeIo } from './fake-io.ts';

async function printed(flags: Partial<MaxPodsFlags>, columns = 80, named: string[] = []): Promise<string> {
  const stdout = new PassThrough({ highWaterMark: 2 ** 24 });
  const io: Io = { stdin: Readable.from(['']), stdout, stderr: new PassThrough(), env: { COLUMNS: String(columns) } };
  expect(await run(io, named, { ...(named.length > 0 ? {} : { instance: ['m5.large'] }), ...flags })).toBe(0);
  return String(stdout.read());
}

const json = async (flags: Partial<MaxPodsFlags>) => JSON.parse(await printed({ output: ['json'], ...flags }));

describe('maxpods JSON', () => {
  it('has the head of every report, and says how old its data is', async () => {
    const report = await json({});
    expect(report).toMatchObject({
      schemaVersion: 1,
      kind: 'MaxPods',
      tool: { name: 'vpccni' },
      catalog: { date: '2026-08-11' },
    });
    expect(report.generatedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(report.group).toBeUndefined();
  });

  it('hands every flag on', async () => {
    const [item] = (await json({ maxEni: 2, sgp: true, podsPerCore: 4, cniVersion: 'v1.20.4-eksbuild.1' })).items;
    expect(item).toMatchObject({ pattern: 'sgp', usableEnis: 1, maxPods: 8, boundBy: 'pods-per-core' });
    expect((await json({ customNetworking: true, prefix: true })).items[0]).toMatchObject({
      pattern: 'custom',
      mode: 'prefix',
    });
    expect((await json({ windows: true })).items[0]).toMatchObject({ os: 'windows', ipsForPods: 9 });
    expect((await json({ ipv6: true })).items[0]).toMatchObject({ mode: 'ipv6', ipsForPods: 2 ** 48 });
    expect((await json({ unmanagedEnis: 1 })).items[0]).toMatchObject({ usableEnis: 2 });
    expect((await json({ multiNic: true })).items[0].warnings[0].id).toBe('multi-nic-one-card');
    const karpenter = (await json({ reservedEnis: 1 })).items[0].authorities.find(
      (a: { id: string }) => a.id === 'karpenter',
    );
    expect(karpenter).toMatchObject({ maxPods: 20, applies: true });
  });

  it('names the type that holds a group down', async () => {
    expect((await json({ instance: ['t3.medium,m5.4xlarge'] })).group).toMatchObject({
      maxPods: 17,
      becauseOf: 't3.medium',
    });
    expect((await json({ instance: ['t3.medium,m5.large'], prefix: true })).group.becauseOf).toBeNull();
  });

  it('has ten items a type with all modes, and nothing to paste', async () => {
    const report = await json({ instance: ['m5.large', 't3.nano'], allModes: true });
    expect(report.items).toHaveLength(20);
    expect(report.paste).toEqual([]);
  });
});

describe('maxpods input', () => {
  const refused = (flags: Partial<MaxPodsFlags>) => expect(printed(flags)).rejects;

  it('suggests near names for unknown types', async () => {
    await refused({ instance: ['m5.larg'] }).toThrow(/unknown instance type "m5\.larg".*did you mean m5\.large/);
    await refused({ instance: ['m5.larg'] }).toThrow(UsageError);
    await refused({ instance: ['M5.LARGE'] }).toThrow(/lower case: "M5\.LARGE" is m5\.large/);
    await refused({ instance: ['M5.*'] }).toThrow(/lower case: "M5\.\*" is m5\.\*/);
    await refused({ instance: ['m5'] }).toThrow(
      /"m5" is a family: 9 types, m5\.large to m5\.metal; 'm5\.\*' names them all/,
    );
    await refused({ instance: ['zz*'] }).toThrow(/no instance type matches "zz\*"/);
    await refused({ instance: ['ml.g5.xlarge'] }).toThrow(/SageMaker HyperPod.*one ENI for pods, and kubelet shows 14/);
    await refused({ instance: ['ml.g5.xlarg'] }).toThrow(/SageMaker HyperPod.*did you mean ml\.g5\.xlarge/);
    await refused({ instance: ['qqqqqqqqqqqqqqqqqqqqq'] }).toThrow(/^(?!.*did you mean)/);
  });

  it('refuses names without limits, no names, and what is no CNI version', async () => {
    await refused({ instance: ['trn2u.48xlarge'] }).toThrow(/no ENI limits are published for trn2u\.48xlarge/);
    await refused({ instance: [] }).toThrow(UsageError);
    await refused({ cniVersion: 'latest' }).toThrow(/not a CNI version: "latest"/);
  });
});

describe('nearest', () => {
  it('ranks by edits and leaves out what is unlike', () => {
    expect(nearest('m5.larg', ['m5.metal', 'm5.large', 'r5.large'])).toEqual(['m5.large', 'r5.large']);
    expect(nearest('zzz', ['m5.large'])).toEqual([]);
  });
});

describe('maxpods by other words', () => {
  it('takes types by position, beside those of the flag', async () => {
    expect(await printed({ output: ['value'], prefix: true }, 80, ['m5.large'])).toBe('110\n');
    expect(await printed({ output: ['value'], instance: ['t3.nano'] }, 80, ['m5.large', 'c6g.*large'])).toMatch(
      /^m5\.large\t29\nc6g\.large\t29\n[\s\S]*t3\.nano\t4\n$/,
    );
  });

  it('understands the retired calculator and says what is said today', async () => {
    const io = fakeIo();
    const flags: MaxPodsFlags = {
      instanceType: ['m5.large'],
      cniPrefixDelegationEnabled: true,
      cniVersion: '1.9.0',
      output: ['value'],
    };
    await run(io, [], flags);
    expect(io.out()).toBe('110\n');
    const said = io.err();
    expect(said).toMatch(/--instance-type is the retired calculator's word[\s\S]*here it is --prefix/);
    expect(said).not.toContain('cni-version');
    expect(await printed({ output: ['value'], cniCustomNetworkingEnabled: true })).toBe('20\n');
    expect(await printed({ output: ['value'], cniMaxEni: 2 })).toBe('20\n');
    expect(await printed({ output: ['value'], instance: ['m5.4xlarge'], showMaxAllowed: true })).toBe('234\n');
    expect(await printed({ output: ['value'], instance: ['m5.24xlarge'], prefix: true, uncapped: true })).toBe(
      '11762\n',
    );
  });

  it('prints what to paste alone, with what there is to say in comments', async () => {
    const nodeconfig = await printed({ prefix: true, paste: 'nodeconfig' });
    expect(parse(nodeconfig).spec.kubelet.config.maxPods).toBe(110);
    expect(nodeconfig).toMatch(/^# AL2023 NodeConfig, one value: /);
    expect(parse(await printed({ prefix: true, paste: 'expression' })).spec.kubelet.maxPodsExpression).toContain(
      '< 110',
    );
    expect(await printed({ prefix: true, paste: 'bottlerocket' })).toMatch(
      /\n\[settings.kubernetes\]\nmax-pods = 110\n$/,
    );
    expect(parse(await printed({ prefix: true, paste: 'karpenter' }))).toEqual({ spec: { kubelet: { maxPods: 110 } } });
    expect(parse(await printed({ prefix: true, paste: 'eksctl' })).managedNodeGroups[0].maxPodsPerNode).toBe(110);
    expect(await printed({ windows: true, paste: 'windows' })).toContain('--max-pods=9');
    for (const line of nodeconfig.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('refuses to paste what does not fit', async () => {
    await expect(printed({ prefix: true, paste: 'reserved-enis' })).rejects.toThrow(
      /nothing to paste for "reserved-enis" here; there is: nodeconfig, expression, bottlerocket, karpenter, eksctl/,
    );
    await expect(printed({ paste: 'nodeconfig', allModes: true })).rejects.toThrow(/one pattern and mode/);
    await expect(printed({ instance: ['m4.large'], ipv6: true, paste: 'nodeconfig' })).rejects.toThrow(UsageError);
  });
});

describe('maxpods of one type', () => {
  it('fits 24 rows and ends with its number, for every type and setting', async () => {
    const settings: Partial<MaxPodsFlags>[] = [
      {},
      { prefix: true },
      { sgp: true, customNetworking: true },
      { ipv6: true, sgp: true },
      { windows: true, sgp: true, prefix: true, customNetworking: true },
      { maxEni: 1, sgp: true, multiNic: true, cniVersion: '1.8.0', prefix: true, reservedEnis: 1 },
      { maxEni: 99, unmanagedEnis: 1, podsPerCore: 1, customNetworking: true, prefix: true, multiNic: true },
    ];
    const types = ['m5.large', 't3.nano', 'p5.48xlarge', 'bmn-sf1.metal', 'i8ge.metal-48xl', 'm4.large', 'cr1.8xlarge'];
    for (const flags of settings)
      for (const type of [...types, 'hpc6id.32xlarge', 'u-6tb1.metal', 'm8i-flex.large'])
        for (const columns of [80, 100]) {
          const lines = (await printed({ ...flags, instance: [type] }, columns)).trimEnd().split('\n');
          expect(
            lines.length,
            `${type} ${JSON.stringify(flags)} at ${columns}\n${lines.join('\n')}`,
          ).toBeLessThanOrEqual(24);
          const [item] = (await json({ ...flags, instance: [type] })).items;
          const answer = item.supported ? new RegExp(`\\b${item.maxPods} pods a node`) : /not possible/;
          expect(lines.slice(-2).join(' '), lines.join('\n')).toMatch(answer);
        }
  });
});

describe('maxpods screens', () => {
  const width = (line: string) => [...line].length;
  const screens: [string, Partial<MaxPodsFlags>][] = [
    ['one type', {}],
    ['one type explained', { prefix: true, explain: true }],
    ['a trunk', { sgp: true, customNetworking: true }],
    ['drift and many digits', { instance: ['i8ge.48xlarge'], prefix: true }],
    ['unknown vCPUs', { instance: ['bmn-sf1.metal'], sgp: true }],
    ['32 cards', { instance: ['p5.48xlarge'], multiNic: true, maxEni: 0, reservedEnis: 1 }],
    ['Windows', { windows: true, prefix: true }],
    ['IPv6 on Xen', { instance: ['m4.large'], ipv6: true }],
    ['nothing left', { instance: ['hpc6id.32xlarge,t3.nano'], customNetworking: true, sgp: true }],
    ['a family', { instance: ['m5.*'], sgp: true }],
    ['all modes', { allModes: true }],
    ['all modes of a large type', { instance: ['m8g.metal-48xl'], allModes: true, maxEni: 10, unmanagedEnis: 2 }],
    ['all modes of a family', { instance: ['u-6tb1.*', 'm5.*'], allModes: true }],
  ];

  for (const columns of [80, 140]) {
    it.each(screens)(`%s fits ${columns} columns, numbers whole`, async (_, flags) => {
      const text = await printed(flags, columns);
      const wide = text.split('\n').filter((line) => width(line) > columns);
      expect(wide).toEqual([]);
      expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
      expect(text).not.toMatch(/\d…/);
    });
  }

  it('are plain ASCII when told so', async () => {
    for (const [, flags] of screens) expect(await printed({ ...flags, ascii: true })).toMatch(/^[\x0a\x20-\x7e]*$/);
  });

  it('say the number, its making and who sets it', async () => {
    const text = await printed({ prefix: true });
    expect(text).toContain('110 pods a node');
    expect(text).toMatch(/formula +434 {2}3×\(10−1\)×16\+2/);
    expect(text).toMatch(/addresses for pods +432/);
    expect(text).toMatch(/who sets it +110 {2}managed groups without custom AMI: right as it is/);
    expect(text).toMatch(/\n +29 {2}AL2, AL2023, Bottlerocket, Karpenter: too few, set it/);
    expect(text).toMatch(/beside them +Auto Mode 27 · Windows 110 · Fargate 1 · kubelet 110/);
    expect(text).not.toMatch(/maxPods: 110|max-pods = 110/);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^110 pods a node, bound by vCPU cap/);
  });

  it('say when there is nothing to set', async () => {
    const text = await printed({});
    expect(text).toContain('nothing to set: AL2023, Bottlerocket, Karpenter come to it');
    expect(text).not.toContain('--paste');
  });

  it('name a type for a group only where it alone is lowest', async () => {
    const group = { instance: ['t3.medium,m5.large,t3.xlarge'] };
    expect(await printed({ ...group, prefix: true })).toContain('because the cap of 110 holds for all 3');
    expect(await printed(group)).toContain('because t3.medium takes no more');
    expect(await printed({ instance: ['m5.large,c5.large'] })).toContain('because all 2 come to no more');
    expect(await printed({ ...group, windows: true, prefix: true })).toContain('because t3.medium takes no more');
  });

  it('say what binds a Windows node', async () => {
    expect(await printed({ windows: true })).toContain('bound by its one ENI');
    expect(await printed({ windows: true, prefix: true })).toContain("bound by kubelet's 110");
  });

  it('mark the authority an option selects', async () => {
    expect(await printed({ reservedEnis: 1 })).toMatch(/ 20 {2}Karpenter ◀: too few/);
    expect(await printed({ reservedEnis: 1, output: ['wide'] }, 140)).toMatch(/karpenter ◀ +20 +−9/);
  });

  it('put the ten pairs side by side', async () => {
    const rows = (await printed({ allModes: true })).split('\n').filter((line) => /^(default|sgp|custom)/.test(line));
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3).join(' '))).toEqual([
      'default secondary 29',
      'default prefix 110',
      'default ipv6 110',
      'sgp secondary 20',
      'sgp prefix 110',
      'sgp ipv6 110',
      'custom secondary 20',
      'custom prefix 110',
      'custom+sgp secondary 11',
      'custom+sgp prefix 110',
    ]);
    expect(rows[3]).toMatch(/20 {3}\+9 .* trunk +█+▪+$/);
  });
});
