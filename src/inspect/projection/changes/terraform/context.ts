/** What every reader of a Terraform resource works with. */
import type { Draft } from '../draft.ts';
import { texts } from '../fields.ts';
import type { ChangeDocument } from '../reading.ts';
import { isReplacement, type Plan, type Resource } from './plan.ts';
import { referredFrom } from './references.ts';

export interface Context {
  readonly plan: Plan;
  readonly draft: Draft;
  readonly document: ChangeDocument;
}

/** Reads one change of one resource into the draft. */
export type ResourceReader = (resource: Resource, context: Context) => void;

export function say(
  { draft, document }: Context,
  { address }: Resource,
  statement: string,
  subnets?: readonly string[],
): void {
  draft.effect(document, [], address, statement, subnets);
}

export function puzzle({ draft, document }: Context, { address }: Resource, reason: string): void {
  draft.misunderstood(document, [], address, reason);
}

/** The id it has, or its address as long as it has none. */
export function idOf(resource: Resource): string {
  const id = resource.after?.get('id') ?? (resource.after ? undefined : resource.before?.get('id'));
  return typeof id === 'string' && id !== '' ? id : resource.address;
}

/** A replaced object gets an id of its own. */
export function newIdOf(resource: Resource): string {
  return isReplacement(resource) || resource.action === 'create' ? idAfter(resource) : idOf(resource);
}

function idAfter({ after, address }: Resource): string {
  const id = after?.get('id');
  return typeof id === 'string' && id !== '' ? id : address;
}

/** Whether it is of the cluster that is looked at, or of the one that the plan makes. */
export function isOfCluster({ after, before }: Resource, { draft }: Context): boolean {
  const view = after ?? before;
  if (!view) return false;
  const name = draft.data('cluster')?.name;
  if (view.isUnknown('cluster_name')) return draft.fresh;
  return name === undefined || view.get('cluster_name') === name;
}

export interface Ids {
  readonly ids: readonly string[];
  /** What was assumed of a value that is not known before the apply. */
  readonly note?: string;
}

/**
 * Subnets of an attribute. Where they are not known before the apply: those it refers to, with a note; where the references
 * lead nowhere it is an open question, and `otherwise` is reckoned with.
 */
export function subnetsOf(
  resource: Resource,
  path: readonly (string | number)[],
  context: Context,
  otherwise: readonly string[] = [],
): Ids {
  const { after, address } = resource;
  const { draft, plan } = context;
  if (!after) return { ids: otherwise };
  if (!after.isUnknown(...path)) {
    const ids = texts(after.get(...path));
    const known = new Set(draft.data('subnets')?.map((s) => s.subnetId));
    for (const id of ids)
      if (!known.has(id)) draft.unknown(`${address}: ${id} is no subnet that was read: its size is not known`);
    return { ids };
  }
  const { resources, deadEnds } = referredFrom(plan, resource, 'aws_subnet', path);
  const candidates = resources.filter((r) => r.after !== undefined);
  const attribute = path.filter((p) => typeof p === 'string').join('.');
  if (candidates.length === 0 || deadEnds.length > 0) {
    const from = deadEnds.length > 0 ? ` (from ${deadEnds.join(', ')})` : '';
    draft.undecided(`${address}: ${attribute} is not known before the apply${from}; apply what it depends on first`);
    return { ids: candidates.length > 0 ? candidates.map(newIdOf) : otherwise };
  }
  const ids = candidates.map(newIdOf);
  const lost = ids.filter((id) => !draft.data('subnets')?.some((s) => s.subnetId === id));
  if (lost.length > 0) draft.unknown(`${address}: the size of ${lost.join(', ')} is not known before the apply`);
  if (ids.length === 1) return { ids };
  // An attribute of one subnet in a loop names the one of its own turn.
  const own = candidates.filter((r) => r.index === resource.index && r.index !== undefined);
  if (path.at(-1) === 'subnet_id') return { ids: (own.length === 1 ? own : candidates).slice(0, 1).map(newIdOf) };
  return {
    ids,
    note: `${attribute} not known before the apply: one to ${ids.length} of ${ids.join(', ')}; reckoned with all`,
  };
}
