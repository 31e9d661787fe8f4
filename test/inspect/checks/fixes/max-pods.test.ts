import { describe, expect, it } from 'vitest';
import { analyze } from '../../../../src/inspect/analyze.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { runOf } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';

const AGAINST_PODS = { tags: { 'kubernetes.io/role/cni': '0' } };

/** A node of m5.large whose primary ENI serves no pods; its further ones are in a subnet with these tags. */
async function overcommitted(further: { readonly tags: Record<string, string> }) {
  const of = new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a', AGAINST_PODS)
    .subnet('subnet-pa', '10.0.4.0/24', 'eu-west-1a', further)
    .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [9, 9] })
    .snapshot();
  const { findings } = analyze(await runOf(of), DEFAULT_POLICY);
  return findings.find((f) => f.id === 'MAX001/excluded:managed/workers/m5.large');
}

describe('maxPods of nodes whose ENIs serve no pods', () => {
  it('is what two ENIs serve, and two pods on the host network', async () => {
    const found = await overcommitted({ tags: { 'kubernetes.io/role/cni': '1' } });
    expect(found?.evidence).toMatchObject({ podIps: 18, recommendedMaxPods: 20 });
    expect(found?.fixes.map((f) => f.title).join()).toMatch(/maxPods 20/);
  });

  it('is not set where it would leave the host network alone', async () => {
    const found = await overcommitted(AGAINST_PODS);
    expect(found?.evidence).toMatchObject({ podIps: 0, excluded: 2, recommendedMaxPods: 2 });
    expect(found?.fixes.flatMap((f) => f.commands)).toEqual([]);
    expect(found?.fixes.map((f) => f.title)).toEqual([
      'Let ENIs of managed group workers serve pods first: as they are, none does, and no maxPods helps',
    ]);
  });
});
