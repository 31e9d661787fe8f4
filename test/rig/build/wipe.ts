import { inParallel, type Kube, KubeError, type KubeObject } from '../clients/kube.ts';
import { MERGE } from './kube-writer.ts';

/** Where scenarios write, in the order of removal: owners first, so that nothing counts what is going. */
const COLLECTIONS = [
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/replicasets',
  '/apis/apps/v1/statefulsets',
  '/apis/apps/v1/daemonsets',
  '/apis/apps/v1/controllerrevisions',
  '/apis/batch/v1/jobs',
  '/apis/autoscaling/v2/horizontalpodautoscalers',
  '/apis/policy/v1/poddisruptionbudgets',
  '/apis/networking.k8s.io/v1/networkpolicies',
  '/api/v1/pods',
  '/api/v1/events',
  '/api/v1/services',
  '/api/v1/configmaps',
  '/api/v1/serviceaccounts',
  '/api/v1/persistentvolumeclaims',
  '/api/v1/persistentvolumes',
  '/api/v1/nodes',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  '/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs',
  '/apis/vpcresources.k8s.aws/v1beta1/securitygrouppolicies',
  '/apis/vpcresources.k8s.aws/v1alpha1/cninodes',
  '/apis/networking.k8s.aws/v1alpha1/policyendpoints',
  '/apis/karpenter.sh/v1/nodepools',
  '/apis/karpenter.sh/v1/nodeclaims',
  '/apis/karpenter.k8s.aws/v1/ec2nodeclasses',
  '/apis/eks.amazonaws.com/v1/nodeclasses',
];

/** What the API server made for itself, and the viewer's rights. */
const KEPT =
  /^(?:system:|kube-root-ca|extension-apiserver|kubernetes$|vpccni-inspect|cluster-admin|admin$|edit$|view$)/;
/** Every namespace has one. */
const ACCOUNTS = '/api/v1/serviceaccounts';

/** Empties the API server of what a scenario wrote; custom kinds, namespaces and the viewer's rights stay. */
export async function wipe(kube: Kube): Promise<void> {
  for (const collection of COLLECTIONS) {
    const { items = [] } = await kube
      .call<{ items?: KubeObject[] }>('GET', collection)
      .catch((error) => missing(error) ?? { items: [] });
    const mine = items.filter(
      ({ metadata: { name } }) => !KEPT.test(name) && !(collection === ACCOUNTS && name === 'default'),
    );
    await inParallel(mine, 8, async ({ metadata }) => {
      const path = pathIn(collection, metadata);
      if (metadata.finalizers) await kube.call('PATCH', path, { metadata: { finalizers: null } }, MERGE).catch(missing);
      await kube.call('DELETE', path, { gracePeriodSeconds: 0 }).catch(missing);
    });
  }
}

function pathIn(collection: string, { name, namespace }: KubeObject['metadata']): string {
  if (!namespace) return `${collection}/${name}`;
  const cut = collection.lastIndexOf('/');
  return `${collection.slice(0, cut)}/namespaces/${namespace}${collection.slice(cut)}/${name}`;
}

/** An object or kind that is not there is as good as removed. */
function missing(error: unknown): undefined {
  if (error instanceof KubeError && error.status === 404) return undefined;
  throw error;
}
