/** `aws_launch_template`: the type and the maxPods of groups that leave them to it. */
import type { LaunchTemplate } from '../../../../snapshot/aws.ts';
import { text } from '../../fields.ts';
import { type Context, newIdOf, type ResourceReader, say } from '../context.ts';
import type { Resource } from '../plan.ts';

export const launchTemplate: ResourceReader = (resource, context) => {
  const { draft } = context;
  const view = resource.after;
  if (!view || resource.action === 'forget') return draft.ignore();
  const id = newIdOf(resource);
  const old = draft.data('launchTemplates')?.find((t) => t.id === id);
  const made = templateOf(resource, id, (old?.version ?? 0) + 1, context);
  const same =
    old && old.instanceType === made.instanceType && old.maxPods === made.maxPods && old.imageId === made.imageId;
  if (same || (resource.action === 'update' && !old)) return draft.ignore();
  draft.edit('launchTemplates', [], (all) => [...all.filter((t) => t.id !== id), made]);
  const what = [
    made.instanceType ?? 'no instance type',
    ...(made.maxPods === undefined ? [] : [`maxPods ${made.maxPods}`]),
  ];
  say(
    context,
    resource,
    `${old ? 'launches' : 'a new launch template:'} ${what.join(', ')}${old?.instanceType && old.instanceType !== made.instanceType ? ` in place of ${old.instanceType}` : ''}`,
  );
};

function templateOf(resource: Resource, id: string, version: number, { draft }: Context): LaunchTemplate {
  const view = resource.after!;
  const userData = text(view.get('user_data'));
  const maxPods = userData === undefined ? undefined : draft.tools.maxPodsOf(userData);
  const instanceType = text(view.get('instance_type'));
  const imageId = text(view.get('image_id'));
  // Without an image of its own EKS decides maxPods; with one the user data may.
  if (view.isUnknown('user_data') && (imageId !== undefined || view.isUnknown('image_id')))
    draft.unknown(`${resource.address}: user_data, which may set maxPods, is not known before the apply`);
  return {
    id,
    version,
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(maxPods === undefined ? {} : { maxPods }),
    ...(imageId === undefined ? {} : { imageId }),
  };
}
