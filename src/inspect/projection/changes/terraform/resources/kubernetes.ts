/** Objects that Terraform applies to the cluster: manifests, and Helm releases. */

import { CNI_VARIABLES } from '../../../../../calc/ipamd/variables.ts';
import { setEnv } from '../../cni-env.ts';
import { at, isFields, list, text } from '../../fields.ts';
import { readHelmRelease } from '../../helm.ts';
import { type Found, readObjects } from '../../manifest/object.ts';
import { type Context, puzzle, type ResourceReader, say } from '../context.ts';
import type { Resource } from '../plan.ts';

/** `kubernetes_manifest` and `kubectl_manifest`: the objects as they are, read together. */
export function manifests(resources: readonly Resource[], context: Context): void {
  readObjects(
    context.draft,
    resources.flatMap((r) => objectOf(r, context)),
  );
}

function objectOf(resource: Resource, context: Context): readonly Found[] {
  const { draft, document } = context;
  const { action, after, before, address, type } = resource;
  if (type.startsWith('kubernetes_horizontal_pod_autoscaler')) return scalerOf(resource, context);
  const key = type === 'kubectl_manifest' ? 'yaml_body_parsed' : 'manifest';
  const view = after ?? before;
  if (action === 'forget' || !view) {
    draft.ignore();
    return [];
  }
  const raw = view.get(type === 'kubectl_manifest' ? 'yaml_body' : key) ?? view.get(key);
  if (after?.isUnknown(type === 'kubectl_manifest' ? 'yaml_body' : key)) {
    puzzle(context, resource, 'the object is not known before the apply');
    return [];
  }
  const object = typeof raw === 'string' ? draft.tools.parseText(raw) : raw;
  if (isFields(object)) return [{ place: { document, path: [], address }, object, removed: action === 'delete' }];
  puzzle(context, resource, 'it holds no object of Kubernetes');
  return [];
}

/** The provider spells it with blocks and underscores; the rest is the object itself. */
function scalerOf(resource: Resource, context: Context): readonly Found[] {
  const { action, after, before, address } = resource;
  const view = after ?? before;
  if (action === 'forget' || !view) {
    context.draft.ignore();
    return [];
  }
  if (after?.isUnknown('spec')) {
    puzzle(context, resource, 'its numbers are not known before the apply');
    return [];
  }
  const [spec, metadata] = [view.get('spec', 0), view.get('metadata', 0)];
  const object = {
    ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata },
    spec: {
      scaleTargetRef: at(spec, 'scale_target_ref', 0),
      minReplicas: at(spec, 'min_replicas') ?? undefined,
      maxReplicas: at(spec, 'max_replicas'),
    },
  };
  return [{ place: { document: context.document, path: [], address }, object, removed: action === 'delete' }];
}

/** `kubernetes_env`: variables of a workload that something else has made; those of aws-node are its settings. */
export const environment: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { action, after, before, address } = resource;
  const view = after ?? before;
  const of = [view?.get('kind'), view?.get('metadata', 0, 'namespace'), view?.get('metadata', 0, 'name')].join('/');
  if (action === 'forget' || of !== 'DaemonSet/kube-system/aws-node') return draft.ignore();
  if (after?.isUnknown('env'))
    return draft.undecided(`${address}: settings of aws-node are not known before the apply`);
  const named = (side: typeof view) => list(side?.get('env')).flatMap((e) => text(e.name) ?? []);
  for (const e of list(after?.get('env')))
    if (CNI_VARIABLES.has(text(e.name) ?? '') && list(e.value_from).length > 0)
      draft.unknown(`${address}: ${text(e.name)} is taken from an object that is not in the plan`);
  const set = list(after?.get('env')).flatMap((e): [string, string][] =>
    list(e.value_from).length > 0 ? [] : [[text(e.name) ?? '', text(e.value) ?? '']],
  );
  const dropped = named(before).filter((name) => !named(after).includes(name));
  setEnv(draft, { document, path: [], address }, Object.fromEntries(set), dropped);
};

/** The provider's own resources spell the pod template in their own way. */
export const podTemplate: ResourceReader = (resource, context) => {
  if (resource.action === 'forget') return context.draft.ignore();
  puzzle(context, resource, `pods of ${resource.type} are not read; give the manifest it makes`);
};

export const helmRelease: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { after, before, action, address } = resource;
  const view = after ?? before;
  const chart = text(view?.get('chart'));
  if (action === 'forget' || !view || chart === undefined) return draft.ignore();
  if (!/(^|\/)aws-vpc-cni$/.test(chart)) {
    if (
      action === 'update' &&
      !['values', 'set', 'version', 'chart'].some(
        (k) => JSON.stringify(before?.get(k)) !== JSON.stringify(after?.get(k)) || after?.isUnknown(k),
      )
    )
      return draft.ignore();
    return puzzle(
      context,
      resource,
      `what the chart ${chart} makes is not in the plan; give its manifests (helm template)`,
    );
  }
  if (action === 'delete') {
    draft.unknown(`${address}: the release of aws-vpc-cni is deleted, and with it aws-node`);
    return say(context, resource, 'the release of aws-vpc-cni is deleted, and with it aws-node');
  }
  if (after?.isUnknown('values') || after?.isUnknown('set')) {
    draft.undecided(`${address}: the values of aws-vpc-cni are not known before the apply`);
    return say(context, resource, 'values of aws-vpc-cni not known before the apply');
  }
  readHelmRelease(
    draft,
    { document, path: [], address },
    { values: before?.get('values'), set: before?.get('set') },
    { values: after?.get('values'), set: after?.get('set') },
  );
};
