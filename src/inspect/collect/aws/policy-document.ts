/** IAM policy documents, reduced to the statements in them (IAM JSON policy grammar: every list may be a single text). */
import type { IamRole, PolicyStatement } from '../../snapshot/account.ts';

type Json = Readonly<Record<string, unknown>>;

/** @param document as IAM sends it, URL-encoded JSON. Nothing where it cannot be read. */
export function statementsOf(document: string | undefined): PolicyStatement[] {
  return rawStatements(document).map((s) => ({
    effect: s.Effect === 'Allow' ? 'Allow' : 'Deny',
    actions: list(s.Action),
    notActions: list(s.NotAction),
    resources: list(s.Resource),
    notResources: list(s.NotResource),
    conditions: conditionsOf(s.Condition),
  }));
}

export function trustOf(document: string | undefined): IamRole['trust'] {
  return rawStatements(document).map((s) => ({
    effect: s.Effect === 'Allow' ? 'Allow' : 'Deny',
    actions: list(s.Action),
    principals: typeof s.Principal === 'string' ? [s.Principal] : Object.values(object(s.Principal)).flatMap(list),
    conditions: conditionsOf(s.Condition),
  }));
}

function rawStatements(document: string | undefined): Json[] {
  if (!document) return [];
  try {
    const { Statement } = object(JSON.parse(document.startsWith('%') ? decodeURIComponent(document) : document));
    return (Array.isArray(Statement) ? Statement : [Statement]).filter((s) => typeof s === 'object' && s !== null);
  } catch {
    return [];
  }
}

/** `{"StringEquals": {"aws:RequestTag/x": ["a", "b"]}}`. */
function conditionsOf(condition: unknown): PolicyStatement['conditions'] {
  return Object.entries(object(condition)).flatMap(([operator, keys]) =>
    Object.entries(object(keys)).map(([key, values]) => ({ operator, key, values: list(values) })),
  );
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value])
    .filter((v) => ['string', 'boolean', 'number'].includes(typeof v))
    .map(String);
}
