/** `aws_eks_node_group`: sizes, types and subnets of a managed node group, made, changed, replaced, removed. */
import type { Nodegroup } from '../../../../snapshot/aws.ts';
import { integer, sameSet, size, text, textMap, texts } from '../../fields.ts';
import { type Context, isOfCluster, newIdOf, puzzle, type ResourceReader, say, subnetsOf } from '../context.ts';
import { isReplacement, type Resource } from '../plan.ts';
import { referredFrom } from '../references.ts';
import type { View } from '../view.ts';

export const nodeGroup: ResourceReader = (resource, context) => {
  const { draft } = context;
  if (!isOfCluster(resource, context)) return draft.ignore();
  const old = existing(resource, context);
  const { action } = resource;
  if (action === 'forget') return say(context, resource, 'leaves the state, stays in the account');
  if (action === 'delete') return remove(resource, old, context);
  if (action === 'create' || isReplacement(resource)) return launch(resource, old, context);
  if (action === 'update') update(resource, old, context);
};

const SIZES = ['scaling_config', 0] as const;

function existing({ before }: Resource, { draft }: Context): Nodegroup | undefined {
  const name = text(before?.get('node_group_name')) ?? text(before?.get('id'))?.split(':')[1];
  return name === undefined ? undefined : draft.data('nodegroups')?.find((g) => g.name === name);
}

/** A group that goes is one of no nodes: those it has leave with it. */
function remove(resource: Resource, old: Nodegroup | undefined, context: Context) {
  const { draft } = context;
  if (!old) return draft.ignore();
  put({ ...old, status: 'DELETING', minSize: 0, desiredSize: 0, maxSize: 0 }, context);
  if (resource.deposed) draft.swap({ group: old.name, order: 'last' });
  const leftover = resource.deposed ? ', a leftover of a replacement that failed,' : '';
  say(
    context,
    resource,
    `node group ${old.name}${leftover} is deleted with its ${nodes(old.desiredSize)}`,
    old.subnetIds,
  );
}

function launch(resource: Resource, old: Nodegroup | undefined, context: Context) {
  const view = resource.after!;
  const sizes = sizesOf(resource, context);
  const types = typesOf(resource, context);
  const subnets = subnetsOf(resource, ['subnet_ids'], context, old?.subnetIds);
  if (!sizes) return;
  const group: Nodegroup = {
    name: old?.name ?? text(view.get('node_group_name')) ?? prefixed(resource),
    status: 'CREATING',
    subnetIds: [...subnets.ids],
    instanceTypes: [...types.instanceTypes],
    ...optional('amiType', text(view.get('ami_type')) ?? old?.amiType),
    ...optional('launchTemplate', types.launchTemplate),
    ...sizes,
    ...updateConfig(view),
    labels: textMap(view.get('labels')),
    autoScalingGroups: old?.autoScalingGroups ?? [],
    health: [],
  };
  put(group, context);
  const hidden = view.isSensitive(...SIZES);
  const what = `${types.note ?? (group.instanceTypes.join(' or ') || 'type of its launch template')}, ${shown(sizes, hidden)}`;
  const notes = [subnets.note, types.inference].filter((n) => n !== undefined).map((n) => `; ${n}`);
  const swapped = resource.action === 'replace-before' ? 'before the old one goes' : 'after the old one is gone';
  if (old && isReplacement(resource)) {
    context.draft.swap({ group: old.name, order: resource.action === 'replace-before' ? 'before' : 'after' });
    const touched = [...new Set([...old.subnetIds, ...group.subnetIds])];
    return say(
      context,
      resource,
      `node group ${old.name} is replaced, the new one comes ${swapped}: ${what}${notes.join('')}`,
      touched,
    );
  }
  say(context, resource, `a new node group ${group.name}: ${what}${notes.join('')}`, group.subnetIds);
}

