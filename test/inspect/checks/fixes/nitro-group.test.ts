import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../src/calc/catalog/index.ts';
import { nitroOf } from '../../../../src/inspect/checks/fixes/nitro-group.ts';

const catalog = await loadCatalog();

describe('the Nitro type in the place of a Xen one', () => {
  const sizes = [
    'medium',
    'large',
    'xlarge',
    '2xlarge',
    '4xlarge',
    '8xlarge',
    '10xlarge',
    '16xlarge',
    'small',
    'micro',
    'nano',
  ];
  const old = ['m3', 'm4', 'c3', 'c4', 'r3', 'r4', 't2'].flatMap((f) => sizes.map((s) => `${f}.${s}`));

  it.each(old.filter((type) => catalog.get(type)))('of %s exists, is Nitro, and no smaller', (type) => {
    const [before, after] = [catalog.get(type)!, catalog.get(nitroOf(type)!)];
    expect(before.hypervisor).toBe('xen');
    expect(after?.hypervisor).toBe('nitro');
    expect(after!.vcpus!).toBeGreaterThanOrEqual(before.vcpus!);
  });

  it('is none where no family follows it', () => {
    expect(['i3.large', 'd2.xlarge', 'm5.large', 'p2.xlarge'].map(nitroOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
