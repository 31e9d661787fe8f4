import type { Rbac } from '../../snapshot/control.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import { apiPath } from './api-path.ts';
import { list, text, texts } from './wire-fields.ts';

const GROUP = 'rbac.authorization.k8s.io';
const NAME = 'aws-node';
const RESOURCES = ['clusterroles', 'clusterrolebindings'] as const;

export const rbac = defineKubernetesCollector<'rbac'>({
  section: 'rbac',
  purpose: 'whether aws-node may read what its release needs is unknown',
  calls: RESOURCES.map((resource) => ({
    rbac: { group: GROUP, resource, verbs: ['get'] as const, names: [NAME] },
    tier: 'optional' as const,
  })),
  async collect(kubernetes) {
    const read = (resource: (typeof RESOURCES)[number]) =>
      kubernetes.get(apiPath({ group: GROUP, version: 'v1', resource, name: NAME }));
    // one after the other: asked together, which of two denied rights is named would be chance
    const role = await read('clusterroles');
    const binding = await read('clusterrolebindings');
    const rules = role && rulesOf(role.rules);
    return { data: { ...(rules ? { rules } : {}), bound: isBound(binding?.subjects) } };
  },
});

function rulesOf(rules: unknown): NonNullable<Rbac['rules']> {
  return list(rules).map((r) => ({
    groups: Array.isArray(r.apiGroups) ? r.apiGroups.map(String) : [],
    resources: texts(r.resources),
    verbs: texts(r.verbs),
    urls: texts(r.nonResourceURLs),
  }));
}

function isBound(subjects: unknown): boolean {
  return list(subjects).some(
    (s) => s.kind === 'ServiceAccount' && text(s.name) === NAME && text(s.namespace) === 'kube-system',
  );
}