function update(resource: Resource, old: Nodegroup | undefined, context: Context) {
  const { before, after, address } = resource;
  const { draft } = context;
  if (!before || !after) return;
  if (!old) {
    if (differs(before, after, ['scaling_config', 'subnet_ids', 'instance_types', 'launch_template']))
      draft.unknown(`${address}: the node group it changes was not read`);
    return draft.ignore();
  }
  const planned = sizesIn(before);
  const sizesChange = differs(before, after, ['scaling_config']) || after.isUnknown(...SIZES);
  const sizes = sizesChange ? sizesOf(resource, context) : undefined;
  const subnets = differs(before, after, ['subnet_ids'])
    ? subnetsOf(resource, ['subnet_ids'], context, old.subnetIds)
    : undefined;
  const retyped = differs(before, after, ['instance_types']);
  const relaunched = differs(before, after, ['launch_template']);
  const surge = differs(before, after, ['update_config']);
  if (!sizesChange && !subnets && !retyped && !relaunched && !surge) return draft.ignore();
  const types = retyped || relaunched ? typesOf(resource, context) : undefined;
  put(
    {
      ...old,
      ...(sizes ?? {}),
      ...(subnets ? { subnetIds: [...subnets.ids] } : {}),
      ...(types
        ? { instanceTypes: [...types.instanceTypes], ...optional('launchTemplate', types.launchTemplate) }
        : {}),
      ...(surge ? updateConfig(after) : {}),
    },
    context,
  );
  const hidden = after.isSensitive(...SIZES) || before.isSensitive(...SIZES);
  const parts = [
    ...(sizes ? [change(old, sizes, hidden)] : []),
    ...(subnets && !sameSet(subnets.ids, old.subnetIds)
      ? [`subnets ${old.subnetIds.join(', ')} → ${subnets.ids.join(', ')}`]
      : []),
    ...(types ? [`launches ${types.instanceTypes.join(' or ') || 'the type of its launch template'}`] : []),
    ...(surge ? ['another number of nodes may be replaced at once'] : []),
    ...(planned && sizesChange ? disagreement(planned, old, hidden) : []),
  ].filter((p) => p !== '');
  say(
    context,
    resource,
    `node group ${old.name}: ${parts.join('; ') || 'what it comes to is not known'}`,
    subnets ? [...old.subnetIds, ...subnets.ids] : old.subnetIds,
  );
}

/** The account is what counts for today, whatever the plan saw. */
function disagreement(planned: Sizes, old: Nodegroup, hidden: boolean): string[] {
  const same =
    planned.desiredSize === old.desiredSize && planned.maxSize === old.maxSize && planned.minSize === old.minSize;
  if (same) return [];
  const numbers = hidden ? '' : `: it saw ${shown(planned, false)}, the account has ${shown(old, false)}`;
  return [`plan and account disagree${numbers}`];
}

function put(group: Nodegroup, { draft }: Context): void {
  draft.edit('nodegroups', [], (all) => [...all.filter((g) => g.name !== group.name), group]);
}

type Sizes = Pick<Nodegroup, 'minSize' | 'desiredSize' | 'maxSize'>;

function sizesIn(view: View): Sizes | undefined {
  const [minSize, desiredSize, maxSize] = ['min_size', 'desired_size', 'max_size'].map((k) =>
    size(view.get(...SIZES, k)),
  );
  if (minSize === undefined || desiredSize === undefined || maxSize === undefined) return undefined;
  return { minSize, desiredSize, maxSize };
}

/** Undefined where they are not known before the apply, or are no sizes: named, and what was there stays. */
function sizesOf(resource: Resource, context: Context): Sizes | undefined {
  const view = resource.after!;
  if (view.isUnknown(...SIZES)) {
    context.draft.unknown(`${resource.address}: its sizes are not known before the apply`);
    return undefined;
  }
  const sizes = sizesIn(view);
  if (sizes && sizes.minSize <= sizes.desiredSize && sizes.desiredSize <= sizes.maxSize) return sizes;
  puzzle(context, resource, 'its scaling_config has no sizes with minimum ≤ desired ≤ maximum');
  return undefined;
}

function shown({ minSize, desiredSize, maxSize }: Sizes, hidden: boolean): string {
  return hidden ? 'sizes marked sensitive' : `${desiredSize} nodes (${minSize} to ${maxSize})`;
}

function change(old: Nodegroup, sizes: Sizes, hidden: boolean): string {
  if (hidden) return 'its sizes change; they are marked sensitive';
  const of = (name: string, was: number, is: number) => (was === is ? [] : [`${name} ${was} → ${is}`]);
  return [
    ...of('desired', old.desiredSize, sizes.desiredSize),
    ...of('maximum', old.maxSize, sizes.maxSize),
    ...of('minimum', old.minSize, sizes.minSize),
  ].join(', ');
}

