/** `aws_autoscaling_group` of self-managed nodes. */
import type { AutoScalingGroup } from '../../../../snapshot/aws.ts';
import { fields, list, sameSet, size, text } from '../../fields.ts';
import { type Context, newIdOf, puzzle, type ResourceReader, say, subnetsOf } from '../context.ts';
import { isReplacement, type Resource } from '../plan.ts';
import { referredFrom } from '../references.ts';
import type { View } from '../view.ts';

export const autoScalingGroup: ResourceReader = (resource, context) => {
  const { draft } = context;
  const { action, before, after } = resource;
  const name = text(before?.get('name'));
  const old = draft.data('autoScalingGroups')?.find((g) => g.name === name);
  if (!old && !isOfCluster(after, context)) return draft.ignore();
  if (action === 'forget') return say(context, resource, 'leaves the state, stays in the account');
  if (action === 'delete') {
    if (!old) return draft.ignore();
    put({ ...old, minSize: 0, desiredCapacity: 0, maxSize: 0 }, context);
    return say(
      context,
      resource,
      `Auto Scaling group ${old.name} is deleted with its ${old.desiredCapacity} nodes`,
      old.subnetIds,
    );
  }
  if (!after) return;
  const next = groupOf(resource, old, context);
  if (!next) return;
  if (old && action === 'update' && same(old, next)) return draft.ignore();
  put(next, context);
  if (old && isReplacement(resource))
    draft.swap({ group: next.name, order: action === 'replace-before' ? 'before' : 'after' });
  const hidden = ['min_size', 'max_size', 'desired_capacity'].some((k) => after.isSensitive(k));
  const sizes = hidden
    ? 'sizes marked sensitive'
    : `${next.desiredCapacity} nodes (${next.minSize} to ${next.maxSize})`;
  const was = old && !hidden ? ` in place of ${old.desiredCapacity} (${old.minSize} to ${old.maxSize})` : '';
  say(context, resource, `${old ? '' : 'a new '}Auto Scaling group ${next.name}: ${sizes}${was}`, [
    ...(old?.subnetIds ?? []),
    ...next.subnetIds,
  ]);
};

/** By the tag that its nodes need to join: kubernetes.io/cluster/NAME. */
function isOfCluster(view: View | undefined, { draft }: Context): boolean {
  const cluster = draft.data('cluster')?.name;
  const keys = list(view?.get('tag')).map((t) => text(t.key));
  return (
    cluster !== undefined &&
    (keys.includes(`kubernetes.io/cluster/${cluster}`) || keys.includes(`k8s.io/cluster/${cluster}`))
  );
}

function groupOf(
  resource: Resource,
  old: AutoScalingGroup | undefined,
  context: Context,
): AutoScalingGroup | undefined {
  const view = resource.after!;
  const { draft } = context;
  if (
    ['min_size', 'max_size', 'desired_capacity'].some(
      (k) => view.isUnknown(k) && view.get(k) === undefined && (k !== 'desired_capacity' || !old),
    )
  )
    draft.unknown(`${resource.address}: its sizes are not known before the apply`);
  const [min, max] = [size(view.get('min_size')), size(view.get('max_size'))];
  if (min === undefined || max === undefined || min > max) {
    puzzle(context, resource, 'its sizes are no numbers with minimum ≤ maximum');
    return undefined;
  }
  const asked = size(view.get('desired_capacity')) ?? old?.desiredCapacity ?? min;
  const subnets = subnetsOf(resource, ['vpc_zone_identifier'], context, old?.subnetIds);
  const launchTemplate = templateOf(resource, context);
  const overrides = list(view.get('mixed_instances_policy', 0, 'launch_template', 0, 'override')).map((o) => {
    const [instanceType, weight] = [text(o.instance_type), size(o.weighted_capacity)];
    return { ...(instanceType === undefined ? {} : { instanceType }), ...(weight === undefined ? {} : { weight }) };
  });
  return {
    name: old?.name ?? text(view.get('name')) ?? resource.address,
    minSize: min,
    maxSize: max,
    desiredCapacity: Math.min(Math.max(asked, min), max),
    subnetIds: [...subnets.ids],
    instanceIds: old?.instanceIds ?? [],
    ...(launchTemplate === undefined ? {} : { launchTemplate }),
    ...(overrides.length > 0 ? { overrides } : {}),
    tags: Object.fromEntries(
      list(view.get('tag')).flatMap((t) => (text(t.key) ? [[t.key as string, String(fields(t).value ?? '')]] : [])),
    ),
  };
}

function templateOf(resource: Resource, { plan }: Context): AutoScalingGroup['launchTemplate'] {
  const view = resource.after!;
  const id =
    text(view.get('launch_template', 0, 'id')) ??
    text(
      view.get(
        'mixed_instances_policy',
        0,
        'launch_template',
        0,
        'launch_template_specification',
        0,
        'launch_template_id',
      ),
    );
  if (id !== undefined) return { id };
  const [only, second] = ['launch_template', 'mixed_instances_policy'].flatMap(
    (b) => referredFrom(plan, resource, 'aws_launch_template', [b]).resources,
  );
  return only && !second ? { id: newIdOf(only) } : undefined;
}

function same(a: AutoScalingGroup, b: AutoScalingGroup): boolean {
  const key = ({ minSize, maxSize, desiredCapacity, launchTemplate, overrides }: AutoScalingGroup) =>
    JSON.stringify([minSize, maxSize, desiredCapacity, launchTemplate?.id, overrides ?? []]);
  return key(a) === key(b) && sameSet(a.subnetIds, b.subnetIds);
}

function put(group: AutoScalingGroup, { draft }: Context): void {
  draft.edit('autoScalingGroups', [], (all) => [...all.filter((g) => g.name !== group.name), group]);
}
