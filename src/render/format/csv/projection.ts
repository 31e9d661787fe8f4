/** `plan -o csv`, `gate -o csv`: one row a subnet of a scenario. */
import type { Gate, Plan } from '../../../inspect/contract/plan.ts';
import type { Bounded } from '../../../inspect/contract/report.ts';
import { type Rows, rowsOf } from './cells.ts';

export function projectionRows({ scenarios }: Plan | Gate): Rows {
  const rows = scenarios.flatMap((scenario) => scenario.subnets.map((subnet) => ({ scenario, subnet })));
  return rowsOf(rows, {
    scenario: ({ scenario }) => scenario.id,
    pattern: ({ scenario }) => scenario.pattern,
    mode: ({ scenario }) => scenario.mode,
    subnetId: ({ subnet }) => subnet.subnetId,
    availabilityZone: ({ subnet }) => subnet.availabilityZone,
    cidr: ({ subnet }) => subnet.cidr,
    verdict: ({ subnet }) => subnet.verdict,
    addressesBefore: ({ subnet }) => subnet.addresses.before,
    addressesNeedMin: ({ subnet }) => ends(subnet.addresses.need).min,
    addressesNeedMax: ({ subnet }) => ends(subnet.addresses.need).max,
    addressesAfterMin: ({ subnet }) => ends(subnet.addresses.after).min,
    addressesAfterMax: ({ subnet }) => ends(subnet.addresses.after).max,
    addressesFloor: ({ subnet }) => subnet.addresses.floor ?? undefined,
    blocksBefore: ({ subnet }) => subnet.blocks?.before,
    blocksAfterMin: ({ subnet }) => subnet.blocks && ends(subnet.blocks.after).min,
    blocksAfterMax: ({ subnet }) => subnet.blocks && ends(subnet.blocks.after).max,
    blocksFloor: ({ subnet }) => subnet.blocks?.floor ?? undefined,
    reasons: ({ subnet }) => subnet.reasons.join('; '),
  });
}

function ends(n: Bounded): { readonly min: number; readonly max: number } {
  return typeof n === 'number' ? { min: n, max: n } : n;
}
