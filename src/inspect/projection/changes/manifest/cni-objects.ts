/** The CNI's own objects: where pods get their ENIs, and which get one of their own. */

import { things } from '../../../contract/words.ts';
import { isLive } from '../../../facts/demand.ts';
import { networking } from '../../../facts/networking.ts';
import { selects } from '../../../facts/pod-groups.ts';
import type { SecurityGroupPolicy, Selector } from '../../../snapshot/kubernetes.ts';
import { podsOf } from '../../../snapshot/pods.ts';
import { dropEniConfig, putEniConfig } from '../cni-env.ts';
import { at, isFields, list, text, textMap, texts } from '../fields.ts';
import type { ObjectReading } from './object.ts';
import { copyOf, rewritePods } from './pods.ts';

export function eniConfig({ draft, place, object, name, removed }: ObjectReading) {
  if (removed) return dropEniConfig(draft, place, name);
  const subnetId = text(at(object, 'spec', 'subnet'));
  if (subnetId === undefined)
    return draft.misunderstood(place.document, place.path, place.address, 'it names no subnet');
  putEniConfig(draft, place, { name, subnetId, securityGroupIds: texts(at(object, 'spec', 'securityGroups')) });
}

/** Pods that a policy selects get a branch ENI when they are made anew. */
export function securityGroupPolicy({ draft, place, object, namespace, name, removed }: ObjectReading) {
  const spec = at(object, 'spec');
  const [pods, accounts] = [at(spec, 'podSelector'), at(spec, 'serviceAccountSelector')];
  const policy: SecurityGroupPolicy = {
    namespace,
    name,
    createdAt: draft.before.collectedAt,
    ...(isFields(pods) ? { podSelector: selectorOf(pods) } : {}),
    ...(isFields(accounts)
      ? { serviceAccountSelector: { ...selectorOf(accounts), matchNames: texts(accounts.matchNames) } }
      : {}),
    securityGroupIds: texts(at(spec, 'securityGroups', 'groupIds')),
  };
  if (!removed && !policy.podSelector && !policy.serviceAccountSelector)
    return draft.misunderstood(place.document, place.path, place.address, 'it has no selector');
  draft.edit('securityGroupPolicies', [], (all) => [
    ...all.filter((p) => p.namespace !== namespace || p.name !== name),
    ...(removed ? [] : [policy]),
  ]);
  const enabled = draft.run.valueOf(networking)?.settings.podEni === true;
  const policies = draft.data('securityGroupPolicies') ?? [];
  const table = draft.data('pods');
  let [moved, back] = [0, 0];
  if (table)
    for (const pod of podsOf(table)) {
      if (pod.namespace !== namespace || !isLive(pod) || pod.node === undefined) continue;
      const selected = policies.some((p) => selects(p, pod));
      if (selected && pod.class === 'ordinary') moved++;
      if (!selected && pod.class === 'branch') back++;
    }
  if (!enabled) {
    const idle = moved > 0 ? `: ${things(moved, 'pod')} would get a branch ENI` : '';
    return draft.effect(
      place.document,
      place.path,
      place.address,
      `ENABLE_POD_ENI is off, so it does nothing yet${idle}`,
    );
  }
  rewritePods(draft, (p) => {
    if (p.namespace !== namespace || !isLive(p)) return p;
    const selected = policies.some((q) => selects(q, p));
    if (selected && p.class === 'ordinary') return { ...copyOf(p), class: 'branch' };
    if (!selected && p.class === 'branch') return { ...copyOf(p), class: 'ordinary', branchEniId: undefined };
    return p;
  });
  const parts = [
    ...(moved > 0 ? [`${things(moved, 'pod')} ${moved === 1 ? 'moves' : 'move'} to branch ENIs when made anew`] : []),
    ...(back > 0
      ? [`${things(back, 'pod')} ${back === 1 ? 'moves' : 'move'} from branch ENIs to addresses of the node`]
      : []),
  ];
  draft.effect(
    place.document,
    place.path,
    place.address,
    parts.length > 0 ? parts.join('; ') : 'selects no pod of today',
  );
}

/** Settings of the resource controller, which gives Windows nodes their addresses (amazon-vpc-resource-controller-k8s, pkg/config); Linux nodes read none of them. */
const WINDOWS_SETTINGS = /^(enable-windows-(ipam|prefix-delegation)|warm-(ip|prefix)-target|minimum-ip-target)$/;

export function configMap({ draft, place, object, namespace, name }: ObjectReading) {
  const ofWindows = Object.keys(textMap(object.data)).filter((key) => WINDOWS_SETTINGS.test(key));
  const windows = (draft.data('nodes') ?? []).filter((n) => n.labels['kubernetes.io/os'] === 'windows').length;
  if (namespace !== 'kube-system' || name !== 'amazon-vpc-cni' || ofWindows.length === 0 || windows === 0)
    return draft.ignore();
  draft.misunderstood(
    place.document,
    place.path,
    place.address,
    `${ofWindows.join(', ')}: addresses of Windows nodes are not reckoned with, and there ${windows === 1 ? 'is' : 'are'} ${windows}`,
  );
}

function selectorOf(value: unknown): Selector {
  return {
    matchLabels: textMap(at(value, 'matchLabels')),
    matchExpressions: list(at(value, 'matchExpressions')).map((e) => ({
      key: text(e.key) ?? '',
      operator: text(e.operator) ?? '',
      values: texts(e.values),
    })),
  };
}
