import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { awsNodeDown } from '../facts/aws-node-down.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type GroupRules, groupRules } from '../facts/group-rules.ts';
import { networking } from '../facts/networking.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { leavesPodsWaiting } from '../facts/support/aws-node-state.ts';
import type { Cluster } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';
import { blocked, type MissingRule, missingRuleSchema, openRules, ruleText } from './support/group-paths.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['kube-proxy', 'endpoint', 'rules', 'log']),
  nodes: v.array(v.string()),
  /** `CLUSTER_ENDPOINT` of aws-node, and the endpoint EKS names; null where not told. */
  setTo: v.nullable(v.string()),
  endpoint: v.nullable(v.string()),
  /** Nodes on which the log of aws-node says that the API server is not reached. */
  logged: v.number(),
  /** Rules of security groups that keep these nodes from the control plane. */
  missing: v.array(missingRuleSchema),
});
type Evidence = v.InferOutput<typeof evidence>;

interface Asked {
  readonly cluster: Cluster | undefined;
  readonly rules: GroupRules | undefined;
  readonly enis: ReadonlyMap<string, NodeEnis> | undefined;
  readonly subnets: readonly Subnet[] | undefined;
}

const VARIABLE = 'CLUSTER_ENDPOINT';

export const HLT004 = defineCheck({
  code: 'HLT004',
  title: 'ipamd cannot reach the API server',
  severity: 'error',
  grain: 'cluster',
  needs: { down: awsNodeDown },
  helps: {
    logs: section('cniLogs'),
    workloads: section('workloads'),
    pods: section('pods'),
    cluster: section('cluster'),
    networking,
    rules: groupRules,
    enis: nodeEnis,
    subnets: section('subnets'),
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: (from): Draft<Evidence>[] => {
    const { down, logs, workloads, pods, cluster, networking: net, fix } = from;
    const stopped = [...down].filter(([, pod]) => leavesPodsWaiting(pod)).map(([node]) => node);
    if (stopped.length === 0) return [];
    const says = new Set(
      (logs ?? []).flatMap((l) => (l.signs.some((s) => s.sign === 'api-server-unreachable') ? (l.node ?? []) : [])),
    );
    const setTo = net?.env[VARIABLE];
    const endpoint = cluster?.endpoint;
    const draft = (
      reason: Evidence['reason'],
      nodes: readonly string[],
      fixes: Fix[],
      missing: readonly MissingRule[] = [],
    ): Draft<Evidence> => ({
      key: reason,
      subReason: reason,
      confidence: reason === 'rules' ? 'derived' : 'observed',
      resources: nodeResources(nodes),
      scope: { nodes: [...nodes] },
      evidence: {
        reason,
        nodes: [...nodes],
        setTo: setTo ?? null,
        endpoint: endpoint ?? null,
        logged: nodes.filter((n) => says.has(n)).length,
        missing: [...missing],
      },
      fixes,
    });
    // aws-node asks for the API server by this name in place of the Service
    if (setTo !== undefined && endpoint !== undefined && !sameHost(setTo, endpoint))
      return [
        draft(
          'endpoint',
          stopped,
          setSettings(fix, `Name the endpoint of this cluster: ${VARIABLE}`, { set: { [VARIABLE]: endpoint } }),
        ),
      ];
    const proxied =
      workloads?.daemonSets.some((d) => d.namespace === 'kube-system' && d.name === 'kube-proxy') ?? false;
    const withProxy = new Set<string>();
    for (const pod of pods ? podsOf(pods) : [])
      if (pod.node && pod.owner === 'DaemonSet/kube-proxy' && pod.phase === 'Running' && isLive(pod))
        withProxy.add(pod.node);
    const without = proxied && pods && setTo === undefined ? stopped.filter((n) => !withProxy.has(n)) : [];
    const closed = stopped.flatMap((node) => {
      const missing = without.includes(node) ? [] : keptOut(from, node);
      return missing.length > 0 ? [{ node, missing }] : [];
    });
    const shut = closed.map((c) => c.node);
    const lacking = [...new Map(closed.flatMap((c) => c.missing).map((r) => [JSON.stringify(r), r])).values()];
    const logged = stopped.filter((n) => says.has(n) && !without.includes(n) && !shut.includes(n));
    return [
      ...(shut.length > 0 ? [draft('rules', shut, openRules(fix, lacking), lacking)] : []),
      ...(without.length > 0 ? [draft('kube-proxy', without, [repairProxy()])] : []),
      ...(logged.length > 0 ? [draft('log', logged, [look()])] : []),
    ];
  },
  unjudged: ({ down, pods, workloads, cluster, rules }, { gapsOf }) => {
    const stopped = [...down].filter(([, pod]) => leavesPodsWaiting(pod)).length;
    if (stopped === 0) return undefined;
    const asked = gapsOf('logs').filter((g) => g.kind !== 'switched-off' && g.kind !== 'not-collected');
    const gaps = [
      ...asked,
      ...(pods ? [] : gapsOf('pods')),
      ...(workloads ? [] : gapsOf('workloads')),
      ...(cluster ? [] : gapsOf('cluster')),
      ...(rules ? [] : gapsOf('rules')),
      ...gapsOf('enis'),
      ...gapsOf('subnets'),
    ];
    return gaps.length === 0 ? undefined : { count: stopped, of: stopped, what: 'node', gaps };
  },
  summary: (e) => {
    const nodes = `${things(e.nodes.length, 'node')} (${some(e.nodes, 2)})`;
    const log = e.logged > 0 ? `; its log says so on ${e.logged}` : '';
    if (e.reason === 'endpoint')
      return `aws-node stops on ${nodes} and is told to ask ${e.setTo} for the API server, which is not the endpoint of this cluster${log}`;
    if (e.reason === 'kube-proxy')
      return `aws-node stops on ${nodes} where no kube-proxy runs: the address of the Service kubernetes leads nowhere there${log}`;
    if (e.reason === 'rules')
      return `aws-node stops on ${nodes}, and security groups keep ${e.nodes.length === 1 ? 'it' : 'them'} from the control plane: ${some(e.missing.map(ruleText))}${log}`;
    return `the log of aws-node on ${nodes} says that it does not reach the API server, although kube-proxy runs there`;
  },
  verdict: () => 'aws-node does not reach the API server',
  explanation: {
    why: 'Before v1.19.4 aws-node ends when it cannot reach the API server; since then it goes on only without security groups for pods, custom networking and the annotation of addresses. Nodes of the present work on, new ones never become ready.',
    how: 'Nodes whose aws-node is down, and: endpoint, CLUSTER_ENDPOINT of aws-node names another host than the endpoint of the cluster; kube-proxy, its DaemonSet exists and no pod of it runs there; rules, the groups of the node let nothing out to port 443 of the control plane, or its groups do not let the node in; log, with --logs, its last lines say that the API server was not reached. A node that just started is left alone.',
    fix: 'Repair kube-proxy, let the group of the nodes reach the control plane on port 443, or set CLUSTER_ENDPOINT to the endpoint of the cluster.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'amazon-vpc-cni-k8s cmd/aws-k8s-agent/main.go',
      'amazon-vpc-cni-k8s CHANGELOG.md v1.19.4',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1078',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1055',
    ],
  },
});

