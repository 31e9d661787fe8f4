import type { Webhook } from '../../snapshot/control.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listAll } from './list-all.ts';
import { optionalParts } from './optional-parts.ts';
import { integer, list, nameOf, text, texts } from './wire-fields.ts';

const GROUP = 'admissionregistration.k8s.io';
const KINDS = [
  ['mutating', 'mutatingwebhookconfigurations'],
  ['validating', 'validatingwebhookconfigurations'],
] as const;

export const webhooks = defineKubernetesCollector<'webhooks'>({
  section: 'webhooks',
  purpose: 'which webhooks change or refuse pods is unknown',
  calls: KINDS.map(([, resource]) => ({
    rbac: { group: GROUP, resource, verbs: ['get', 'list'] as const },
    tier: 'optional' as const,
  })),
  async collect(kubernetes) {
    const parts = optionalParts();
    const lists = KINDS.map(([kind, resource]) =>
      listAll(kubernetes, { group: GROUP, version: 'v1', resource }, (c) =>
        list(c.webhooks).map((w) => reduce(kind, nameOf(c), w)),
      ),
    );
    const read = await Promise.all(lists.map((l) => parts.read(l, undefined)));
    if (read.every((r) => r === undefined)) return { data: ((await lists[0]) ?? []).flat() };
    return { data: read.flatMap((r) => r ?? []).flat(), missing: parts.missing };
  },
});

function reduce(kind: Webhook['kind'], configuration: string, w: KubernetesObject): Webhook {
  const { name, namespace } = w.clientConfig?.service ?? {};
  const timeoutSeconds = integer(w.timeoutSeconds);
  const ofPods = list(w.rules).filter((r) => sees(r, 'pods'));
  return {
    kind,
    configuration,
    name: text(w.name) ?? '',
    failurePolicy: text(w.failurePolicy) ?? 'Fail',
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(text(name) ? { service: `${text(namespace) ?? ''}/${name}` } : {}),
    podOperations: [...new Set(ofPods.flatMap((r) => operations(texts(r.operations))))].sort(),
    podStatus: list(w.rules).some((r) => sees(r, 'pods/status')),
    selective: isSelective(w.namespaceSelector) || isSelective(w.objectSelector) || list(w.matchConditions).length > 0,
  };
}

/** A star alone covers objects without their subresources (admissionregistration/v1 Rule). */
function sees(rule: KubernetesObject, resource: 'pods' | 'pods/status'): boolean {
  const groups = texts(rule.apiGroups);
  // the core group is the empty text, which `texts` leaves out
  const core = groups.includes('*') || (Array.isArray(rule.apiGroups) && rule.apiGroups.includes(''));
  const wide = resource === 'pods' ? ['*', '*/*'] : ['*/*', '*/status', 'pods/*'];
  return core && texts(rule.resources).some((r) => r === resource || wide.includes(r));
}

function operations(written: readonly string[]): readonly string[] {
  return written.includes('*') ? ['CREATE', 'UPDATE'] : written.filter((o) => o === 'CREATE' || o === 'UPDATE');
}

function isSelective(selector: KubernetesObject | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length > 0 || list(selector?.matchExpressions).length > 0;
}
