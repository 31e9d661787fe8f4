/** A prefix reservation over blocks that are still whole: single addresses are then placed elsewhere and break none of them. */
import { alignedRanges } from '../../../calc/aligned-ranges.ts';
import { ADDRESSES_PER_BLOCK } from '../../../calc/blocks.ts';
import { formatCidr } from '../../../calc/cidr.ts';
import { aws } from '../../checks/support/commands.ts';
import { listed } from '../../contract/words.ts';
import { subnetBlocks } from '../../facts/subnet-blocks.ts';
import { subnetUse } from '../../facts/subnet-use.ts';
import { named } from '../../shell.ts';
import type { Projection } from '../run-scenario.ts';
import { worldLaid } from './lay.ts';
import type { Patient, RemedyKind } from './remedy.ts';

interface ReservedRange {
  readonly subnetId: string;
  readonly cidr: string;
}

/** Only where blocks run out because single addresses may break them up, not where there are too few at best. */
export const reservation: RemedyKind = {
  id: 'reservation',
  trials: (patient, failing) => {
    const ranges = failing.subnets.flatMap((s) => rangesIn(patient, s));
    if (ranges.length === 0) return [];
    return [
      {
        key: ranges.map((r) => `${r.subnetId} ${r.cidr}`).join(),
        title: `Reserve ${listed(ranges.map((r) => `${r.cidr} of ${r.subnetId}`))} for prefixes`,
        effort: 1,
        nodesToReplace: 0,
        world: () =>
          worldLaid(patient, (draft) => {
            draft.edit('cidrReservations', { subnetIds: [], reservations: [] }, (r) => ({
              ...r,
              reservations: [
                ...r.reservations,
                ...ranges.map((range) => ({ ...range, reservationId: `scr-${range.cidr}`, type: 'prefix' as const })),
              ],
            }));
          }),
        fix: {
          commands: ranges.map(({ subnetId, cidr }) =>
            aws(
              patient.fix,
              ...['ec2', 'create-subnet-cidr-reservation', '--subnet-id', named('subnet', subnetId)],
              ...['--reservation-type', 'prefix', '--cidr', cidr],
            ),
          ),
          changes: 'EC2 no longer takes single addresses from there; prefixes are taken there first.',
          effect: 'immediate',
          risk: 'Other tenants of the subnet have fewer addresses left.',
        },
      },
    ];
  },
};

/** As many of the free blocks as the scenario takes; whole ones alone, so that no range holds an address of others. */
function rangesIn(
  { run }: Patient,
  { subnetId, blocks, verdict, hypothetical }: Projection['subnets'][number],
): ReservedRange[] {
  const use = run.valueOf(subnetUse)?.get(subnetId);
  const states = run.valueOf(subnetBlocks)?.get(subnetId)?.states;
  if (verdict === 'pass' || !blocks || hypothetical || !use?.reservations || !states) return [];
  const spoilt = typeof blocks.after !== 'number';
  const taken = typeof blocks.need === 'number' ? blocks.need : blocks.need.min;
  if (!spoilt || taken <= 0) return [];
  const want = Math.min(taken + (blocks.floor ?? 0), states.filter((s) => s === 'free').length);
  const found = alignedRanges(
    states.map((s) => s === 'free'),
    want,
  );
  return found.map((range) => ({
    subnetId,
    cidr: formatCidr({
      first: use.cidr.first + range.first * ADDRESSES_PER_BLOCK,
      length: 28 - Math.log2(range.blocks),
    }),
  }));
}
