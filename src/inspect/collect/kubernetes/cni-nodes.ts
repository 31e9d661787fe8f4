import type { CniNode } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listServed } from './list-all.ts';
import { createdAt, list, nameOf, text, textMap, texts } from './wire-fields.ts';

export const cniNodes = defineKubernetesCollector<'cniNodes'>({
  section: 'cniNodes',
  purpose: 'whether aws-node has asked for a trunk is unknown',
  calls: [{ rbac: { group: 'vpcresources.k8s.aws', resource: 'cninodes', verbs: ['get', 'list'] }, tier: 'core' }],
  collect: async (kubernetes) => ({
    data: await listServed(kubernetes, { group: 'vpcresources.k8s.aws', resource: 'cninodes' }, ['v1alpha1'], reduce),
  }),
});

function reduce(n: KubernetesObject): CniNode {
  const deletingSince = text(n.metadata?.deletionTimestamp);
  return {
    name: nameOf(n),
    features: list(n.spec?.features).map((f) => {
      const value = text(f.value);
      return { name: text(f.name) ?? '', ...(value ? { value } : {}) };
    }),
    tags: textMap(n.spec?.tags),
    deleting: deletingSince !== undefined,
    ...(deletingSince ? { deletingSince, finalizers: texts(n.metadata?.finalizers) } : {}),
    createdAt: createdAt(n),
  };
}
