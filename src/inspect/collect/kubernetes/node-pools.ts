import type { NodePool } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listServed } from './list-all.ts';
import { nameOf, quantityMap, requirementsOf, text, textMap } from './wire-fields.ts';

export const nodePools = defineKubernetesCollector<'nodePools'>({
  section: 'nodePools',
  purpose: 'how far Karpenter or Auto Mode may scale is unknown',
  calls: [{ rbac: { group: 'karpenter.sh', resource: 'nodepools', verbs: ['get', 'list'] }, tier: 'core' }],
  collect: async (kubernetes) => ({
    data: await listServed(kubernetes, { group: 'karpenter.sh', resource: 'nodepools' }, ['v1', 'v1beta1'], reduce),
  }),
});

function reduce(p: KubernetesObject): NodePool {
  const labels = textMap(p.spec?.template?.metadata?.labels);
  const spec = p.spec?.template?.spec ?? {};
  return {
    name: nameOf(p),
    nodeClass: { kind: text(spec.nodeClassRef?.kind) ?? 'EC2NodeClass', name: text(spec.nodeClassRef?.name) ?? '' },
    limits: quantityMap(p.spec?.limits),
    requirements: requirementsOf(spec.requirements),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  };
}
