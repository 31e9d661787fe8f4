import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { type NodesByPlatform, nodesServedByCni, type Platform } from '../facts/platforms.ts';
import { policiesOf } from '../facts/pod-groups.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { Cni, Node, SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import { type PodTable, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { isYoung } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  platforms: v.array(v.object({ platform: v.string(), nodes: v.number() })),
  served: v.number(),
  engines: v.array(v.string()),
  /** ENIConfigs and SecurityGroupPolicies that nothing here reads. */
  leftovers: v.array(v.string()),
  /** Of those, policies that select pods on nodes where no policy holds, and how many such pods. */
  unprotectedPods: v.number(),
  /** Nodes of another CNI that are not ready for want of a network, and whether its agent stands there. */
  uncovered: v.array(v.object({ node: v.string(), agent: v.boolean() })),
});
type Evidence = v.InferOutput<typeof evidence>;

const WORDS: Readonly<Record<Platform, string>> = {
  'vpc-cni': 'aws-node',
  'auto-mode': 'EKS Auto Mode',
  fargate: 'Fargate',
  hybrid: 'a hybrid node agent',
  windows: 'the Windows resource controller',
  'other-cni': 'another CNI',
};

export const PLT001 = defineCheck({
  code: 'PLT001',
  title: "This cluster's pod network is not run by aws-node",
  severity: 'info',
  worst: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { nodes: nodesServedByCni },
  helps: {
    cni: section('cni'),
    cluster: section('cluster'),
    eniConfigs: section('eniConfigs'),
    policies: section('securityGroupPolicies'),
    profiles: section('fargateProfiles'),
    pods: section('pods'),
  },
  partialOk: true,
  explains: ['HLT001', 'NOD007'],
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { nodes, cni, cluster, eniConfigs, policies, profiles, pods } = from;
    if (nodes.others.length === 0) return [];
    const platforms = [...groupBy(nodes.others, (o) => o.platform)].map(([platform, members]) => ({
      platform: WORDS[platform],
      nodes: members.length,
    }));
    const facts: Evidence = {
      platforms,
      served: nodes.served.length,
      engines: (cni?.otherCnis ?? []).map((o) => o.engine),
      leftovers: [],
      unprotectedPods: 0,
      uncovered: [],
    };
    const key = cluster?.name ?? 'cluster';
    const names = nodes.others.map((o) => o.node.name);
    const draft: Draft<Evidence> = {
      key,
      confidence: 'observed',
      resources: nodeResources(names),
      scope: { nodes: names },
      evidence: facts,
      fixes: [],
      explains: [],
    };
    const bare = cni && pods && gapsOf('pods').length === 0 ? withoutNetwork(nodes, cni, pods) : [];
    const late = bare
      .filter((b) => !isYoung(b.node, now, policy))
      .map(({ node, agent }) => ({ node: node.name, agent }));
    const bareNodes = late.map((b) => b.node);
    const uncovered: Draft<Evidence>[] =
      late.length === 0
        ? []
        : [
            {
              ...draft,
              subReason: 'uncovered',
              severity: 'error',
              resources: nodeResources(bareNodes),
              scope: { nodes: bareNodes, pods: waitingOn(pods, bareNodes) },
              evidence: { ...facts, uncovered: late },
              explains: ['HLT001', 'NOD007'],
              fixes: [lookAtAgents(cni?.otherCnis ?? [], bareNodes)],
            },
          ];
    // Auto Mode reads neither object. Fargate does read policies.
    const auto =
      nodes.served.length === 0 && nodes.others.every((o) => o.platform === 'auto-mode' || o.platform === 'fargate');
    const unread = auto && nodes.others.some((o) => o.platform === 'auto-mode');
    const fargate = nodes.others.some((o) => o.platform === 'fargate') || (profiles?.length ?? 0) > 0;
    const configs = unread ? (eniConfigs ?? []).map((c) => c.name) : [];
    const groups = unread && !fargate ? (policies ?? []) : [];
    const selecting = pods ? unprotected(nodes, policies ?? [], pods) : new Map<SecurityGroupPolicy, Reach>();
    const idle = [...new Set([...groups, ...selecting.keys()])];
    if (configs.length + idle.length === 0) return [draft, ...uncovered];
    const leftovers = [
      ...configs.map((c) => `ENIConfig ${c}`),
      ...idle.map((p) => `SecurityGroupPolicy ${p.namespace}/${p.name}`),
    ];
    const hit = [...selecting.values()].flatMap((r) => r.without);
    const useless = idle.filter((p) => (selecting.get(p)?.effective ?? 0) === 0);
    return [
      draft,
      ...uncovered,
      {
        ...draft,
        subReason: 'ineffective',
        severity: 'warning',
        scope: { nodes: names, pods: hit },
        evidence: { ...facts, leftovers, unprotectedPods: hit.length },
        fixes: configs.length + useless.length > 0 ? [removeLeftovers(configs, useless)] : [],
      },
    ];
  },
  // what would have no effect is among these
  unjudged: ({ nodes, cni }, { gapsOf }) => {
    // whose a node without a network is, DaemonSets and pods tell
    const bare = [...nodes.served, ...nodes.others.map((o) => o.node)].filter(lacksNetwork).length;
    const gaps = [...gapsOf('cni'), ...(cni && cni.otherCnis.length > 0 ? gapsOf('pods') : [])];
    const all = nodes.served.length + nodes.others.length;
    if (bare > 0 && gaps.length > 0) return { count: bare, of: all, what: 'node', gaps };
    return nodes.others.length === 0
      ? undefined
      : unjudged('kind of object', 3, [...gapsOf('eniConfigs'), ...gapsOf('policies'), ...gapsOf('pods')]);
  },
  summary: (e) => {
    const alone = e.uncovered.filter((u) => !u.agent).length;
    if (e.uncovered.length > 0)
      return `${things(e.uncovered.length, 'node')} (${some(e.uncovered.map((u) => u.node))}) ${verb(e.uncovered.length, 'is', 'are')} not ready for want of a network: ${
        alone > 0
          ? `no agent of ${some(e.engines)} stands on ${alone === e.uncovered.length ? verb(alone, 'it', 'them') : things(alone, 'node')}, nor does aws-node`
          : `the agent of ${some(e.engines)} there does not get it going`
      }`;
    return e.leftovers.length > 0
      ? `${some(e.leftovers)} ${verb(e.leftovers.length, 'has', 'have')} no effect${
          e.unprotectedPods > 0
            ? ` on ${things(e.unprotectedPods, 'pod')} that ${verb(e.unprotectedPods, 'runs', 'run')} where security groups for pods do not exist`
            : ': EKS Auto Mode reads none of them'
        }`
      : `${some(e.platforms.map((p) => `${things(p.nodes, 'node')} by ${p.platform}`))}${
          e.engines.length > 0 ? ` (${some(e.engines)})` : ''
        }; ${e.served === 0 ? 'no node is' : `${things(e.served, 'node')} ${verb(e.served, 'is', 'are')}`} served by aws-node, and findings about aws-node concern only ${e.served === 0 ? 'such nodes' : 'these'}`;
  },
  verdict: () => 'no CNI serves their node',
  explanation: {
    why: 'EKS Auto Mode, Fargate, Windows, hybrid nodes and other CNIs give pods their addresses without aws-node, and read none of its settings. Judging them by its rules would report faults that do not exist.',
    how: 'Each node by itself: the label eks.amazonaws.com/compute-type, operating system, provider id, DaemonSets and annotations of other CNIs. ineffective, a warning: a SecurityGroupPolicy selects pods on nodes of Auto Mode, Windows, hybrid nodes or another CNI, which then run without those groups; or every node is in Auto Mode, yet ENIConfigs or policies exist, which it does not read. uncovered, an error: another CNI is installed in place of aws-node, and a node older than five minutes is not ready for want of a network: its agent does not stand there, or does not get the network going.',
    fix: 'None; let the agent of the CNI onto the nodes it is missing on; delete settings left from before a migration, or set what Auto Mode offers in its NodeClass.',
    verify: 'vpccni inspect lists the platform of every node.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/auto-networking.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html',
    ],
  },
});

