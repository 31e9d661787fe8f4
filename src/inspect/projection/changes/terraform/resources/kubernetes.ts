/** Objects that Terraform applies to the cluster: manifests, and Helm releases. */

import { isFields, text } from '../../fields.ts';
import { readHelmRelease } from '../../helm.ts';
import { readObject } from '../../manifest/object.ts';
import { puzzle, type ResourceReader, say } from '../context.ts';

/** `kubernetes_manifest` and `kubectl_manifest`: the object as it is. */
export const manifest: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { action, after, before, address, type } = resource;
  const key = type === 'kubectl_manifest' ? 'yaml_body_parsed' : 'manifest';
  const view = after ?? before;
  if (action === 'forget' || !view) return draft.ignore();
  const raw = view.get(type === 'kubectl_manifest' ? 'yaml_body' : key) ?? view.get(key);
  if (after?.isUnknown(type === 'kubectl_manifest' ? 'yaml_body' : key))
    return puzzle(context, resource, 'the object is not known before the apply');
  const object = typeof raw === 'string' ? draft.tools.parseText(raw) : raw;
  if (!isFields(object)) return puzzle(context, resource, 'it holds no object of Kubernetes');
  readObject(draft, { document, path: [], address }, object, action === 'delete');
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
