import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { policySelection } from '../facts/policy-selection.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { PolicyEndpoint } from '../snapshot/policies.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { secondsSince } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { podResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['missing', 'stale', 'orphan']),
  policy: v.string(),
  policyEndpoints: v.array(v.string()),
  /** Pods the policy selects that none of them lists. */
  unlisted: v.array(v.string()),
  /** Pods listed that the policy does not select, or that are gone. */
  surplus: v.array(v.string()),
  /** Pods listed with an address that is no longer theirs. */
  moved: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** The controller writes within seconds; lists are read some seconds apart. */
const SETTLED_SECONDS = 120;

export const NPL009 = defineCheck({
  code: 'NPL009',
  title: 'PolicyEndpoints are stale or missing',
  severity: 'warning',
  grain: 'cluster',
  needs: { agent: policyAgent, selection: policySelection, endpoints: section('policyEndpoints') },
  helps: { policies: section('networkPolicies'), nodes: section('nodes') },
  partialOk: ['agent'],
  evidence,
  notApplicable: ({ agent }) => (agent.enabled ? undefined : 'the policy agent is not switched on'),
  evaluate: ({ selection, endpoints, policies }, { now }): Draft<Evidence>[] => {
    // none at all is the controller's switch: NPL002
    if (endpoints.length === 0 || !policies) return [];
    const old = (at: string | undefined) => (secondsSince(at, now) ?? 0) > SETTLED_SECONDS;
    const byPolicy = groupBy(endpoints, (e) => `${e.namespace}/${e.policy}`);
    const known = new Set(policies.filter(isNamespaced).map((p) => `${p.namespace}/${p.name}`));
    const orphans = endpoints.filter((e) => !known.has(`${e.namespace}/${e.policy}`) && old(e.createdAt));
    const found = [...groupBy(orphans, (e) => `${e.namespace}/${e.policy}`)].map(([policy, members]) =>
      draft(
        { reason: 'orphan', policy, policyEndpoints: members.map((e) => e.name), unlisted: [], surplus: [], moved: [] },
        members,
      ),
    );
    const live = new Set(selection.all().map((s) => `${s.pod.namespace}/${s.pod.name}`));
    for (const policy of policies.filter(isNamespaced)) {
      if (policy.createdAt !== undefined && !old(policy.createdAt)) continue;
      const name = `${policy.namespace}/${policy.name}`;
      const own = byPolicy.get(name) ?? [];
      if (own.some((e) => e.pods === undefined)) continue;
      const listed = new Set(own.flatMap((e) => e.pods ?? []));
      const selected = selection.selected.filter((s) => s.policies.includes(policy) && s.pod.class !== 'host-network');
      const settled = selected.filter((s) => s.pod.ip !== undefined && old(s.pod.createdAt) && !s.pod.terminating);
      const unlisted = settled.filter((s) => !listed.has(s.pod.name)).map((s) => s.pod.name);
      const addresses = new Map(own.flatMap((e) => e.podIps?.map((ip, i) => [e.pods?.[i] ?? '', ip] as const) ?? []));
      const moved = settled
        .filter(({ pod }) => (addresses.get(pod.name) || pod.ip) !== pod.ip)
        .map(({ pod }) => pod.name);
      const mine = new Set(selected.map((s) => s.pod.name));
      const surplus = [...listed].filter((pod) => !mine.has(pod) && live.has(`${policy.namespace}/${pod}`));
      if (own.length === 0 && unlisted.length > 0)
        found.push(
          draft({ reason: 'missing', policy: name, policyEndpoints: [], unlisted, surplus: [], moved: [] }, []),
        );
      else if (unlisted.length + surplus.length + moved.length > 0)
        found.push(
          draft(
            { reason: 'stale', policy: name, policyEndpoints: own.map((e) => e.name), unlisted, surplus, moved },
            own,
          ),
        );
    }
    return found;
  },
  summary: (e) => {
    if (e.reason === 'orphan')
      return `${some(e.policyEndpoints)} ${verb(e.policyEndpoints.length, 'stands', 'stand')} for NetworkPolicy ${e.policy}, which is gone: agents go on enforcing it`;
    const off = [
      ...(e.unlisted.length > 0
        ? [
            `${things(e.unlisted.length, 'pod')} it selects (${some(e.unlisted)}) ${verb(e.unlisted.length, 'is', 'are')} not listed`,
          ]
        : []),
      ...(e.surplus.length > 0
        ? [
            `${things(e.surplus.length, 'pod')} listed (${some(e.surplus)}) ${verb(e.surplus.length, 'is', 'are')} not selected`,
          ]
        : []),
      ...(e.moved.length > 0
        ? [
            `${things(e.moved.length, 'pod')} (${some(e.moved)}) ${verb(e.moved.length, 'has', 'have')} another address than is listed`,
          ]
        : []),
    ].join(', ');
    return e.reason === 'missing'
      ? `NetworkPolicy ${e.policy} has no PolicyEndpoint, and others have: ${off}, so it is enforced nowhere`
      : `the PolicyEndpoints of NetworkPolicy ${e.policy} lag behind: ${off}`;
  },
  explanation: {
    why: 'The agents on the nodes act on PolicyEndpoints, not on policies. What these leave out is open, what they keep from before is still bound.',
    how: 'Each NetworkPolicy and the pods its selector matches, against the pods that its PolicyEndpoints list, all chunks together. stale: they differ, in pods or in the address of one. missing: it has none while other policies have some. orphan: a PolicyEndpoint whose policy is gone. Policies, pods and objects of the last two minutes are left out, and so are host-network pods.',
    fix: 'Delete the PolicyEndpoint: the controller writes it anew. Where traffic stays wrong, replace the node: what agents make of the deletion is not documented.',
    verify: 'kubectl get policyendpoints -A -o yaml lists the pods.',
    references: [
      'https://github.com/aws/aws-network-policy-agent/issues/643',
      'https://github.com/aws/aws-network-policy-agent/issues/271',
      'amazon-vpc-cni-k8s docs/network-policy-faq.md',
    ],
  },
});