/** Nodes of another CNI whose kubelet waits for a network. */
function withoutNetwork(
  nodes: NodesByPlatform,
  cni: Cni,
  pods: PodTable,
): { readonly node: Node; readonly agent: boolean }[] {
  const bare = nodes.others.filter(({ node, platform }) => platform === 'other-cni' && lacksNetwork(node));
  if (bare.length === 0) return [];
  const agents = new Set(cni.otherCnis.map((o) => `${o.namespace}/DaemonSet/${o.name}`));
  const on = new Set(
    podsOf(pods).flatMap((p) => (p.node && isLive(p) && agents.has(`${p.namespace}/${p.owner}`) ? [p.node] : [])),
  );
  return bare.map(({ node }) => ({ node, agent: on.has(node.name) }));
}

function lacksNetwork({ ready, readyReason }: Node): boolean {
  return ready !== 'True' && (readyReason === 'cni-not-initialized' || readyReason === 'network-not-ready');
}

function waitingOn(pods: PodTable | undefined, nodes: readonly string[]): string[] {
  const on = new Set(nodes);
  return (pods ? podsOf(pods) : []).flatMap((p) =>
    p.waiting && p.node !== undefined && on.has(p.node) ? [`${p.namespace}/${p.name}`] : [],
  );
}

function lookAtAgents(agents: Cni['otherCnis'], nodes: readonly string[]): Fix {
  return {
    title: 'See what keeps the agent off, by its DaemonSet and the taints and labels of the nodes',
    commands: [
      ...agents.map((a) => kubectl('-n', a.namespace, 'describe', 'ds', named('object', a.name))),
      kubectl('describe', 'node', ...nodes.map((n) => named('node', n))),
    ],
    changes: 'Nothing: a node selector, an affinity or a missing toleration of the DaemonSet shows beside the node.',
    effect: 'minutes',
  };
}

