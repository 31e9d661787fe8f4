import * as v from 'valibot';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { defineCheck } from './define-check.ts';
import { enforcePolicies } from './fixes/network-policy.ts';

const evidence = v.object({
  policies: v.number(),
  namespaces: v.array(v.string()),
  /** `--enable-network-policy` of the agent; empty where it is not given. */
  agentFlag: v.string(),
  agentPresent: v.boolean(),
});

export const NPL001 = defineCheck({
  code: 'NPL001',
  title: 'NetworkPolicies exist but nothing enforces them',
  severity: 'error',
  grain: 'cluster',
  needs: { agent: policyAgent, policies: section('networkPolicies') },
  helps: { fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ agent, policies, fix }) => {
    if (policies.length === 0 || agent.enabled || agent.otherEngines.length > 0 || agent.unread) return [];
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: {
          policies: policies.length,
          namespaces: [...new Set(policies.map((p) => p.namespace))].sort(),
          agentFlag: agent.flag ?? '',
          agentPresent: agent.present,
        },
        fixes: enforcePolicies(fix),
      },
    ];
  },
  summary: (e) =>
    `${things(e.policies, 'NetworkPolicy', 'NetworkPolicies')} in ${some(e.namespaces)}, and nothing enforces ${e.policies === 1 ? 'it' : 'them'}: ${
      e.agentPresent
        ? `the policy agent of aws-node runs with --enable-network-policy=${e.agentFlag === '' ? 'false' : e.agentFlag}`
        : 'aws-node has no policy agent'
    }, and no other engine is installed`,
  explanation: {
    why: 'The API server accepts policies whoever enforces them. Here nobody does: every pod can talk to every other, while the manifests say it cannot.',
    how: 'NetworkPolicies exist, the container aws-eks-nodeagent is absent or not started with --enable-network-policy=true, and no DaemonSet of Calico, Cilium, Antrea or another engine was found. Policies that a chart ships and nobody wants are for you to suppress.',
    fix: 'Turn network policy on in the add-on, or install an engine that enforces them; look at the policies first, they all come into force at once.',
    verify: 'kubectl get policyendpoints -A lists one for each policy within a minute.',
    references: [
      'amazon-vpc-cni-k8s docs/network-policy-faq.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    ],
  },
});
