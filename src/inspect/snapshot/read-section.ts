/**
 * Reads the data of a section, from a file or from a collector. One object that is not what it should be costs itself and
 * is named; what stands twice stands once. Files and servers may be hostile: depth and length of texts have bounds.
 */
import * as v from 'valibot';
import { fitOf, UNFIT } from './fit.ts';
import { usablePods } from './pod-rows.ts';
import type { Gap } from './section.ts';

/** Deeper than any document of ours; recursion over it must not end the program. */
const DEEPEST = 64;
/** Longer than any name, label or setting; the text of an add-on's document may be longer. */
const LONGEST = 16 * 1024;
const LONG_FIELDS: ReadonlySet<string> = new Set(['configurationText', 'message', 'description']);
const LONGEST_TEXT = 1024 * 1024;
const NAMED = 3;

/** What tells two objects of a section apart. */
const IDS: Readonly<Record<string, (o: Readonly<Record<string, unknown>>) => unknown>> = {
  addons: (o) => o.name,
  nodegroups: (o) => o.name,
  fargateProfiles: (o) => o.name,
  podIdentity: (o) => o.associationId,
  subnets: (o) => o.subnetId,
  networkInterfaces: (o) => o.eniId,
  instances: (o) => o.instanceId,
  instanceTypes: (o) => o.instanceType,
  routeTables: (o) => o.routeTableId,
  securityGroups: (o) => o.groupId,
  launchTemplates: (o) => `${o.id} ${o.version}`,
  autoScalingGroups: (o) => o.name,
  nodes: (o) => o.name,
  eniConfigs: (o) => o.name,
  securityGroupPolicies: (o) => `${o.namespace}/${o.name}`,
  cniNodes: (o) => o.name,
  networkPolicies: (o) => `${o.kind ?? ''} ${o.namespace}/${o.name}`,
  policyEndpoints: (o) => `${o.namespace}/${o.name}`,
  nodePools: (o) => o.name,
  nodeClasses: (o) => `${o.kind}/${o.name}`,
};

export interface ReadData {
  /** Undefined where nothing of it can be used. */
  readonly data: unknown;
  readonly gaps: readonly Gap[];
}

export function readData(name: string, schema: v.GenericSchema, raw: unknown): ReadData {
  const bad: string[] = [];
  const data = name === 'pods' ? readPods(schema, raw, bad) : readAny(name, schema, raw, bad);
  return { data, gaps: bad.length > 0 ? [{ kind: 'other', section: name, reason: unusable(name, bad) }] : [] };
}

function unusable(name: string, bad: readonly string[]): string {
  const more = bad.length - NAMED;
  return `${name}: ${bad.length === 1 ? 'one object' : `${bad.length} objects`} could not be used: ${bad.slice(0, NAMED).join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function readPods(schema: v.GenericSchema, raw: unknown, bad: string[]): unknown {
  const table = readObject('pods', schema, raw, bad);
  return table === undefined ? undefined : usablePods(table as Parameters<typeof usablePods>[0], bad);
}

function readAny(name: string, schema: v.GenericSchema, raw: unknown, bad: string[]): unknown {
  if (schema.type !== 'array') return readObject(name, schema, raw, bad);
  if (!Array.isArray(raw)) {
    bad.push('not a list');
    return undefined;
  }
  return distinct(name, readItems((schema as unknown as { item: v.GenericSchema }).item, raw, bad));
}

/** The lists in an object lose only what is wrong with them; anything else that is wrong costs the whole. */
function readObject(name: string, schema: v.GenericSchema, raw: unknown, bad: string[]): unknown {
  const entries = (schema as { entries?: Readonly<Record<string, v.GenericSchema>> }).entries ?? {};
  const lists = Object.entries(entries).filter(([field, s]) => s.type === 'array' && isListOfObjects(s, raw, field));
  const whole = { ...(raw as Record<string, unknown>) };
  for (const [field, list] of lists)
    whole[field] = distinct(
      `${name} ${field}`,
      readItems((list as unknown as { item: v.GenericSchema }).item, whole[field] as unknown[], bad),
    );
  return readItems(schema, [lists.length > 0 ? whole : raw], bad, name)[0];
}

function isListOfObjects(schema: v.GenericSchema, raw: unknown, field: string): boolean {
  const { item } = schema as unknown as { item: v.GenericSchema };
  return item.type === 'object' && Array.isArray((raw as Record<string, unknown> | null)?.[field]);
}

function readItems(schema: v.GenericSchema, raw: readonly unknown[], bad: string[], called?: string): unknown[] {
  const good: unknown[] = [];
  const shortWay = fitOf(schema, LONGEST) ?? (() => UNFIT);
  raw.forEach((value, i) => {
    const fitting = shortWay(value);
    if (fitting !== UNFIT) {
      good.push(fitting);
      return;
    }
    const excess = excessOf(value);
    const result = excess === undefined ? v.safeParse(schema, value, { abortEarly: true }) : undefined;
    if (result?.success) good.push(result.output);
    else bad.push(`${called ?? nameOf(value, i)} (${excess ?? whatIsWrong(result!.issues[0])})`);
  });
  return good;
}

function whatIsWrong(issue: v.BaseIssue<unknown>): string {
  return [v.getDotPath(issue), issue.message.slice(0, 200)].filter(Boolean).join(': ');
}

/** The name or id of an object, as far as it has one; else its place in the list. */
function nameOf(value: unknown, at: number): string {
  const o = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const id = ['name', 'subnetId', 'eniId', 'instanceId', 'id', 'groupId', 'routeTableId'].map((k) => o[k]);
  const text = id.find((t) => typeof t === 'string');
  return typeof text === 'string' ? text.slice(0, 80) : `number ${at + 1}`;
}

/** What is too deep or too long about a value; walked without recursion. */
function excessOf(value: unknown): string | undefined {
  let level: (readonly [string, unknown])[] = [['', value]];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return `nested deeper than ${DEEPEST} levels`;
    const next: (readonly [string, unknown])[] = [];
    for (const [field, v] of level) {
      if (typeof v === 'string') {
        if (v.length > (LONG_FIELDS.has(field) ? LONGEST_TEXT : LONGEST)) return `a text of ${v.length} characters`;
      } else if (Array.isArray(v)) for (const x of v) next.push([field, x]);
      else if (typeof v === 'object' && v !== null)
        for (const key of Object.keys(v)) {
          if (key.length > LONGEST) return `a name of ${key.length} characters`;
          next.push([key, (v as Record<string, unknown>)[key]]);
        }
    }
    level = next;
  }
  return undefined;
}

/** By id; what has none stands twice only where it differs. */
function distinct(name: string, items: unknown[]): unknown[] {
  const idOf = IDS[name] ?? JSON.stringify;
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const id = idOf(item as Record<string, unknown>);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
