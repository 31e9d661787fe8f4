import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
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
  /** Only nodes of EKS Auto Mode, which bring an agent of their own and ask the ConfigMap alone. */
  autoMode: v.boolean(),
  /** Nodes of aws-node, and those of Auto Mode beside them; null where nodes were not read. */
  nodes: v.nullable(v.number()),
  autoNodes: v.nullable(v.number()),
  /** `enable-network-policy-controller` of the ConfigMap amazon-vpc-cni; empty where it is not there, null where it was not read. */
  controller: v.nullable(v.string()),
});

export const NPL001 = defineCheck({
  code: 'NPL001',
  title: 'NetworkPolicies exist but nothing enforces them',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { cni: section('cni'), policies: section('networkPolicies') },
  helps: { agent: policyAgent, cluster: section('cluster'), nodes: nodesServedByCni, fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ cni, agent, policies, cluster, nodes, fix }, { gapsOf }) => {
    const whole = nodes && gapsOf('nodes').length === 0 ? nodes : undefined;
    const onAuto = whole?.others.filter((o) => o.platform === 'auto-mode').length;
    const parked = cni.installed && whole?.served.length === 0 && (onAuto ?? 0) > 0;
    const autoMode = parked || (!cni.installed && cluster?.autoMode === true);
    const unread = cni.configMap === undefined && gapsOf('cni').some((g) => /\bconfigmaps\b/.test(g.permission ?? ''));
    const controller = unread ? null : (cni.configMap?.['enable-network-policy-controller'] ?? '');
    const enforced = autoMode
      ? controller === null || controller === 'true'
      : !agent || agent.enabled || agent.unread || mayBeParked(cni.installed, whole, cluster);
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
          nodes: whole?.served.length ?? null,
          autoNodes: onAuto ?? null,
          controller,
        },
        fixes: autoMode ? [startController()] : enforcePolicies(fix),
      },
    ];
  },
  unjudged: ({ cni, cluster, nodes, agent, policies }, { gapsOf }) => {
    const about = { count: 1, of: 1, what: 'cluster' };
    // without aws-node it is Auto Mode that enforces, or nobody of ours
    if (!cni.installed) return cluster ? undefined : { ...about, gaps: gapsOf('cluster') };
    const gaps = gapsOf('nodes');
    const whole = gaps.length === 0 ? nodes : undefined;
    // with both switched on it makes no difference whose the nodes are
    const on = agent?.enabled && cni.configMap?.['enable-network-policy-controller'] === 'true';
    const open = agent && !on && policies.length > 0;
    return open && mayBeParked(true, whole, cluster) ? { ...about, gaps } : undefined;
  },
  summary: (e) =>
    `${things(e.policies, 'NetworkPolicy', 'NetworkPolicies')} in ${some(e.namespaces)}, and nothing enforces ${e.policies === 1 ? 'it' : 'them'}: ${
      e.autoMode
        ? 'Auto Mode does so only once the ConfigMap amazon-vpc-cni switches the controller on'
        : e.agentPresent
          ? `the policy agent of aws-node runs with --enable-network-policy=${e.agentFlag === '' ? 'false' : e.agentFlag}`
          : 'aws-node has no policy agent'
    }, and no other engine is installed${e.autoMode ? '' : besideAuto(e)}`,
  explanation: {
    why: 'The API server accepts policies whoever enforces them. Here nobody does: every pod can talk to every other, while the manifests say it cannot.',
    how: 'NetworkPolicies exist, the container aws-eks-nodeagent is absent or not started with --enable-network-policy=true (in Auto Mode: the ConfigMap amazon-vpc-cni does not have enable-network-policy-controller: "true"; nodes of Auto Mode beside those of aws-node go by the ConfigMap, and where there are no others the agent of a DaemonSet left over does not count), and no DaemonSet of Calico, Cilium, Antrea or another engine was found. Policies that a chart ships and nobody wants are for you to suppress.',
    fix: 'Turn network policy on in the add-on, or install an engine that enforces them; look at the policies first, they all come into force at once.',
    verify: 'kubectl get policyendpoints -A lists one for each policy within a minute.',
    references: [
      'amazon-vpc-cni-k8s docs/network-policy-faq.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    ],
  },
});

/** In a cluster of Auto Mode aws-node may have been left over without a node: nodes alone tell. */
function mayBeParked(installed: boolean, nodes: unknown, cluster: { readonly autoMode: boolean } | undefined): boolean {
  return installed && nodes === undefined && cluster?.autoMode === true;
}

/** Who enforces on the nodes that bring an agent of their own. */
function besideAuto({ nodes, autoNodes, controller }: v.InferOutput<typeof evidence>): string {
  if (nodes === null || autoNodes === null || autoNodes === 0 || controller === null) return '';
  const theirs = `${things(autoNodes, 'node')} of Auto Mode ${verb(autoNodes, 'has an agent', 'have agents')} of ${verb(autoNodes, 'its', 'their')} own`;
  return controller === 'true'
    ? `; so it is on ${things(nodes, 'node')} of aws-node, while ${theirs}`
    : `; ${theirs}, which the ConfigMap amazon-vpc-cni does not switch on either`;
}

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
