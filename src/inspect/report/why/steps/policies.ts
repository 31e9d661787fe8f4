/**
 * Network policies that select a pod, and whether anything enforces them. Rules live by the pod's name without its last part,
 * so pods that share it on one node share their policies (aws-network-policy-agent: pkg/utils/utils.go GetPodIdentifier).
 */
import type { Link } from '../../../contract/why.ts';
import { things } from '../../../contract/words.ts';
import { section } from '../../../facts/define-fact.ts';
import { matches } from '../../../facts/support/label-selector.ts';
import { textsWhere } from '../../../snapshot/pod-columns.ts';
import { type Pod, podsWhere } from '../../../snapshot/pods.ts';
import type { NetworkPolicy } from '../../../snapshot/policies.ts';
import { networkPolicyState } from '../../network-policy.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

const NEVER: Readonly<Record<string, string>> = {
  'host-network': 'pods on the host network are never restricted',
  fargate: 'Fargate enforces none',
  windows: 'Windows nodes enforce none',
};

export function policyLink(scene: Scene, { pod }: PodPlace): Link {
  const policies = scene.get(section('networkPolicies'));
  const { state, detail } = networkPolicyState(scene.run);
  if (!policies)
    return link(
      'network-policy',
      'unknown',
      `which network policies select it is not known: ${scene.missing(section('networkPolicies'))}`,
      { enforcement: state },
    );
  const inNamespace = policies.filter((p) => p.namespace === pod.namespace);
  const own = inNamespace.filter((p) => matches(p.podSelector, pod.labels));
  const shared =
    inNamespace.length > own.length
      ? throughSiblings(
          scene,
          pod,
          inNamespace.filter((p) => !own.includes(p)),
        )
      : [];
  const evidence = {
    policies: own.map((p) => p.name),
    shared: shared.map((p) => p.name),
    directions: Object.fromEntries([...own, ...shared].map((p) => [p.name, p.directions ?? null])),
    enforcement: state,
    detail,
  };
  const names = own.map(withDirections).join(', ');
  const also =
    shared.length > 0
      ? `; ${shared.map(withDirections).join(', ')} binds it too, through a pod of the same name stem on its node`
      : '';
  if (own.length + shared.length === 0) {
    const denied = state === 'enforced' && detail === 'strict' && NEVER[pod.class] === undefined;
    const fallback = denied ? ': in strict mode everything is denied to it' : ': everything is allowed';
    return link('network-policy', 'ok', `no network policy selects it${state === 'unknown' ? '' : fallback}`, evidence);
  }
  const what = own.length > 0 ? `selected by ${names}${also}` : `no network policy selects it${also}`;
  const never = NEVER[pod.class];
  if (never) return link('network-policy', 'broken', `${what}, and nothing enforces that: ${never}`, evidence);
  if (state === 'enforced') return link('network-policy', 'ok', `${what}; enforced (${detail} mode)`, evidence);
  if (state === 'other-engine') return link('network-policy', 'ok', `${what}; left to ${detail}`, evidence);
  if (state === 'unknown')
    return link('network-policy', 'unknown', `${what}; whether that is enforced is not known: ${detail}`, evidence);
  return link('network-policy', 'broken', `${what}, and nothing enforces that: ${detail}`, evidence);
}

/** `lock (ingress: 2 rules, egress: denied)`. */
function withDirections({ name, directions }: NetworkPolicy): string {
  const parts = (['ingress', 'egress'] as const).flatMap((way) => {
    const rules = directions?.[way];
    return rules === undefined ? [] : [`${way}: ${rules === 0 ? 'denied' : things(rules, 'rule')}`];
  });
  return parts.length === 0 ? name : `${name} (${parts.join(', ')})`;
}

type Policies = readonly NetworkPolicy[];

function throughSiblings(scene: Scene, pod: Pod, others: Policies): Policies {
  const stem = stemOf(pod.name);
  const labels: Readonly<Record<string, string>>[] = [];
  const pods = scene.get(section('pods'))!;
  const home = textsWhere(pods, (node) => node === (pod.node ?? ''));
  for (const p of podsWhere(pods, (row) => home[pods.node[row]!] === 1))
    if (p.namespace === pod.namespace && p.name !== pod.name && stemOf(p.name) === stem) labels.push(p.labels);
  return others.filter((policy) => labels.some((l) => matches(policy.podSelector, l)));
}

/** `api-5d-b` → `api-5d`; a name without a dash stands alone. */
function stemOf(name: string): string {
  const dash = name.lastIndexOf('-');
  return dash < 0 ? name : name.slice(0, dash);
}
