import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { type NodesByPlatform, nodesServedByCni, type Platform } from '../facts/platforms.ts';
import { policiesOf } from '../facts/pod-groups.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import { type PodTable, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
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
  worst: 'warning',
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
  evidence,
  evaluate: ({ nodes, cni, cluster, eniConfigs, policies, profiles, pods }) => {
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
    };
    // Auto Mode reads neither object. Fargate does read policies.
    const auto =
      nodes.served.length === 0 && nodes.others.every((o) => o.platform === 'auto-mode' || o.platform === 'fargate');
    const unread = auto && nodes.others.some((o) => o.platform === 'auto-mode');
    const fargate = nodes.others.some((o) => o.platform === 'fargate') || (profiles?.length ?? 0) > 0;
    const configs = unread ? (eniConfigs ?? []).map((c) => c.name) : [];
    const groups = unread && !fargate ? (policies ?? []) : [];
    const selecting = pods ? unprotected(nodes, policies ?? [], pods) : new Map<SecurityGroupPolicy, Reach>();
    const idle = [...new Set([...groups, ...selecting.keys()])];
    if (configs.length + idle.length === 0) return [draft];
    const leftovers = [
      ...configs.map((c) => `ENIConfig ${c}`),
      ...idle.map((p) => `SecurityGroupPolicy ${p.namespace}/${p.name}`),
    ];
    const hit = [...selecting.values()].flatMap((r) => r.without);
    const useless = idle.filter((p) => (selecting.get(p)?.effective ?? 0) === 0);
    return [
      draft,
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
  unjudged: ({ nodes }, { gapsOf }) =>
    nodes.others.length === 0
      ? undefined
      : unjudged('kind of object', 3, [...gapsOf('eniConfigs'), ...gapsOf('policies'), ...gapsOf('pods')]),
  summary: (e) =>
    e.leftovers.length > 0
      ? `${some(e.leftovers)} ${verb(e.leftovers.length, 'has', 'have')} no effect${
          e.unprotectedPods > 0
            ? ` on ${things(e.unprotectedPods, 'pod')} that ${verb(e.unprotectedPods, 'runs', 'run')} where security groups for pods do not exist`
            : ': EKS Auto Mode reads none of them'
        }`
      : `${some(e.platforms.map((p) => `${things(p.nodes, 'node')} by ${p.platform}`))}${
          e.engines.length > 0 ? ` (${some(e.engines)})` : ''
        }; ${e.served === 0 ? 'no node is' : `${things(e.served, 'node')} ${verb(e.served, 'is', 'are')}`} served by aws-node, and findings about aws-node concern only ${e.served === 0 ? 'such nodes' : 'these'}`,
  explanation: {
    why: 'EKS Auto Mode, Fargate, Windows, hybrid nodes and other CNIs give pods their addresses without aws-node, and read none of its settings. Judging them by its rules would report faults that do not exist.',
    how: 'Each node by itself: the label eks.amazonaws.com/compute-type, operating system, provider id, DaemonSets and annotations of other CNIs. ineffective, a warning: a SecurityGroupPolicy selects pods on nodes of Auto Mode, Windows, hybrid nodes or another CNI, which then run without those groups; or every node is in Auto Mode, yet ENIConfigs or policies exist, which it does not read.',
    fix: 'None; delete settings left from before a migration, or set what Auto Mode offers in its NodeClass.',
    verify: 'vpccni inspect lists the platform of every node.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/auto-networking.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html',
    ],
  },
});

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
