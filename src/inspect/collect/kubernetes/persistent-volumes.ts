import type { PersistentVolume } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listAll } from './list-all.ts';
import { list, nameOf, text, texts } from './wire-fields.ts';

export const persistentVolumes = defineKubernetesCollector<'persistentVolumes'>({
  section: 'persistentVolumes',
  purpose: 'which pods a lost zone would keep by their volume is unknown',
  calls: [{ rbac: { group: '', resource: 'persistentvolumes', verbs: ['get', 'list'] }, tier: 'optional' }],
  collect: async (kubernetes) => ({ data: (await listAll(kubernetes, VOLUMES, reduce)) ?? [] }),
});

const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' };

/** Zone keys of the EBS driver and of Kubernetes itself. */
const ZONE_KEYS: ReadonlySet<unknown> = new Set([
  'topology.kubernetes.io/zone',
  'topology.ebs.csi.aws.com/zone',
  'topology.ebs.csi.eks.amazonaws.com/zone',
  'failure-domain.beta.kubernetes.io/zone',
]);

/** Volumes nobody claims are left out. */
function reduce(v: KubernetesObject): PersistentVolume | undefined {
  const { claimRef, nodeAffinity } = v.spec ?? {};
  const namespace = text(claimRef?.namespace);
  const name = text(claimRef?.name);
  if (namespace === undefined || name === undefined) return undefined;
  const expressions = list(nodeAffinity?.required?.nodeSelectorTerms).flatMap((t) => list(t.matchExpressions));
  const zones = expressions.filter((e) => ZONE_KEYS.has(e.key) && e.operator === 'In').flatMap((e) => texts(e.values));
  return { name: nameOf(v), claim: `${namespace}/${name}`, zones: [...new Set(zones)].sort() };
}
