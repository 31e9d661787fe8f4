/** Reads `.vpccni.yaml`. What is wrong in it is told with its line, its column and what may have been meant. */
import * as v from 'valibot';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { UsageError } from '../exit-code.ts';
import { nearest } from '../nearest.ts';
import { isTooDeep } from '../read-input.ts';
import { type Configuration, configurationSchema } from './schema.ts';

/** @throws UsageError */
export function parseConfiguration(path: string, text: string): Configuration {
  if (isTooDeep(text)) throw new UsageError(`${path} is nested too deeply`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new UsageError(`${path}:${line}:${col}: not YAML: ${broken.message.split('\n')[0]}`);
  }
  const plain = plainOf(path, document) ?? {};
  if (Array.isArray(plain))
    throw new UsageError(
      `${path}:1:1: the file is a list; it has keys, such as ${knownKeys([]).slice(0, 2).join(': and ')}:`,
    );
  const result = v.safeParse(configurationSchema, plain);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const keys = (issue.path ?? []).map((p) => p.key as string | number);
  const { line, col } = lines.linePos(offsetOf(document, keys));
  throw new UsageError(`${path}:${line}:${col}: ${wordsOf(issue, keys)}`);
}

/** Aliases that unfold without end are refused by the library. */
function plainOf(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UsageError(
      `${path}: not YAML that is read: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
    );
  }
}

/** Where a key begins, or an item of a list; the nearest thing around it that the file has where it is missing. */
function offsetOf(document: Document, keys: readonly (string | number)[]): number {
  for (let depth = keys.length; depth > 0; depth--) {
    const around = depth === 1 ? document.contents : document.getIn(keys.slice(0, depth - 1), true);
    const key = keys[depth - 1];
    const pair = isMap(around) ? around.items.find((i) => isScalar(i.key) && i.key.value === key) : undefined;
    const node = pair ? pair.key : document.getIn(keys.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function wordsOf(issue: v.BaseIssue<unknown>, keys: readonly (string | number)[]): string {
  const name = keys.join('.');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = knownKeys(keys.slice(0, -1));
    const [near] = nearest(String(keys.at(-1)), known, 1);
    return `there is no key "${name}"; ${near ? `did you mean ${near}?` : `there are: ${known.join(', ')}`}`;
  }
  if (issue.type === 'strict_object' && name !== '' && issue.received === 'undefined') return `${name} is missing`;
  return `${name === '' ? 'the file' : name}: ${issue.type === 'picklist' || issue.type === 'union' ? `must be ${issue.expected ?? 'another value'}, not ${issue.received}` : issue.message}`;
}

/** The keys the schema has at a place, for a suggestion. */
function knownKeys(path: readonly (string | number)[]): readonly string[] {
  let schema: unknown = configurationSchema;
  for (const key of path) schema = inside(schema, key);
  const entries = (unwrapped(schema) as { entries?: object }).entries;
  return Object.keys(entries ?? {});
}

interface Wrapper {
  readonly wrapped?: unknown;
  readonly pipe?: readonly unknown[];
  readonly item?: unknown;
  readonly value?: unknown;
  readonly entries?: Readonly<Record<string, unknown>>;
}

function inside(schema: unknown, key: string | number): unknown {
  const { entries, item, value } = unwrapped(schema);
  return entries?.[key] ?? item ?? value ?? {};
}

function unwrapped(schema: unknown): Wrapper {
  const { wrapped, pipe } = (schema ?? {}) as Wrapper;
  if (wrapped !== undefined) return unwrapped(wrapped);
  return pipe && pipe[0] !== schema ? unwrapped(pipe[0]) : ((schema ?? {}) as Wrapper);
}
