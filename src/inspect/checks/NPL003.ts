import * as v from 'valibot';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { podIdentifier, policySelection } from '../facts/policy-selection.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named, withInput } from '../shell.ts';
import type { Pod } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';
import { podResources } from './support/resources.ts';

const evidence = v.object({
  namespace: v.string(),
  /** Pods of the namespace that no policy selects. */
  pods: v.array(v.string()),
  /** Of those, the ones that were made before aws-node was set to strict: they are cut off when they start anew. */
  older: v.number(),
  /** Whether any policy stands in the namespace. */
  policies: v.number(),
  /** Cluster-wide policies, which may let some of their traffic through. */
  clusterPolicies: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

const MODE = 'NETWORK_POLICY_ENFORCING_MODE';

export const NPL003 = defineCheck({
  code: 'NPL003',
  title: 'Strict mode leaves pods without any policy cut off',
  severity: 'error',
  grain: 'cluster',
  needs: { agent: policyAgent, selection: policySelection },
  helps: { policies: section('networkPolicies'), cni: section('cni'), fix: fixContext },
  partialOk: ['agent'],
  evidence,
  notApplicable: ({ agent }) =>
    agent.mode?.toLowerCase() === 'strict' && agent.enabled
      ? undefined
      : 'network policy is not enforced in strict mode',
  evaluate: ({ agent, selection, policies, cni, fix }): Draft<Evidence>[] => {
    if (agent.unread) return [];
    // rules are shared by name on a node: a pod beside one that is selected is bound by the same
    const bound = new Set(selection.selected.map((s) => placeOf(s.pod)));
    const uncovered = selection
      .all()
      .filter((s) => s.enforceable && s.policies.length === 0 && !bound.has(placeOf(s.pod)));
    const clusterPolicies = (policies ?? []).filter((p) => p.kind === 'ClusterNetworkPolicy').length;
    const since = cni?.changedAt === undefined ? undefined : Date.parse(cni.changedAt);
    return [...groupBy(uncovered, (s) => s.pod.namespace)].map(([namespace, members]): Draft<Evidence> => {
      const pods = members.map((m) => `${m.pod.namespace}/${m.pod.name}`);
      const own = (policies ?? []).filter((p) => p.namespace === namespace).length;
      const older = since === undefined ? 0 : members.filter((m) => Date.parse(m.pod.createdAt) < since).length;
      return {
        key: namespace,
        // what may be let through by cluster-wide policies, or runs by the mode before, is cut off only perhaps
        severity: clusterPolicies > 0 || older === members.length ? 'warning' : 'error',
        confidence: 'derived',
        resources: podResources(pods),
        scope: { pods },
        evidence: {
          namespace,
          pods,
          older,
          policies: own,
          clusterPolicies,
        },
        fixes: [
          // beside other policies it would open what they narrow
          ...(own === 0 ? [allowAll(namespace)] : []),
          ...setSettings(
            fix,
            `Or enforce only where policies are: ${MODE}=standard`,
            { set: { [MODE]: 'standard' } },
            { mind: 'Pods take the mode when they are made: restart those that are cut off afterwards.' },
          ),
        ],
      };
    });
  },
  summary: (e) =>
    `${things(e.pods.length, 'pod')} in namespace ${e.namespace} (${some(e.pods.map((p) => p.split('/')[1]!))}) ${
      e.pods.length === 1 ? 'is' : 'are'
    } selected by no NetworkPolicy, and ${MODE}=strict denies ${e.pods.length === 1 ? 'it' : 'them'} everything${
      e.older === 0
        ? ''
        : e.older === e.pods.length
          ? ' once they are made anew: they are older than the setting'
          : `; ${e.older} of them, older than the setting, only once made anew`
    }${e.clusterPolicies > 0 ? `; what ${things(e.clusterPolicies, 'cluster-wide policy', 'cluster-wide policies')} let through was not followed` : ''}`,
  explanation: {
    why: 'Strict means that a pod may talk to nobody until a policy selects it: DNS, webhooks and what other namespaces offer stop with it. Only its own node reaches it.',
    how: 'NETWORK_POLICY_ENFORCING_MODE is strict, the agent is on, and pods of aws-node with an address of their own are selected by no policy of their namespace. A warning where cluster-wide policies exist, which may let them through, and where all of them are older than the DaemonSet: the mode is read when a pod is made. Agents before v1.4.2 also keep the node itself from pods that only cluster-wide policies select.',
    fix: 'Give the namespace a policy that allows what its pods need, or return to standard.',
    verify: 'kubectl get networkpolicies -A shows a policy for each namespace, and the pods answer.',
    references: [
      'amazon-vpc-cni-k8s README.md NETWORK_POLICY_ENFORCING_MODE',
      'https://github.com/aws/aws-network-policy-agent/issues/288',
      'https://github.com/aws/aws-network-policy-agent/issues/635',
    ],
  },
});

function placeOf(pod: Pod): string {
  return `${pod.node} ${podIdentifier(pod)}`;
}

/** In strict mode a policy that allows everything is what standard mode gives a pod without one. */
function allowAll(namespace: string) {
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'allow-all', namespace: named('namespace', namespace) },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
  };
  return {
    title: `Let the pods of ${namespace} talk, until narrower policies are written`,
    commands: [withInput(kubectl('apply', '-f', '-'), policy)],
    changes: `Adds the NetworkPolicy allow-all to ${namespace}: its pods may talk to all, as without strict mode. Narrow it down afterwards.`,
    effect: 'immediate' as const,
  };
}
