/**
 * A plan as `terraform show -json` writes it (Terraform: JSON output format, format_version 1.x; OpenTofu writes the same).
 * Values are used, sensitive ones too, and never shown where they are marked.
 */
import { at, type Fields, fields, isFields, list, text, texts } from '../fields.ts';
import { ChangeError } from '../reading.ts';
import { View } from './view.ts';

export type Action = 'no-op' | 'create' | 'update' | 'delete' | 'replace-before' | 'replace-after' | 'forget' | 'read';

export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  /** Key of `for_each`, number of `count`; undefined where there is neither. */
  readonly index: string | number | undefined;
  /** `module.eks.module.node_group[1]`; empty at the root. */
  readonly module: string;
  readonly provider: string;
  readonly action: Action;
  /** A leftover of a replacement that failed half way: it shares the address of the object that took its place. */
  readonly deposed: boolean;
  readonly before: View | undefined;
  readonly after: View | undefined;
  /** Id under which something made by hand is taken over. */
  readonly importing: string | undefined;
}

export interface Plan {
  readonly resources: readonly Resource[];
  readonly configuration: Fields;
  /** Only a part was planned (`-target`, deferred actions). */
  readonly partial: boolean;
  /** What Terraform put off to a later plan: what it comes to is not known. */
  readonly deferred: readonly Pick<Resource, 'address' | 'type' | 'provider'>[];
  readonly refreshOnly: boolean;
  /** Messages of checks that fail without stopping the plan. */
  readonly failedChecks: readonly string[];
  /** Addresses of managed objects that were found changed by others. */
  readonly drifted: readonly string[];
}

const HINT = 'save a plan with "terraform plan -out plan.tfplan" and give "terraform show -json plan.tfplan"';

/** Whether a JSON document comes from Terraform, a plan or not. */
export function isTerraform(value: unknown): boolean {
  if (!isFields(value)) return false;
  if ('@level' in value && '@message' in value) return true;
  if (typeof value.format_version === 'string' && !('apiVersion' in value)) return true;
  return 'resource_changes' in value || ('terraform_version' in value && ('resources' in value || 'values' in value));
}

/** @throws ChangeError for what is no plan, for a version nobody knows, and for a plan that failed */
export function parsePlan(value: unknown): Plan {
  const file = fields(value);
  if ('@level' in file) throw new ChangeError(`this is the log of "terraform plan -json", not a plan: ${HINT}`);
  const version = text(file.format_version);
  if (version === undefined) throw new ChangeError(`this is no Terraform plan: ${HINT}`);
  if (!/^1\.\d+$/.test(version))
    throw new ChangeError(`format_version ${JSON.stringify(version.slice(0, 20))} of the plan is not known: 1.x is`);
  const refreshOnly = !('resource_changes' in file) && 'planned_values' in file && 'resource_drift' in file;
  if (!('resource_changes' in file) && !refreshOnly && !isEmptyPlan(file))
    throw new ChangeError(`this is a state, not a plan: ${HINT}`);
  if (file.errored === true)
    throw new ChangeError('the plan failed (errored): there is no verdict on a plan that failed');
  if (file.resource_changes !== undefined && !Array.isArray(file.resource_changes))
    throw new ChangeError('resource_changes of the plan is no list');
  const changes: readonly unknown[] = Array.isArray(file.resource_changes) ? file.resource_changes : [];
  return {
    resources: changes.map(resource).filter((r) => r !== undefined),
    configuration: fields(at(file.configuration, 'root_module')),
    partial: file.complete === false,
    deferred: list(file.deferred_changes).flatMap(({ resource_change: put }) => {
      const { address, type, mode, provider_name: provider } = fields(put);
      return mode === 'data'
        ? []
        : [{ address: text(address) ?? '?', type: text(type) ?? '', provider: text(provider) ?? '' }];
    }),
    refreshOnly,
    failedChecks: failedChecks(file.checks),
    drifted: list(file.resource_drift).flatMap((d) => text(d.address) ?? []),
  };
}

/** A plan in which nothing is left to do may have no list at all. */
function isEmptyPlan(file: Fields): boolean {
  return 'planned_values' in file && 'configuration' in file;
}

function resource(raw: unknown, i: number): Resource | undefined {
  const { address, type, name, change, mode } = fields(raw);
  if (text(address) === undefined || text(type) === undefined || !isFields(change))
    throw new ChangeError(`resource_changes[${i}] of the plan is no change of a resource`);
  if (mode === 'data') return undefined;
  const action = actionOf(change.actions);
  if (action === undefined) throw new ChangeError(`resource_changes[${i}] of the plan has actions nobody knows`);
  const has = { before: isFields(change.before), after: isFields(change.after) || change.after_unknown === true };
  if ((ARRIVES.has(action) && !has.after) || (LEAVES.has(action) && !has.before))
    throw new ChangeError(`resource_changes[${i}] of the plan has no values on a side that its actions need`);
  const { index, module_address: module, provider_name: provider, deposed } = fields(raw);
  return {
    address: text(address)!,
    type: text(type)!,
    name: text(name) ?? '',
    index: typeof index === 'number' || typeof index === 'string' ? index : undefined,
    module: text(module) ?? '',
    provider: text(provider) ?? '',
    action,
    deposed: text(deposed) !== undefined,
    before: has.before ? new View(change.before, undefined, change.before_sensitive) : undefined,
    after: has.after ? new View(change.after, change.after_unknown, change.after_sensitive) : undefined,
    importing: text(at(change.importing, 'id')),
  };
}

const ARRIVES: ReadonlySet<Action> = new Set(['create', 'update', 'replace-before', 'replace-after']);
const LEAVES: ReadonlySet<Action> = new Set(['update', 'delete', 'forget', 'replace-before', 'replace-after']);

/** The order in a replacement says whether both objects exist at once. */
function actionOf(raw: unknown): Action | undefined {
  const actions = texts(raw);
  switch (actions.join(' ')) {
    case 'no-op':
    case 'create':
    case 'update':
    case 'delete':
    case 'forget':
    case 'read':
      return actions[0] as Action;
    case 'create delete':
      return 'replace-before';
    case 'delete create':
      return 'replace-after';
    case 'create forget':
      return 'create';
    default:
      return undefined;
  }
}

function failedChecks(checks: unknown): readonly string[] {
  return list(checks)
    .filter((c) => c.status === 'fail' || c.status === 'error')
    .map((c) => {
      const name = text(at(c, 'address', 'to_display')) ?? 'a check';
      const messages = list(c.instances).flatMap((i) => list(i.problems).flatMap((p) => text(p.message) ?? []));
      return [name, ...messages].join(': ').slice(0, 300);
    });
}

export function isReplacement({ action }: Resource): boolean {
  return action === 'replace-before' || action === 'replace-after';
}

/** `module.eks.module.node_group` of `module.eks.module.node_group["a.b"]`: keys may hold dots, brackets and quotes. */
export function withoutIndexes(address: string): string {
  let plain = '';
  for (let i = 0; i < address.length; i++) {
    if (address[i] !== '[') {
      plain += address[i];
      continue;
    }
    if (address[i + 1] === '"') {
      i += 2;
      while (i < address.length && address[i] !== '"') i += address[i] === '\\' ? 2 : 1;
    }
    while (i < address.length && address[i] !== ']') i++;
  }
  return plain;
}
