/** `aws_eks_addon` vpc-cni: its configuration is JSON or YAML, known as a whole or not at all. */
import { layValues } from '../../cni-env.ts';
import { isFields, text } from '../../fields.ts';
import { type Context, isOfCluster, type ResourceReader, say } from '../context.ts';
import { isReplacement, type Resource } from '../plan.ts';
import { referredFrom } from '../references.ts';
import type { View } from '../view.ts';

export const addon: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { action, before, after, address } = resource;
  if ((after ?? before)?.get('addon_name') !== 'vpc-cni' || !isOfCluster(resource, context)) return draft.ignore();
  if (action === 'forget') return say(context, resource, 'leaves the state, stays in the cluster');
  if (action === 'delete') {
    if (before?.get('preserve') === true)
      return say(context, resource, 'is no longer managed; aws-node stays (preserve)');
    draft.unknown(`${address}: the add-on vpc-cni is deleted, and with it aws-node: no new pod gets an address`);
    return say(context, resource, 'the add-on vpc-cni is deleted, and with it aws-node');
  }
  if (!after) return;
  const version = text(after.get('addon_version'));
  const release = isReplacement(resource) || version !== text(before?.get('addon_version')) ? version : undefined;
  if (after.isUnknown('configuration_values')) return unknown(resource, context);
  const [was, is] = [document_(before, context), document_(after, context)];
  if (is === UNREADABLE) {
    draft.undecided(`${address}: configuration_values are neither JSON nor YAML`);
    return say(context, resource, 'configuration_values are neither JSON nor YAML');
  }
  layValues(draft, { document, path: [], address }, was === UNREADABLE ? undefined : was, is, release);
  // What commands write later has to hold it too; what is marked is never shown.
  if (after.isSensitive('configuration_values') || !draft.data('addons')?.some((a) => a.name === 'vpc-cni')) return;
  const configuration = isFields(is) ? { ...is } : {};
  draft.edit('addons', [], (all) => all.map((a) => (a.name === 'vpc-cni' ? { ...a, configuration } : a)));
};

const UNREADABLE = Symbol('unreadable');

function document_(view: View | undefined, { draft }: Context): unknown {
  const raw = view?.get('configuration_values');
  if (raw === undefined || raw === '') return undefined;
  const parsed = typeof raw === 'string' ? draft.tools.parseText(raw) : undefined;
  return isFields(parsed) ? parsed : UNREADABLE;
}

/** One unknown value inside makes the whole text unknown. */
function unknown(resource: Resource, context: Context): void {
  const { resources } = referredFrom(context.plan, resource, 'aws_subnet', ['configuration_values']);
  const from =
    resources.length > 0
      ? `; they refer to ${[...new Set(resources.map((r) => `${r.module === '' ? '' : `${r.module}.`}${r.type}.${r.name}`))].join(', ')}`
      : '';
  const way = 'state them with addon:FILE, or apply what they refer to first';
  context.draft.undecided(`${resource.address}: the settings of vpc-cni are not known before the apply${from}: ${way}`);
  say(context, resource, `settings of vpc-cni not known before the apply${from}`);
}
