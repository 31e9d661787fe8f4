import type { Kube } from '../clients/kube.ts';

/**
 * The end of pods: without a kubelet a deleted pod stays Terminating for ever, and `kubectl delete pod` or `kubectl drain`
 * wait for it. Removes every pod that is marked for deletion.
 */
export function endDeletedPods(kube: Kube): { stop: () => void } {
  return kube.watch('/api/v1/pods', ({ type, object }) => {
    if (type === 'DELETED' || !object.metadata.deletionTimestamp) return;
    const { name, namespace } = object.metadata;
    kube.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0 }).catch(() => {});
  });
}
