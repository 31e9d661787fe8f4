import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureSubnets } from './measure/subnets.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ say: console.error });
});
afterAll(() => rig?.stop());

describe('shop-prod', () => {
  it('has the stated addresses', async () => {
    const m = await measureSubnets(rig.aws, rig.ids);
    console.log(
      JSON.stringify(m, null, 1).replace(
        /\{\s+"enis": (\d+),\s+"addresses": (\d+),\s+"prefixes": (\d+)\s+\}/g,
        '{ enis: $1, addresses: $2, prefixes: $3 }',
      ),
    );
    expect(m).toEqual(rig.scenario.expected.subnets);
  });
});