function sameHost(a: string, b: string): boolean {
  const host = (text: string) =>
    text
      .replace(/^https?:\/\//, '')
      .replace(/[:/].*$/, '')
      .toLowerCase();
  return host(a) === host(b);
}

function repairProxy(): Fix {
  return {
    title: 'See why kube-proxy does not run there, and restart it',
    commands: [
      kubectl('-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=kube-proxy', '-o', 'wide'),
      kubectl('-n', 'kube-system', 'rollout', 'restart', 'ds/kube-proxy'),
    ],
    changes:
      'Restarts kube-proxy node by node; aws-node reaches the API server by its Service then and starts by itself.',
    effect: 'minutes',
  };
}

function look(): Fix {
  return {
    title: 'See what stands between these nodes and the API server',
    commands: [
      kubectl('-n', 'default', 'get', 'endpoints', 'kubernetes'),
      kubectl('-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=kube-proxy', '-o', 'wide'),
    ],
    changes:
      'Nothing: shows the addresses of the control plane and the kube-proxy pods. The cluster security group must let the nodes in on port 443, and their subnets must have a way to these addresses.',
    effect: 'minutes',
  };
}

const API_PORT = 443;

/** By the Service kubernetes a node reaches the interfaces of the control plane in the VPC, whatever way kubelet takes. */
function keptOut({ cluster, rules, enis, subnets }: Asked, node: string): readonly MissingRule[] {
  const primary = enis?.get(node)?.primary;
  if (!rules || !primary || !cluster?.clusterSecurityGroupId) return [];
  const cidrs = (ids: readonly string[]) => (subnets ?? []).flatMap((s) => (ids.includes(s.subnetId) ? [s.cidr] : []));
  const home = { groupIds: primary.securityGroupIds, cidrs: cidrs([primary.subnetId]) };
  const control = {
    groupIds: [cluster.clusterSecurityGroupId, ...cluster.securityGroupIds],
    cidrs: cidrs(cluster.subnetIds),
  };
  // a rule may name a range: where that of one end is not known, nothing is missing for certain
  if (home.cidrs.length === 0 || control.cidrs.length === 0) return [];
  return blocked(rules, home, control, 'tcp', API_PORT, 'API server');
}
