import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { awsNodeDown } from '../facts/aws-node-down.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type GroupRules, groupRules } from '../facts/group-rules.ts';
import { networking } from '../facts/networking.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { type HeldBack, heldBack } from '../facts/support/acl-paths.ts';
import { leavesPodsWaiting } from '../facts/support/aws-node-state.ts';
import type { Cluster } from '../snapshot/aws.ts';
import type { NetworkInterface, Subnet } from '../snapshot/ec2.ts';
import { podsOf } from '../snapshot/pods.ts';
import type { NetworkAcl } from '../snapshot/routing.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { letThrough } from './fixes/network-acls.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';
import { blocked, type MissingRule, missingRuleSchema, openRules, ruleText } from './support/group-paths.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['kube-proxy', 'endpoint', 'rules', 'network-acl', 'log']),
  nodes: v.array(v.string()),
  /** `CLUSTER_ENDPOINT` of aws-node, and the endpoint EKS names; null where not told. */
  setTo: v.nullable(v.string()),
  endpoint: v.nullable(v.string()),
  /** Nodes on which the log of aws-node says that the API server is not reached. */
  logged: v.number(),
  /** Rules of security groups that keep these nodes from the control plane. */
  missing: v.array(missingRuleSchema),
  /** What network ACLs hold back between their subnets and those of the control plane. */
  acls: v.array(
    v.object({ networkAclId: v.string(), way: v.picklist(['in', 'out']), ports: v.string(), cidr: v.string() }),
  ),
});
type Evidence = v.InferOutput<typeof evidence>;

