import { ADDRESSES_PER_PREFIX } from '../../../calc/ipamd/index.ts';
import type { OwnerShare } from '../../contract/report.ts';
import type { EniOwner } from '../eni-owners.ts';
import type { EniShare, SubnetUse } from '../subnet-use.ts';

interface Row {
  readonly class: string;
  readonly name: string;
  readonly confidence: OwnerShare['confidence'];
  readonly ours: boolean;
  /** Of the ENIs in it, which are told apart by that. */
  readonly isIdleKnown: boolean;
  addresses: number;
  prefixes: number;
  enis: number;
  /** Undefined as soon as one ENI cannot be told. */
  idle?: number;
  leaked: number;
  /** Addresses each node could give back here, and whether it would keep a prefix or single ones. */
  readonly releasable: Map<string, { addresses: number; prefixes: boolean }>;
}

/** Single addresses a node keeps when its warm pool is trimmed as the fix suggests (WARM_IP_TARGET=2); in prefix mode it keeps a prefix. */
const KEPT_WARM = 2;

/**
 * Who holds the addresses of a subnet, the largest share first; the rows hold exactly what is seen. A node's primary ENI is
 * split: its own address, and the pod addresses on it, whose ENI is not counted again.
 */
export function ownerShares(
  use: SubnetUse,
  owners: ReadonlyMap<string, EniOwner>,
  cluster: string | undefined,
): readonly OwnerShare[] {
  const rows = new Map<string, Row[]>();
  const isOurs = ({ node, cluster: its }: EniOwner) => node !== undefined || (its !== undefined && its === cluster);
  const rowOf = (ownerClass: string, owner: EniOwner) => rowIn(rows, ownerClass, owner, isOurs(owner));
  for (const share of use.shares) {
    const owner = owners.get(share.eni.eniId);
    if (!owner) continue;
    if (owner.class === 'node-primary') {
      const own = rowOf(owner.class, owner);
      own.enis++;
      own.addresses += share.primary;
      own.idle = undefined;
      if (share.secondaries + share.prefixes > 0) addPods(rowOf('node-pods', owner), share, owner);
    } else {
      const row = rowOf(owner.class, owner);
      row.enis++;
      row.addresses += share.primary;
      addPods(row, share, owner);
    }
  }
  return [...rows.values()]
    .flat()
    .map(toShare)
    .sort((a, b) => held(b) - held(a) || (a.name < b.name ? -1 : 1));
}

function rowIn(rows: Map<string, Row[]>, ownerClass: string, owner: EniOwner, ours: boolean): Row {
  const named = rows.get(owner.name) ?? [];
  if (named.length === 0) rows.set(owner.name, named);
  const { confidence } = owner;
  const isIdleKnown = owner.idle !== undefined;
  for (const row of named)
    if (
      row.class === ownerClass &&
      row.confidence === confidence &&
      row.ours === ours &&
      row.isIdleKnown === isIdleKnown
    )
      return row;
  const row: Row = {
    class: ownerClass,
    name: owner.name,
    confidence,
    ours,
    isIdleKnown,
    addresses: 0,
    prefixes: 0,
    enis: 0,
    idle: 0,
    leaked: 0,
    releasable: new Map(),
  };
  named.push(row);
  return row;
}

function addPods(row: Row, share: EniShare, owner: EniOwner): void {
  row.addresses += share.secondaries;
  row.prefixes += share.prefixes;
  row.idle = row.idle === undefined || owner.idle === undefined ? undefined : row.idle + owner.idle;
  if (owner.leaked) row.leaked += owner.releasable ?? 0;
  else if (owner.node !== undefined && owner.releasable !== undefined && owner.class !== 'sgp-branch') {
    const node = row.releasable.get(owner.node) ?? { addresses: 0, prefixes: false };
    node.addresses += owner.releasable;
    node.prefixes ||= share.prefixes > 0;
    row.releasable.set(owner.node, node);
  }
}

function toShare(row: Row): OwnerShare {
  let warm = 0;
  for (const { addresses, prefixes } of row.releasable.values())
    warm += Math.max(0, addresses - (prefixes ? ADDRESSES_PER_PREFIX : KEPT_WARM));
  const told = row.leaked > 0 || row.releasable.size > 0;
  return {
    class: row.class,
    name: row.name,
    confidence: row.confidence,
    ours: row.ours,
    addresses: row.addresses,
    prefixes: row.prefixes,
    enis: row.enis,
    idle: row.idle ?? null,
    reclaimable: told ? row.leaked + warm : null,
  };
}

function held(share: OwnerShare): number {
  return share.addresses + ADDRESSES_PER_PREFIX * share.prefixes;
}
