import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { allModes, defaultsSuffice, type MaxPodsOptions, maxPods } from '../../../src/calc/maxpods/index.ts';
import { kubeletSnippets } from '../../../src/inspect/report/max-pods/kubelet-snippets.ts';

const catalog = await loadCatalog();
const items = (names: string[], options: MaxPodsOptions = {}) =>
  names.map((name) => maxPods(catalog.get(name)!, options));
const paste = (names: string[], options: MaxPodsOptions = {}) =>
  new Map(kubeletSnippets(items(names, options)).map((p) => [p.id, p]));

/** What nodeadm's CEL would give: these expressions use only what CEL and JavaScript share. */
function evaluate(expression: string, name: string): number {
  const type = catalog.get(name)!;
  return new Function('default_enis', 'ips_per_eni', 'vcpus', `return ${expression}`)(
    type.maxEnis,
    type.ipv4PerEni,
    type.vcpus,
  );
}

function expressionOf(names: string[], options: MaxPodsOptions): string | undefined {
  const block = paste(names, options).get('nodeconfig-expression');
  return block && parse(block.text).spec.kubelet.maxPodsExpression;
}

describe('kubelet snippets', () => {
  it('has a NodeConfig that nodeadm reads', () => {
    const block = paste(['m5.large'], { prefix: true }).get('nodeconfig')!;
    expect(parse(block.text)).toEqual({
      apiVersion: 'node.eks.aws/v1alpha1',
      kind: 'NodeConfig',
      spec: { kubelet: { config: { maxPods: 110 } } },
    });
    expect(block.note).toBe('kube-reserved memory stays sized for 29 pods, 574 MiB; 110 pods would get 1465 MiB');
  });

  it('has expressions that come to the number of every type they are given for', () => {
    const sets = [
      ['m5.large'],
      ['t3.nano', 'm5.large', 'c6g.medium'],
      ['m5.24xlarge', 'c5.24xlarge'],
      ['p5.48xlarge', 'm5.large'],
      ['m5.large', 'm5.24xlarge', 't3.nano', 'hpc7a.96xlarge'],
    ];
    const options: MaxPodsOptions[] = [
      {},
      { prefix: true },
      { customNetworking: true },
      { sgp: true, customNetworking: true },
      { maxEni: 2 },
      { ipv6: true },
    ];
    let checked = 0;
    for (const names of sets) {
      for (const o of options) {
        const expression = expressionOf(names, o);
        if (expression === undefined) continue;
        for (const item of items(names, o))
          expect(evaluate(expression, item.instanceType), `${item.instanceType} ${expression}`).toBe(item.maxPods);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(15);
  });

  it('writes the expressions people know', () => {
    expect(expressionOf(['m5.large'], { customNetworking: true })).toBe('(default_enis - 1) * (ips_per_eni - 1) + 2');
    expect(expressionOf(['m5.large'], { prefix: true })).toBe(
      'default_enis * (ips_per_eni - 1) * 16 + 2 < 110 ? default_enis * (ips_per_eni - 1) * 16 + 2 : 110',
    );
  });

  it('carries the ceiling by size of node in one expression', () => {
    expect(expressionOf(['m5.large', 'm5.24xlarge'], { prefix: true })).toBe(
      'default_enis * (ips_per_eni - 1) * 16 + 2 < (vcpus > 30 ? 250 : 110) ? default_enis * (ips_per_eni - 1) * 16 + 2 : (vcpus > 30 ? 250 : 110)',
    );
    const of = (names: string[]) => paste(names, { prefix: true }).get('nodeconfig-expression')!.appliesTo;
    expect(of(['m5.large', 'm5.24xlarge'])).toContain('later than 2026-07-29');
    expect(of(['m5.large'])).toContain('v20251007');
  });

  it('says what the expression still does where EKS sets maxPods itself', () => {
    const { note } = paste(['m5.large'], { prefix: true }).get('nodeconfig-expression')!;
    expect(note).toMatch(/managed groups .* stays what EKS sets, while kube-reserved memory follows the expression/);
    expect(note).not.toMatch(/ignored in managed/);
  });

  it('says what a number does to a small memory, wherever memory is sized by it', () => {
    // bottlerocket#4472: 255 + 11 * 110 = 1465 of 2048 MiB; 38 pods reserve 673, a third being 682
    const blocks = paste(['t4g.small'], { prefix: true });
    for (const id of ['bottlerocket', 'ec2nodeclass', 'eksctl', 'nodeconfig-expression'] as const)
      expect(blocks.get(id)!.note, id).toContain('1465 of 2048 MiB (72 %)');
    expect(blocks.get('bottlerocket')!.note).toContain('max-pods = 38 leaves two thirds');
    expect(blocks.get('nodeconfig-expression')!.note).toContain('(physical_memory_mib / 3 - 255) / 11');
    expect(Math.floor((Math.floor(2048 / 3) - 255) / 11)).toBe(38);
    expect(paste(['m5.large', 't4g.small'], { prefix: true }).get('ec2nodeclass')!.note).toContain('t4g.small');
  });

  it('says that Bottlerocket sizes memory by max-pods, where that does no harm', () => {
    const { note } = paste(['m5.large'], { prefix: true }).get('bottlerocket')!;
    expect(note).toBe('sizes kube-reserved memory too: 1465 MiB for 110 pods');
    expect(paste(['m5.large'], { prefix: true }).get('ec2nodeclass')!.note).toBeUndefined();
  });

  it('has no expression where one cannot suit all types, or nodeadm would refuse its result', () => {
    expect(expressionOf(['m5.large', 't3.medium'], { sgp: true })).toBeUndefined();
    expect(expressionOf(['m5.large'], { unmanagedEnis: 5 })).toBeUndefined();
    expect(expressionOf(['m5.large'], { podsPerCore: 4 })).toBeUndefined();
  });

  it('takes the smallest type where the place holds one value', () => {
    const blocks = paste(['m5.4xlarge', 't3.medium'], { customNetworking: true });
    expect(blocks.get('bottlerocket')!.text).toBe('[settings.kubernetes]\nmax-pods = 12');
    expect(parse(blocks.get('ec2nodeclass')!.text)).toEqual({ spec: { kubelet: { maxPods: 12 } } });
    expect(parse(blocks.get('eksctl')!.text)).toEqual({
      managedNodeGroups: [{ name: 'mixed', instanceTypes: ['m5.4xlarge', 't3.medium'], maxPodsPerNode: 12 }],
    });
  });

  it('breaks long lists so that YAML still reads them and a terminal shows them', () => {
    const names = catalog.expand(['m5*']).names;
    const text = paste([...names]).get('eksctl')!.text;
    expect(parse(text).managedNodeGroups[0].instanceTypes).toEqual(names);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(73);
  });

  it('offers RESERVED_ENIS where ENIs alone make the difference', () => {
    const reserved = (names: string[], options: MaxPodsOptions) => paste(names, options).get('reserved-enis')?.text;
    expect(parse(reserved(['m5.large'], { customNetworking: true })!)).toEqual({ settings: { reservedENIs: '1' } });
    expect(parse(reserved(['m5.large'], { customNetworking: true, sgp: true })!)).toEqual({
      settings: { reservedENIs: '2' },
    });
    expect(reserved(['m5.large'], {})).toBeUndefined();
    expect(reserved(['m5.large'], { prefix: true, customNetworking: true })).toBeUndefined();
    expect(reserved(['m5.large', 't3.medium'], { sgp: true })).toBeUndefined();
    expect(reserved(['hpc6id.32xlarge'], { customNetworking: true })).toBeUndefined();
    expect(reserved(['m5.4xlarge'], { customNetworking: true })).toBeUndefined();
  });

  it('leaves Linux places out on Windows', () => {
    expect([...paste(['m5.large'], { windows: true }).keys()]).toEqual(['windows-bootstrap', 'ec2nodeclass', 'eksctl']);
    expect(paste(['m5.large'], { windows: true }).get('windows-bootstrap')!.text).toBe(
      '-KubeletExtraArgs "--max-pods=9"',
    );
  });

  it('offers nothing for what cannot run', () => {
    expect(kubeletSnippets(items(['m4.large'], { ipv6: true }))).toEqual([]);
    expect(kubeletSnippets([])).toEqual([]);
  });

  it('knows where the defaults already come to the number', () => {
    expect(defaultsSuffice(items(['m5.large']))).toBe(true);
    expect(defaultsSuffice(items(['m5.large', 'm8i.large']))).toBe(false);
    expect(defaultsSuffice(items(['m5.4xlarge']))).toBe(false);
    expect(defaultsSuffice(items(['m5.large'], { prefix: true }))).toBe(false);
  });

  it('never leaves something to fill in', () => {
    for (const name of ['m5.large', 'm4.large', 'p5.48xlarge']) {
      for (const item of allModes(catalog.get(name)!, {})) {
        for (const { text } of kubeletSnippets([item])) expect(text).not.toMatch(/<[a-z-]+>|\$[A-Z_]+|…|undefined|NaN/);
      }
    }
  });
});
