/** What must be left in a subnet afterwards. */

/** Floors hold per zone, over its subnets that feed nodes or pods. */
export interface Floors {
  readonly minFreeIps?: number;
  readonly minFreeBlocks?: number;
  /** Share of a subnet's addresses that may be in use, 0 to 1. */
  readonly maxUtilization?: number;
  /** Days until something is short, at least. */
  readonly minRunwayDays?: number;
  /** Floors of single subnets or zones, by id, over the others. */
  readonly overrides?: Readonly<Record<string, Pick<Floors, 'minFreeIps' | 'minFreeBlocks' | 'maxUtilization'>>>;
  /** What one more node takes is left in every zone: a failure where it is not, or only a risk. */
  readonly nextNode: 'enforce' | 'advise';
}

export const NO_FLOORS: Floors = { nextNode: 'advise' };

export interface Floor {
  readonly addresses: number | null;
  readonly blocks: number | null;
  /** Breaking it fails; else it is a risk. */
  readonly enforced: boolean;
  /** It is what one more node takes. */
  readonly nextNode: boolean;
}

/** The floor of one subnet: its own, its zone's, the general one, else what one more node takes. */
export function floorOf(
  floors: Floors,
  subnet: { readonly subnetId: string; readonly zone: string; readonly usable: number },
  nextNode: { readonly addresses: number; readonly blocks: number | null },
): Floor {
  const own = { ...floors, ...floors.overrides?.[subnet.zone], ...floors.overrides?.[subnet.subnetId] };
  const byUse = own.maxUtilization === undefined ? undefined : Math.ceil(subnet.usable * (1 - own.maxUtilization));
  const asked = [own.minFreeIps, byUse].filter((n): n is number => n !== undefined);
  if (asked.length > 0 || own.minFreeBlocks !== undefined)
    return {
      addresses: asked.length > 0 ? Math.max(...asked) : null,
      blocks: nextNode.blocks === null ? null : (own.minFreeBlocks ?? null),
      enforced: true,
      nextNode: false,
    };
  return { ...nextNode, enforced: floors.nextNode === 'enforce', nextNode: true };
}
