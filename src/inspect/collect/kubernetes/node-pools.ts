import type { NodePool } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listServed } from './list-all.ts';
import { integer, list, nameOf, quantityMap, requirementsOf, text, textMap, texts } from './wire-fields.ts';

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
  const disruption = p.spec?.disruption ?? {};
  const maxPods = integer(spec.kubelet?.maxPods);
  // v1beta1 had it beside the budgets.
  const expireAfter = text(spec.expireAfter) ?? text(disruption.expireAfter);
  return {
    name: nameOf(p),
    nodeClass: { kind: text(spec.nodeClassRef?.kind) ?? 'EC2NodeClass', name: text(spec.nodeClassRef?.name) ?? '' },
    limits: quantityMap(p.spec?.limits),
    requirements: requirementsOf(spec.requirements),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    taints: list(spec.taints).map((t) => ({
      key: text(t.key) ?? '',
      value: text(t.value),
      effect: text(t.effect) ?? '',
    })),
    ...(maxPods === undefined ? {} : { maxPods }),
    budgets: budgetsOf(list(disruption.budgets)),
    ...(expireAfter === undefined ? {} : { expireAfter }),
  };
}

/** A budget with a schedule holds for a while only, one with reasons for those (Karpenter: disruption budgets). */
function budgetsOf(budgets: readonly KubernetesObject[]): string[] {
  const always = budgets.filter(
    (b) => text(b.schedule) === undefined && (b.reasons === undefined || texts(b.reasons).includes('Drifted')),
  );
  if (budgets.length > 0 && always.length === 0) return ['100%'];
  return always.flatMap((b) => text(b.nodes) ?? (integer(b.nodes) === undefined ? [] : String(b.nodes)));
}