function isNamespaced(p: { readonly kind?: string }): boolean {
  return p.kind !== 'ClusterNetworkPolicy';
}

function draft(e: Evidence, objects: readonly PolicyEndpoint[]): Draft<Evidence> {
  const namespace = e.policy.split('/')[0]!;
  const pods = [...new Set([...e.unlisted, ...e.surplus, ...e.moved])].map((p) => `${namespace}/${p}`);
  return {
    key: e.policy,
    subReason: e.reason,
    confidence: 'observed',
    resources: [{ kind: 'networkpolicy', id: e.policy }, ...podResources(pods)],
    scope: { pods },
    evidence: e,
    fixes: objects.length > 0 ? [remake(namespace, objects)] : [look(e.policy)],
  };
}

function remake(namespace: string, objects: readonly PolicyEndpoint[]): Fix {
  return {
    title: `Have the controller write ${things(objects.length, 'PolicyEndpoint')} anew`,
    commands: [
      kubectl(
        '-n',
        namespace,
        'delete',
        'policyendpoints.networking.k8s.aws',
        ...objects.map((o) => named('object', o.name)),
      ),
    ],
    changes: 'Deletes the objects; the controller makes those of policies that exist again within seconds.',
    effect: 'immediate',
    risk: 'Until then the agents may lift or keep the rules: that is not documented. Replace the node where traffic stays wrong.',
  };
}

function look(policy: string): Fix {
  const [namespace = '', name = ''] = policy.split('/');
  return {
    title: 'Have the controller look at the policy again',
    commands: [
      kubectl('-n', namespace, 'describe', 'networkpolicy', named('object', name)),
      kubectl('-n', namespace, 'get', 'policyendpoints.networking.k8s.aws'),
    ],
    changes:
      'Nothing: shows the policy and what the controller made. Applying the policy again from its source has it looked at anew.',
    effect: 'minutes',
  };
}