interface Asked {
  readonly cluster: Cluster | undefined;
  readonly rules: GroupRules | undefined;
  readonly enis: ReadonlyMap<string, NodeEnis> | undefined;
  readonly subnets: readonly Subnet[] | undefined;
  readonly acls: readonly NetworkAcl[] | undefined;
  readonly interfaces: readonly NetworkInterface[] | undefined;
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
    acls: section('networkAcls'),
    interfaces: section('networkInterfaces'),
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
      acls: readonly HeldBack[] = [],
    ): Draft<Evidence> => ({
      key: reason,
      subReason: reason,
      confidence: reason === 'rules' || reason === 'network-acl' ? 'derived' : 'observed',
      resources: nodeResources(nodes),
      scope: { nodes: [...nodes] },
      evidence: {
        reason,
        nodes: [...nodes],
        setTo: setTo ?? null,
        endpoint: endpoint ?? null,
        logged: nodes.filter((n) => says.has(n)).length,
        missing: [...missing],
        acls: acls.map(({ acl, way, ports, cidr }) => ({
          networkAclId: acl.networkAclId,
          way,
          ports: portsText(ports),
          cidr,
        })),
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
    const walled = stopped.flatMap((node) => {
      const held = without.includes(node) ? [] : walledOff(from, node);
      return held.length > 0 ? [{ node, held }] : [];
    });
    const behind = walled.map((w) => w.node);
    const holds = [...new Map(walled.flatMap((w) => w.held).map((h) => [keyOf(h), h])).values()];
    const explained = new Set([...without, ...shut, ...behind]);
    const logged = stopped.filter((n) => says.has(n) && !explained.has(n));
    return [
      ...(shut.length > 0 ? [draft('rules', shut, openRules(fix, lacking), lacking)] : []),
      ...(behind.length > 0 ? [draft('network-acl', behind, openAcls(fix, holds), [], holds)] : []),
      ...(without.length > 0 ? [draft('kube-proxy', without, [repairProxy()])] : []),
      ...(logged.length > 0 ? [draft('log', logged, [look()])] : []),
    ];
  },
  unjudged: ({ down, pods, workloads, cluster, rules, acls }, { gapsOf }) => {
    const stopped = [...down].filter(([, pod]) => leavesPodsWaiting(pod)).length;
    if (stopped === 0) return undefined;
    const asked = gapsOf('logs').filter((g) => g.kind !== 'switched-off' && g.kind !== 'not-collected');
    const gaps = [
      ...asked,
      ...(pods ? [] : gapsOf('pods')),
      ...(workloads ? [] : gapsOf('workloads')),
      ...(cluster ? [] : gapsOf('cluster')),
      ...(rules ? [] : gapsOf('rules')),
      ...(acls ? [] : gapsOf('acls')),
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
    if (e.reason === 'network-acl')
      return `aws-node stops on ${nodes}, and network ACLs keep ${e.nodes.length === 1 ? 'it' : 'them'} from the control plane: ${some(e.acls.map((a) => `${a.networkAclId} lets no tcp ${a.ports} ${a.way} ${a.way === 'in' ? 'from' : 'to'} ${a.cidr}`))}${log}`;
    return `the log of aws-node on ${nodes} says that it does not reach the API server, although kube-proxy runs there`;
  },
  verdict: () => 'aws-node does not reach the API server',
  explanation: {
    why: 'Before v1.19.4 aws-node ends when it cannot reach the API server; since then it goes on only without security groups for pods, custom networking and the annotation of addresses. Nodes of the present work on, new ones never become ready.',
    how: "Nodes whose aws-node is down, and: endpoint, CLUSTER_ENDPOINT of aws-node names another host than the endpoint of the cluster; kube-proxy, its DaemonSet exists and no pod of it runs there; rules, the groups of the node let nothing out to port 443 of the control plane, or its groups do not let the node in; network-acl, the ACL of the node's subnet or that of every subnet with interfaces of the control plane holds back port 443 one way or all of the ports 32768–60999, on which answers come, the other way; log, with --logs, its last lines say that the API server was not reached. A node that just started is left alone.",
    fix: 'Repair kube-proxy, let the group and the network ACL of the nodes reach the control plane on port 443 and its answers come back, or set CLUSTER_ENDPOINT to the endpoint of the cluster.',
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

/** Where interfaces of the control plane stand: in any of its subnets where they were not read. All of them have to be out of reach. */
function walledOff({ cluster, enis, subnets, acls, interfaces }: Asked, node: string): readonly HeldBack[] {
  const home = subnets?.find((s) => s.subnetId === enis?.get(node)?.primary?.subnetId);
  if (!home || !acls || !cluster) return [];
  const seen = (interfaces ?? []).filter(
    (e) => e.origin.kind === 'eks-control-plane' && (e.origin.id ?? cluster.name) === cluster.name,
  );
  const ids = seen.length > 0 ? new Set(seen.map((e) => e.subnetId)) : new Set(cluster.subnetIds);
  const held = [...ids].map((id) => {
    const to = subnets?.find((s) => s.subnetId === id);
    return to ? heldBack(acls, home, to, API_PORT) : [];
  });
  return held.length > 0 && held.every((h) => h.length > 0) ? held.flat() : [];
}

function portsText({ from, to }: HeldBack['ports']): string {
  return from === to ? String(from) : `${from}–${to}`;
}

function keyOf({ acl, way, ports, cidr }: HeldBack): string {
  return [acl.networkAclId, way, ports.from, cidr].join();
}

function openAcls(fix: FixContext, holds: readonly HeldBack[]): Fix[] {
  const promised = new Map<string, Set<number>>();
  const commands = holds.flatMap((h) => {
    const side = `${h.acl.networkAclId} ${h.way}`;
    const taken = promised.get(side) ?? new Set();
    const added = letThrough(fix, { ...h, promised: taken });
    if (!added) return [];
    promised.set(side, taken.add(added.rule));
    return [added.command];
  });
  if (commands.length < holds.length) return [];
  return [
    {
      title: `Add ${things(commands.length, 'rule')} to the network ACLs`,
      commands,
      changes:
        'Lets the nodes reach port 443 of the control plane and its answers come back; security groups still decide what reaches which interface.',
      effect: 'immediate',
    },
  ];
}
