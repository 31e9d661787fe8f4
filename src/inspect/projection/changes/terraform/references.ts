/**
 * What an expression refers to. The plan keeps of its configuration constants and references, not functions: all that can be
 * told is among which resources the value is.
 */
import { at, type Fields, fields, list, texts } from '../fields.ts';
import { type Plan, type Resource, withoutIndexes } from './plan.ts';

export interface Referred {
  /** Managed resources of the plan that the value is made from. */
  readonly resources: readonly Resource[];
  /** What could not be followed: locals, data sources, keys of a loop. */
  readonly deadEnds: readonly string[];
}

interface Scope {
  readonly module: Fields;
  /** `module.eks.module.node_group`, empty at the root. */
  readonly path: string;
  readonly caller?: { readonly scope: Scope; readonly expressions: Fields };
}

/** The resources of one type behind an attribute of a resource, or behind an element of a block of one. */
export function referredFrom(plan: Plan, from: Resource, type: string, path: readonly (string | number)[]): Referred {
  const scope = scopeOf(plan, from.module);
  const own = list(scope?.module.resources).find(
    (r) => r.type === from.type && r.name === from.name && r.mode !== 'data',
  );
  const found = new Map<string, Resource>();
  const deadEnds = new Set<string>();
  const expression = at(fields(own?.expressions), ...path);
  if (!scope || expression === undefined) return { resources: [], deadEnds: [] };
  follow(plan, scope, expression, type, found, deadEnds, new Set());
  return { resources: [...found.values()], deadEnds: [...deadEnds].sort() };
}

function scopeOf(plan: Plan, module: string): Scope | undefined {
  let scope: Scope = { module: plan.configuration, path: '' };
  for (const name of namesOf(module)) {
    const next = into(scope, name);
    if (!next) return undefined;
    scope = next;
  }
  return scope;
}

function into(scope: Scope, name: string): Scope | undefined {
  const call = fields(at(scope.module.module_calls, name));
  if (!('module' in call)) return undefined;
  return {
    module: fields(call.module),
    path: `${scope.path === '' ? '' : `${scope.path}.`}module.${name}`,
    caller: { scope, expressions: fields(call.expressions) },
  };
}

/** Names of the modules of an address, outermost first. */
function namesOf(module: string): readonly string[] {
  return module === ''
    ? []
    : withoutIndexes(module)
        .split('.')
        .filter((_, i) => i % 2 === 1);
}

function follow(
  plan: Plan,
  scope: Scope,
  expression: unknown,
  type: string,
  found: Map<string, Resource>,
  deadEnds: Set<string>,
  seen: Set<string>,
): void {
  for (const reference of narrowest(referencesIn(expression))) {
    const key = `${scope.path} ${reference}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const [head = '', second = '', third = ''] = withoutIndexes(reference).split('.');
    if (head === 'var') {
      const given = scope.caller && at(scope.caller.expressions, second);
      if (given !== undefined) follow(plan, scope.caller!.scope, given, type, found, deadEnds, seen);
    } else if (head === 'module') {
      const inner = into(scope, second);
      const output = inner && at(inner.module.outputs, third, 'expression');
      if (inner && output !== undefined) follow(plan, inner, output, type, found, deadEnds, seen);
      else if (inner && third === '') deadEnds.add(reference);
    } else if (head === 'local' || head === 'data' || head === 'each') deadEnds.add(reference);
    else if (head === type)
      for (const r of instances(plan, scope.path, type, second, reference)) found.set(r.address, r);
  }
}

/** `references` of an expression, at any depth: blocks and objects hold more of them. */
function referencesIn(expression: unknown): string[] {
  if (Array.isArray(expression)) return expression.flatMap(referencesIn);
  if (typeof expression !== 'object' || expression === null) return [];
  return Object.entries(expression).flatMap(([key, v]) =>
    key === 'references' ? texts(v) : key === 'constant_value' ? [] : referencesIn(v),
  );
}

/** `module.m.out` comes with `module.m` behind it: only the narrower says something. */
function narrowest(references: readonly string[]): readonly string[] {
  return references.filter((r) => !references.some((o) => o !== r && (o.startsWith(`${r}.`) || o.startsWith(`${r}[`))));
}

/** Objects of a resource in every instance of its module; one alone where the reference has its index. */
function instances(plan: Plan, module: string, type: string, name: string, reference: string): readonly Resource[] {
  const all = plan.resources.filter(
    (r) => r.type === type && r.name === name && !r.deposed && withoutIndexes(r.module) === module,
  );
  const index = /^[^[]+\[(?:(\d+)|"((?:[^"\\]|\\.)*)")\]/.exec(reference);
  if (!index) return all;
  const [, number, key] = index;
  return all.filter((r) => (number !== undefined ? r.index === Number(number) : r.index === key));
}
