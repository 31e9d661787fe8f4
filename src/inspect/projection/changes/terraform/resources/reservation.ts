/** `aws_ec2_subnet_cidr_reservation`: what automatic assignment no longer hands out, or hands out to prefixes alone. */
import { contains, parseCidr } from '../../../../../calc/cidr.ts';
import { text } from '../../fields.ts';
import { puzzle, type ResourceReader, say } from '../context.ts';
import { isReplacement } from '../plan.ts';

export const reservation: ResourceReader = (resource, context) => {
  const { draft } = context;
  const { action, before, after } = resource;
  if (action === 'forget' || action === 'update') return draft.ignore();
  const view = after ?? before;
  const subnetId = text(view?.get('subnet_id'));
  const at = draft.data('subnets')?.find((s) => s.subnetId === subnetId);
  if (view?.isUnknown('subnet_id')) draft.unknown(`${resource.address}: its subnet is not known before the apply`);
  if (!at || subnetId === undefined) return draft.ignore();
  const empty = { subnetIds: [], reservations: [] };
  if (action === 'delete' || isReplacement(resource)) {
    const id = text(before?.get('id'));
    draft.edit('cidrReservations', empty, (r) => ({
      ...r,
      reservations: r.reservations.filter((x) => x.reservationId !== id),
    }));
    say(context, resource, `the reservation ${text(before?.get('cidr_block')) ?? ''} is given up`, [subnetId]);
  }
  if (!after) return;
  const [range, outer] = [parseCidr(text(after.get('cidr_block')) ?? ''), parseCidr(at.cidr)];
  const type = after.get('reservation_type');
  if (!range || !outer || !contains(outer, range) || (type !== 'prefix' && type !== 'explicit'))
    return puzzle(context, resource, `its range is no reservation inside ${at.cidr}`);
  const cidr = text(after.get('cidr_block'))!;
  draft.edit('cidrReservations', empty, (r) => ({
    ...r,
    reservations: [...r.reservations, { reservationId: resource.address, subnetId, cidr, type }],
  }));
  say(
    context,
    resource,
    `${cidr} is reserved for ${type === 'prefix' ? 'prefixes' : 'addresses that are asked for by name'}`,
    [subnetId],
  );
};
