/**
 * The pieces that schemas of reports are made of. Types are inferred from schemas, and nothing else of them is needed to run:
 * what a report builder or a view imports from here is a type.
 */
import * as v from 'valibot';

export const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly());
export const object = <E extends v.ObjectEntries>(entries: E) => v.pipe(v.object(entries), v.readonly());
export const table = <S extends v.GenericSchema>(value: S) => v.pipe(v.record(v.string(), value), v.readonly());

export const flag = v.boolean();
export const count = v.number();
/** Null: it could not be told. */
export const countOrUnknown = v.nullable(count);
export const text = v.string();
export const textOrUnknown = v.nullable(text);

export const patternSchema = v.picklist(['default', 'sgp', 'custom', 'custom+sgp']);
export const modeSchema = v.picklist(['secondary', 'prefix', 'ipv6']);
export const pairSchema = object({ pattern: patternSchema, mode: modeSchema });

export const rangeSchema = object({ min: count, max: count });
/** A count, or both ends where the placement of single addresses, the order of pods or their history leaves it open. */
export const boundedSchema = v.union([count, rangeSchema]);

/** What every report begins with. */
export const headOf = <const K extends string>(kind: K) => ({
  schemaVersion: count,
  kind: v.literal(kind),
  tool: object({ name: text, version: text }),
  /** When the report was made; for a report on a snapshot, when the snapshot was taken. */
  generatedAt: text,
});

export type Range = v.InferOutput<typeof rangeSchema>;
export type Bounded = v.InferOutput<typeof boundedSchema>;
