/** Which parts of a JSON text are wanted, and how they are found by their bytes. */

/** What of a value is kept: all of it, some members of an object or of each object in an array, a shared value, or alike rows. */
export type Keep = true | Fields | Shared | Rows;

export interface Fields {
  readonly [key: string]: Keep;
}

/** Of equal values one stands for all, so that what is worked out from it can be kept beside it. */
export class Shared {
  readonly fields: true | Fields;
  /** Members that differ from object to object; the rest is shared. */
  readonly own: Fields;

  constructor(fields: true | Fields, own: Fields = {}) {
    this.fields = fields;
    this.own = own;
  }
}

/** Objects of a list, many of which differ from an earlier one in some texts only. One list of a text, no more. */
export class Rows {
  readonly fields: Fields;

  constructor(fields: Fields) {
    this.fields = fields;
  }
}

/** Where an object with members of its own keeps the shared rest. */
export const REST = Symbol('rest');

/** A value wanted whole, or with these members. */
export interface Wanted {
  /** Undefined: whole. */
  readonly members: readonly Member[] | undefined;
  /** Of `members`, by the length of their keys. */
  readonly byLength: readonly (readonly Member[] | undefined)[];
  readonly own: Wanted | undefined;
  readonly shared: boolean;
  readonly rows: boolean;
  /** Some value below it, or itself, is shared. */
  readonly restored: boolean;
}

export interface Member {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly wanted: Wanted;
}

/** A shared value stands below members alone: nothing within it is shared again. */
export function wantedOf(keep: Keep): Wanted {
  const shared = keep instanceof Shared;
  const rows = keep instanceof Rows;
  const fields = shared || rows ? keep.fields : keep;
  const members = fields === true ? undefined : Object.entries(fields).map(([key, k]) => memberOf(key, k));
  const byLength: Member[][] = [];
  for (const m of members ?? []) {
    byLength[m.bytes.length] ??= [];
    byLength[m.bytes.length]!.push(m);
  }
  return {
    members,
    byLength,
    own: shared && Object.keys(keep.own).length > 0 ? wantedOf(keep.own) : undefined,
    shared,
    rows,
    restored: shared || rows || (members ?? []).some((m) => m.wanted.restored),
  };
}

function memberOf(key: string, keep: Keep): Member {
  return { key, bytes: Buffer.from(key), wanted: wantedOf(keep) };
}

export function find(wanted: Wanted, bytes: Uint8Array, from: number, to: number): Member | undefined {
  const candidates = wanted.byLength[to - from];
  if (candidates === undefined) return undefined;
  next: for (const candidate of candidates) {
    const key = candidate.bytes;
    for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) continue next;
    return candidate;
  }
  return undefined;
}
