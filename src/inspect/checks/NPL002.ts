import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { named } from '../shell.ts';
import { defineCheck } from './define-check.ts';
import { enforcePolicies } from './fixes/network-policy.ts';
import { secondsSince } from './support/ages.ts';
import { aws, kubectl } from './support/commands.ts';

const evidence = v.object({
  /** `enable-network-policy-controller` of the ConfigMap amazon-vpc-cni; empty where it is not there. */
  controller: v.string(),
  agent: v.string(),
  policies: v.number(),
  policyEndpoints: v.number(),
  /** Nodes of Auto Mode beside those of aws-node; null where nodes were not read. */
  autoNodes: v.nullable(v.number()),
});

const PATIENCE_SECONDS = 120;

export const NPL002 = defineCheck({
  code: 'NPL002',
  title: 'Only half of network policy is switched on',
  severity: 'error',
  grain: 'cluster',
  needs: {
    agent: policyAgent,
    policies: section('networkPolicies'),
    endpoints: section('policyEndpoints'),
  },
  helps: { nodes: nodesServedByCni, fix: fixContext },
  partialOk: ['agent', 'policies'],
  evidence,
  evaluate: ({ agent, policies: all, endpoints, nodes, fix }, { now, gapsOf }) => {
    // cluster-wide ones have endpoints of their own, and the controller takes seconds to write any
    const policies = all.filter(
      (p) =>
        p.kind !== 'ClusterNetworkPolicy' && (secondsSince(p.createdAt, now) ?? PATIENCE_SECONDS) >= PATIENCE_SECONDS,
    );
    if (agent.unread || agent.otherEngines.length > 0) return [];
    const half = agent.enabled && endpoints.length === 0 && policies.length > 0;
    if (!half) return [];
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: {
          controller: agent.controller ?? '',
          agent: agent.flag ?? '',
          policies: policies.length,
          policyEndpoints: endpoints.length,
          autoNodes:
            nodes && gapsOf('nodes').length === 0
              ? nodes.others.filter((o) => o.platform === 'auto-mode').length
              : null,
        },
        fixes: isOn(fix) && agent.controller === 'true' ? [lookAtController(fix)] : enforcePolicies(fix),
      },
    ];
  },
  summary: (e) =>
    `the policy agent is on, but ${things(e.policies, 'NetworkPolicy has', 'NetworkPolicies have')} no PolicyEndpoint: the controller ${
      e.controller === 'true'
        ? 'is on and has made none'
        : `is ${e.controller === '' ? 'not switched on' : `set to ${e.controller}`} in the ConfigMap amazon-vpc-cni`
    }, so nothing is programmed${
      e.autoNodes ? `, on ${things(e.autoNodes, 'node')} of Auto Mode with agents of their own neither` : ''
    }`,
  explanation: {
    why: 'Two switches must agree: the controller in the control plane turns policies into PolicyEndpoints, the agents on the nodes act on those. With the agents alone nothing is filtered, or, in strict mode, every pod stays cut off.',
    how: 'The agent runs with --enable-network-policy=true, NetworkPolicies older than two minutes exist, and there is not one PolicyEndpoint. Nodes of Auto Mode bring agents of their own, which act on the same PolicyEndpoints: they are counted beside. The other half, a controller without agents, is NPL001.',
    fix: 'Set both through the one setting enableNetworkPolicy of the add-on or the chart. Where both are on already, the control plane is what makes no PolicyEndpoints: look whether it is new enough, and whether its CRD is there.',
    verify: 'kubectl get policyendpoints -A lists one for each policy within a minute.',
    references: [
      'https://github.com/aws/aws-network-policy-agent/issues/231',
      'https://github.com/aws/aws-network-policy-agent/issues/190',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    ],
  },
});

/** The add-on says so already: to say it again changes nothing. */
function isOn({ addon }: FixContext): boolean {
  return String(addon?.configuration?.enableNetworkPolicy) === 'true';
}

function lookAtController(fix: FixContext): Fix {
  const version = fix.cluster
    ? [
        aws(
          fix,
          'eks',
          'describe-cluster',
          '--name',
          named('cluster', fix.cluster.name),
          '--query',
          'cluster.platformVersion',
        ),
      ]
    : [];
  return {
    title: 'See why the control plane makes no PolicyEndpoints: both switches are on',
    commands: [
      kubectl('get', 'crd', 'policyendpoints.networking.k8s.aws'),
      kubectl('get', 'networkpolicies,policyendpoints', '-A'),
      ...version,
    ],
    changes: 'Nothing: it shows whether the CRD is there, what there is to act on, and how new the control plane is.',
    effect: 'immediate',
    risk: 'Until they are made, nothing is filtered, or in strict mode everything.',
  };
}