interface Types extends Pick<Nodegroup, 'launchTemplate'> {
  readonly instanceTypes: readonly string[];
  readonly note?: string;
  readonly inference?: string;
}

/** EKS launches t3.medium where neither the group nor a launch template names a type (EKS API: CreateNodegroup). */
const DEFAULT_TYPE = 't3.medium';

function typesOf(resource: Resource, context: Context): Types {
  const view = resource.after!;
  const { draft } = context;
  const declared = view.isUnknown('instance_types') ? [] : texts(view.get('instance_types'));
  for (const type of declared)
    if (!draft.tools.catalog.has(type) && !draft.data('instanceTypes')?.some((t) => t.instanceType === type))
      draft.unknown(`${resource.address}: nothing is known of the instance type ${type}`);
  if (declared.length > 0) return { instanceTypes: declared };
  const { template, inferred } = templateOf(resource, context);
  if (template) {
    const id = newIdOf(template);
    const type = text(template.after?.get('instance_type'));
    if (type !== undefined)
      return {
        instanceTypes: [type],
        launchTemplate: { id },
        ...(inferred
          ? { inference: `its type is that of ${template.address}, which stands beside it in the module` }
          : {}),
      };
  }
  const id = text(view.get('launch_template', 0, 'id'));
  const known = draft.data('launchTemplates')?.find((t) => t.id === id);
  if (id !== undefined && known?.instanceType !== undefined)
    return { instanceTypes: [known.instanceType], launchTemplate: { id } };
  if (hasTemplate(view)) {
    draft.unknown(`${resource.address}: its instance type is not known before the apply`);
    return {
      instanceTypes: [],
      note: 'type not known before the apply',
      ...optional('launchTemplate', id === undefined ? undefined : { id }),
    };
  }
  if (!view.isUnknown('instance_types')) return { instanceTypes: [DEFAULT_TYPE] };
  // Unknown stands for "EKS decides" as well: only where the code names something it is an open question.
  draft.unknown(`${resource.address}: its instance types are not known before the apply`);
  return { instanceTypes: [], note: 'type not known before the apply' };
}

function hasTemplate(view: View): boolean {
  return view.get('launch_template', 0) !== undefined || view.isUnknown('launch_template');
}

/** The launch template it refers to, or the only one beside it: a dynamic block leaves no reference behind. */
function templateOf(
  resource: Resource,
  { plan }: Context,
): { readonly template?: Resource; readonly inferred?: boolean } {
  if (!hasTemplate(resource.after!)) return {};
  const named = referredFrom(plan, resource, 'aws_launch_template', ['launch_template']).resources;
  const own = named.filter((r) => r.module === resource.module && r.index === resource.index);
  const [only, second] = own.length === 1 ? own : named;
  if (only && !second) return { template: only };
  const id = text(resource.after!.get('launch_template', 0, 'id'));
  const beside = plan.resources.filter(
    (r) => r.type === 'aws_launch_template' && r.module === resource.module && r.after,
  );
  const byId = beside.find((r) => id !== undefined && r.after?.get('id') === id);
  if (byId) return { template: byId };
  return id === undefined && beside.length === 1 ? { template: beside[0]!, inferred: true } : {};
}

function prefixed({ after, address }: Resource): string {
  const prefix = text(after?.get('node_group_name_prefix'));
  return prefix === undefined ? address : prefix.replace(/-$/, '');
}

function updateConfig(view: View): Partial<Nodegroup> {
  const count = integer(view.get('update_config', 0, 'max_unavailable'));
  const percent = integer(view.get('update_config', 0, 'max_unavailable_percentage'));
  return {
    ...optional('maxUnavailable', count ? count : undefined),
    ...optional('maxUnavailablePercentage', percent ? percent : undefined),
  };
}

/** Lists that are sets come in any order. */
function differs(before: View, after: View, keys: readonly string[]): boolean {
  return keys.some((k) => after.isUnknown(k) || canonical(before.get(k)) !== canonical(after.get(k)));
}

/** Equal for values that mean the same. Texts are put together, not quoted again: that would double them with each level. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, v]) => v !== null);
  const members = entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`);
  return `{${members.sort().join()}}`;
}

function optional<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

function nodes(n: number): string {
  return n === 1 ? '1 node' : `${n} nodes`;
}
