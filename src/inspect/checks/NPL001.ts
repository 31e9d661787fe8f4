import * as v from 'valibot';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { withInput } from '../shell.ts';
import { defineCheck } from './define-check.ts';
import { enforcePolicies } from './fixes/network-policy.ts';
import { kubectl } from './support/commands.ts';

const evidence = v.object({
  policies: v.number(),
  namespaces: v.array(v.string()),
  /** `--enable-network-policy` of the agent; empty where it is not given. */
  agentFlag: v.string(),
  agentPresent: v.boolean(),
  /** EKS Auto Mode: its nodes ask the ConfigMap alone. */
  autoMode: v.boolean(),
});

export const NPL001 = defineCheck({
  code: 'NPL001',
  title: 'NetworkPolicies exist but nothing enforces them',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { cni: section('cni'), policies: section('networkPolicies') },
  helps: { agent: policyAgent, cluster: section('cluster'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ cni, agent, policies, cluster, fix }) => {
    const autoMode = !cni.installed && cluster?.autoMode === true;
    const enforced = autoMode
      ? cni.configMap?.['enable-network-policy-controller'] === 'true'
      : !agent || agent.enabled || agent.unread;
    if (policies.length === 0 || enforced || cni.otherCnis.length > 0) return [];
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: {
          policies: policies.length,
          namespaces: [...new Set(policies.map((p) => p.namespace || 'the whole cluster'))].sort(),
          agentFlag: agent?.flag ?? '',
          agentPresent: agent?.present ?? false,
          autoMode,
        },
        fixes: autoMode ? [startController()] : enforcePolicies(fix),
      },
    ];
  },
  // without aws-node it is Auto Mode that enforces, or nobody of ours
  unjudged: ({ cni, cluster }, { gapsOf }) =>
    cni.installed || cluster ? undefined : { count: 1, of: 1, what: 'cluster', gaps: gapsOf('cluster') },
  summary: (e) =>
    `${things(e.policies, 'NetworkPolicy', 'NetworkPolicies')} in ${some(e.namespaces)}, and nothing enforces ${e.policies === 1 ? 'it' : 'them'}: ${
      e.autoMode
        ? 'Auto Mode does so only once the ConfigMap amazon-vpc-cni switches the controller on'
        : e.agentPresent
          ? `the policy agent of aws-node runs with --enable-network-policy=${e.agentFlag === '' ? 'false' : e.agentFlag}`
          : 'aws-node has no policy agent'
    }, and no other engine is installed`,
  explanation: {
    why: 'The API server accepts policies whoever enforces them. Here nobody does: every pod can talk to every other, while the manifests say it cannot.',
    how: 'NetworkPolicies exist, the container aws-eks-nodeagent is absent or not started with --enable-network-policy=true (in Auto Mode: the ConfigMap amazon-vpc-cni does not have enable-network-policy-controller: "true"), and no DaemonSet of Calico, Cilium, Antrea or another engine was found. Policies that a chart ships and nobody wants are for you to suppress.',
    fix: 'Turn network policy on in the add-on, or install an engine that enforces them; look at the policies first, they all come into force at once.',
    verify: 'kubectl get policyendpoints -A lists one for each policy within a minute.',
    references: [
      'amazon-vpc-cni-k8s docs/network-policy-faq.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    ],
  },
});

/** Applying adds the key to a ConfigMap that is there. */
function startController() {
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'amazon-vpc-cni', namespace: 'kube-system' },
    data: { 'enable-network-policy-controller': 'true' },
  };
  return {
    title: 'Switch the controller on for Auto Mode',
    commands: [withInput(kubectl('apply', '-f', '-'), configMap)],
    changes: 'The controller makes a PolicyEndpoint for each policy, and the nodes of Auto Mode enforce them.',
    effect: 'minutes' as const,
    risk: 'Every policy comes into force at once, also those that never were: read them first.',
  };
}
