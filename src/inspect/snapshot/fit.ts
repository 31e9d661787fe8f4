/**
 * The short way through a schema. Of thousands of objects nearly all are just what they should be, and of them nothing has to
 * be copied, named or explained: a schema made into plain functions takes such an object over as it stands. Whatever
 * is unusual in any way is left to valibot, whose answer it is that counts.
 */
import type * as v from 'valibot';
import { column, textMap } from './values.ts';

/** What a value is not that the long way must look at. */
export const UNFIT: unique symbol = Symbol('unfit');

/** The value as the schema would give it, or `UNFIT`. The value is taken over: texts in it that stand elsewhere too become one. */
export type Fit = (value: unknown) => unknown;

/** Parts of valibot's schemas that are read here. */
interface Schema {
  readonly type: string;
  readonly pipe?: readonly Schema[];
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly wrapped?: Schema;
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly key?: Schema;
  readonly value?: Schema;
  readonly requirement?: unknown;
}

const TEXT: Schema = { type: 'string' };

/** So many different texts of one field tell whether it is worth while to remember them. */
const TRIED = 1024;

/**
 * The short way of a schema; undefined where there is none. For one section: it remembers texts.
 *
 * @param longest characters of a text or name beyond which it is unusual
 */
export function fitOf(schema: v.GenericSchema, longest: number): Fit | undefined {
  return wayOf(schema as unknown as Schema, longest);
}

function wayOf(schema: Schema, longest: number): Fit | undefined {
  if ((schema as unknown) === textMap) {
    const text = wayOf(TEXT, longest)!;
    return (value) => textsFit(value, text, longest);
  }
  if ((schema as unknown) === column) return (value) => (isColumn(value) ? value : UNFIT);
  if (schema.pipe) return pipeFit(schema.pipe, longest);
  switch (schema.type) {
    case 'string':
      return onceEach((value) => typeof value === 'string' && value.length <= longest);
    case 'number':
      return (value) => (typeof value === 'number' && !Number.isNaN(value) ? value : UNFIT);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : UNFIT);
    case 'picklist': {
      const options = new Map(schema.options!.map((option) => [option, option]));
      return (value) => options.get(value) ?? UNFIT;
    }
    case 'optional': {
      const inner = schema.default === undefined ? wayOf(schema.wrapped!, longest) : undefined;
      return inner && ((value) => (value === undefined ? value : inner(value)));
    }
    case 'array': {
      const item = wayOf(schema.item!, longest);
      return item && ((value) => listFit(value, item));
    }
    case 'record': {
      const item = schema.key!.type === 'string' && !schema.key!.pipe ? wayOf(schema.value!, longest) : undefined;
      return item && ((value) => recordFit(value, item, longest));
    }
    case 'object':
      return objectFit(schema.entries!, longest);
    default:
      return undefined;
  }
}

function pipeFit([first, ...actions]: readonly Schema[], longest: number): Fit | undefined {
  const inner = wayOf(first!, longest);
  if (!inner || !actions.every((a) => a.type === 'check' || a.type === 'min_value')) return undefined;
  const holds = actions.map((a) =>
    a.type === 'check'
      ? (a.requirement as (value: unknown) => boolean)
      : (value: unknown) => (value as number) >= (a.requirement as number),
  );
  const whole: Fit = (value) => {
    const fitting = inner(value);
    return fitting !== UNFIT && holds.every((h) => h(fitting)) ? fitting : UNFIT;
  };
  // what was found right of a text is right of it everywhere
  return first!.type === 'string' ? onceEach((value) => whole(value) !== UNFIT) : whole;
}

/**
 * Texts that pass, each judged and kept once: names of subnets and zones stand in thousands of objects. A field that has
 * another one in most objects is not remembered.
 */
function onceEach(passes: (value: unknown) => boolean): Fit {
  const known = new Map<unknown, unknown>();
  let again = 0;
  let tried = false;
  return (value) => {
    const seen = tried ? undefined : known.get(value);
    if (seen !== undefined) {
      again++;
      return seen;
    }
    if (!passes(value)) return UNFIT;
    if (tried) return value;
    known.set(value, value);
    if (known.size % TRIED === 0 && again < 2 * known.size) {
      tried = true;
      known.clear();
    }
    return value;
  };
}

function objectFit(entries: Readonly<Record<string, Schema>>, longest: number): Fit | undefined {
  const fields = new Map<string, Fit>();
  const required: string[] = [];
  for (const [key, schema] of Object.entries(entries)) {
    const field = wayOf(schema, longest);
    if (!field) return undefined;
    fields.set(key, field);
    if (schema.type !== 'optional') required.push(key);
  }
  return (value) => {
    if (!isPlain(value)) return UNFIT;
    for (const key of required) if (!(key in value)) return UNFIT;
    for (const key in value) {
      const of = value[key];
      const fitting = fields.get(key)?.(of) ?? (of === undefined && fields.has(key) ? undefined : UNFIT);
      if (fitting === UNFIT) return UNFIT;
      if (typeof fitting === 'string') value[key] = fitting;
    }
    return value;
  };
}

function listFit(value: unknown, item: Fit): unknown {
  if (!Array.isArray(value)) return UNFIT;
  for (let i = 0; i < value.length; i++) {
    const fitting = item(value[i]);
    if (fitting === UNFIT) return UNFIT;
    if (typeof fitting === 'string') value[i] = fitting;
  }
  return value;
}

/** valibot leaves out names that a prototype has. */
const NOT_OF_RECORDS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

function recordFit(value: unknown, item: Fit, longest: number): unknown {
  if (!isPlain(value)) return UNFIT;
  for (const key in value) {
    if (key.length > longest || NOT_OF_RECORDS.has(key)) return UNFIT;
    const fitting = item(value[key]);
    if (fitting === UNFIT) return UNFIT;
    if (typeof fitting === 'string') value[key] = fitting;
  }
  return value;
}

function textsFit(value: unknown, text: Fit, longest: number): unknown {
  if (!isPlain(value)) return UNFIT;
  for (const key in value) {
    const fitting = text(value[key]);
    if (fitting === UNFIT || key.length > longest) return UNFIT;
    value[key] = fitting;
  }
  return Object.setPrototypeOf(value, null);
}

function isColumn(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== 'number') return false;
  return true;
}

/** An object as JSON gives it, nothing inherited that could be taken for its own. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.isExtensible(value)) return false;
  const above = Object.getPrototypeOf(value);
  return above === null || above === Object.prototype;
}
