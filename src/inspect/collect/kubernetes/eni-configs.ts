import type { EniConfig } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listServed } from './list-all.ts';
import { nameOf, text, texts } from './wire-fields.ts';

export const eniConfigs = defineKubernetesCollector<'eniConfigs'>({
  section: 'eniConfigs',
  purpose: 'which subnets custom networking uses is unknown',
  calls: [{ rbac: { group: 'crd.k8s.amazonaws.com', resource: 'eniconfigs', verbs: ['get', 'list'] }, tier: 'core' }],
  collect: async (kubernetes) => ({
    data: await listServed(
      kubernetes,
      { group: 'crd.k8s.amazonaws.com', resource: 'eniconfigs' },
      ['v1alpha1'],
      reduce,
    ),
  }),
});

/** The first schema of the CRD accepted a single group as a text, which aws-node does not read (`v1alpha1.ENIConfigSpec`). */
function reduce(e: KubernetesObject): EniConfig {
  const subnetId = text(e.spec?.subnet);
  const groups = e.spec?.securityGroups;
  return {
    name: nameOf(e),
    ...(subnetId ? { subnetId } : {}),
    securityGroupIds: texts(typeof groups === 'string' ? [groups] : groups),
    ...(typeof groups === 'string' ? { groupsAreText: true } : {}),
  };
}