interface Reach {
  /** Selected pods where the policy holds, and `namespace/name` of those where it does not. */
  effective: number;
  readonly without: string[];
}

/** Policies with pods where no branch ENI can come. aws-node's nodes have them, and Fargate reads policies by itself. */
function unprotected(
  nodes: NodesByPlatform,
  policies: readonly SecurityGroupPolicy[],
  pods: PodTable,
): ReadonlyMap<SecurityGroupPolicy, Reach> {
  const found = new Map<SecurityGroupPolicy, Reach>();
  if (policies.length === 0) return found;
  const elsewhere = new Set(nodes.others.filter((o) => o.platform !== 'fargate').map((o) => o.node.name));
  for (const pod of podsOf(pods)) {
    if (pod.node === undefined || pod.class === 'host-network' || !isLive(pod)) continue;
    for (const policy of policiesOf(policies, pod)) {
      const reach = found.get(policy) ?? { effective: 0, without: [] };
      found.set(policy, reach);
      if (elsewhere.has(pod.node)) reach.without.push(`${pod.namespace}/${pod.name}`);
      else reach.effective++;
    }
  }
  for (const [policy, reach] of found) if (reach.without.length === 0) found.delete(policy);
  return found;
}

function removeLeftovers(
  configs: readonly string[],
  policies: readonly { readonly namespace: string; readonly name: string }[],
): Fix {
  return {
    title: 'Delete what nothing reads',
    commands: [
      ...(configs.length > 0 ? [kubectl('delete', 'eniconfig', ...configs.map((c) => named('object', c)))] : []),
      ...policies.map((p) => kubectl('-n', p.namespace, 'delete', 'securitygrouppolicy', named('object', p.name))),
    ],
    changes: 'Removes the objects; no node of this cluster uses them.',
    effect: 'immediate',
    risk: 'Keep them if nodes with aws-node are to come back.',
  };
}
