/** The largest holders of a subnet, as evidence. */
import * as v from 'valibot';
import type { OwnerShare } from '../../contract/report.ts';

export const topOwnersSchema = v.nullable(
  v.array(v.object({ class: v.string(), name: v.string(), addresses: v.number(), enis: v.number() })),
);

/** The five that hold most; a prefix counts as 16. Null where ENIs were not read. */
export function topOwners(owners: readonly OwnerShare[] | null): v.InferOutput<typeof topOwnersSchema> {
  if (owners === null) return null;
  return owners
    .map((o) => ({ class: o.class, name: o.name, addresses: heldBy(o), enis: o.enis }))
    .sort((a, b) => b.addresses - a.addresses || (a.name < b.name ? -1 : 1))
    .slice(0, 5);
}

export function heldBy(owner: Pick<OwnerShare, 'addresses' | 'prefixes'>): number {
  return owner.addresses + owner.prefixes * 16;
}
