import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { listed, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { commandLine, json, named } from '../shell.ts';
import type { Cluster } from '../snapshot/aws.ts';
import type { Cni, Node } from '../snapshot/kubernetes.ts';
import { podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { isYoung } from './support/ages.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['no-cni', 'cni-not-there', 'ipv6']),
  nodes: v.array(v.string()),
  notReady: v.number(),
  /** Engines other than aws-node that the cluster has. */
  engines: v.array(v.string()),
  /** Null where the cluster was not read. */
  remotePodCidrs: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

const HYBRID = { key: 'eks.amazonaws.com/compute-type', operator: 'In', values: ['hybrid'] };

export const PLT006 = defineCheck({
  code: 'PLT006',
  title: 'Hybrid node has no CNI or clashes with the VPC',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { nodes: nodesServedByCni, cni: section('cni') },
  helps: { pods: section('pods'), cluster: section('cluster'), fix: fixContext },
  partialOk: ['nodes'],
  explains: ['HLT001', 'HLT003'],
  evidence,
  notApplicable: ({ nodes }) => (hybridOf(nodes.others).length === 0 ? 'there is no hybrid node' : undefined),
  evaluate: ({ nodes, cni, pods, cluster }, { now, policy }): Draft<Evidence>[] => {
    const hybrid = hybridOf(nodes.others);
    const draft = (reason: Evidence['reason'], members: readonly Node[], fixes: readonly Fix[]): Draft<Evidence> => ({
      key: 'hybrid',
      subReason: reason,
      confidence: reason === 'ipv6' ? 'derived' : 'observed',
      resources: nodeResources(members.map((n) => n.name)),
      scope: { nodes: members.map((n) => n.name) },
      evidence: {
        reason,
        nodes: members.map((n) => n.name),
        notReady: members.filter((n) => n.ready !== 'True').length,
        engines: [...new Set(cni.otherCnis.map((o) => o.engine))].sort(),
        remotePodCidrs: cluster?.remotePodCidrs ?? null,
      },
      fixes,
    });
    const drafts: Draft<Evidence>[] = [];
    if (cluster?.ipFamily === 'ipv6') drafts.push(draft('ipv6', hybrid, [leave(hybrid)]));
    // a silent kubelet says nothing of the network
    const down = hybrid.filter(
      (n) => n.ready !== 'True' && n.readyReason !== 'kubelet-silent' && !isYoung(n, now, policy),
    );
    if (down.length === 0) return drafts;
    if (cni.otherCnis.length === 0) drafts.push(draft('no-cni', down, installCilium(cluster)));
    else if (pods) {
      const agents = new Set(cni.otherCnis.map((o) => `${o.namespace}/DaemonSet/${o.name}`));
      const served = new Set(
        podsOf(pods).flatMap((p) => (p.node && isLive(p) && agents.has(`${p.namespace}/${p.owner}`) ? [p.node] : [])),
      );
      const bare = down.filter((n) => !served.has(n.name));
      if (bare.length > 0) drafts.push(draft('cni-not-there', bare, lookAtAgents(cni)));
    }
    return drafts;
  },
  unjudged: ({ nodes, cni, pods }, { gapsOf }) => {
    const hybrid = hybridOf(nodes.others);
    const down = hybrid.some((n) => n.ready !== 'True');
    const gaps = [...gapsOf('cluster'), ...(down && cni.otherCnis.length > 0 && !pods ? gapsOf('pods') : [])];
    return gaps.length === 0 ? undefined : { count: hybrid.length, of: hybrid.length, what: 'hybrid node', gaps };
  },
  summary: (e) => {
    const nodes = `${things(e.nodes.length, 'hybrid node')} (${some(e.nodes)})`;
    const down = `${verb(e.nodes.length, 'is', 'are')} not ready`;
    switch (e.reason) {
      case 'no-cni':
        return `${nodes} ${down}, and the cluster has no CNI for ${verb(e.nodes.length, 'it', 'them')}: aws-node leaves hybrid nodes alone by design`;
      case 'cni-not-there':
        return `${nodes} ${down}: no agent of ${listed(e.engines)} runs there`;
      case 'ipv6':
        return `${nodes} ${verb(e.nodes.length, 'is', 'are')} in an IPv6 cluster, where hybrid nodes do not work`;
    }
  },
  verdict: () => 'hybrid nodes without a CNI',
  explanation: {
    why: 'aws-node never runs on hybrid nodes: without Cilium or Calico of your own they stay NotReady, and no pod gets an address there.',
    how: 'Hybrid nodes older than five minutes that are not Ready while their kubelet speaks: no-cni, the cluster has no other CNI at all; cni-not-there, it has one, and no pod of its agent stands on the node. ipv6: the cluster is an IPv6 one. Networks of hybrid nodes that overlap the VPC or the range of Services are RTE005.',
    fix: 'Install Cilium, or Calico, for these nodes alone.',
    verify: 'kubectl get nodes -l eks.amazonaws.com/compute-type=hybrid shows Ready.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-cni.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-networking.html',
    ],
  },
});

function hybridOf(others: readonly { readonly node: Node; readonly platform: string }[]): Node[] {
  return others.flatMap((o) => (o.platform === 'hybrid' ? [o.node] : []));
}

const AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [HYBRID] }] },
  },
};

/** The values of EKS's guide, with agent and operator on hybrid nodes alone; the cluster must know the networks of their pods. */
function installCilium(cluster: Cluster | undefined): Fix[] {
  const ranges = cluster?.remotePodCidrs ?? [];
  if (ranges.length === 0)
    return [
      {
        title: 'Tell the cluster the networks of pods on hybrid nodes, then install Cilium for these nodes',
        commands: [kubectl('get', 'nodes', '-l', 'eks.amazonaws.com/compute-type=hybrid', '-o', 'wide')],
        changes:
          'Nothing: it shows the nodes. Remote pod networks are set on the cluster (update-cluster-config, remoteNetworkConfig).',
        effect: 'immediate',
      },
    ];
  return [
    {
      title: 'Install Cilium for hybrid nodes alone',
      commands: [
        commandLine(
          ...['helm', 'upgrade', '--install', 'cilium', 'cilium', '--repo', 'https://helm.cilium.io/'],
          ...['--namespace', 'kube-system'],
          ...['--set-json', `affinity=${json(AFFINITY)}`, '--set-json', `operator.affinity=${json(AFFINITY)}`],
          ...['--set', 'ipam.mode=cluster-pool', '--set', 'ipam.operator.clusterPoolIPv4MaskSize=25'],
          ...['--set-json', `ipam.operator.clusterPoolIPv4PodCIDRList=${json(ranges.map((r) => named('cidr', r)))}`],
          ...[
            '--set',
            'operator.unmanagedPodWatcher.restart=false',
            '--set',
            'loadBalancer.serviceTopology=true',
            '--set',
            'envoy.enabled=false',
          ],
        ),
      ],
      changes: `Runs Cilium on nodes labelled eks.amazonaws.com/compute-type=hybrid and on no other, with pod addresses from ${some(ranges)}.`,
      effect: 'minutes',
      risk: 'Blocks of 128 addresses for each node: the range must have one for every hybrid node. Routers on premises must know them.',
    },
  ];
}

function lookAtAgents(cni: Cni): Fix[] {
  return cni.otherCnis.slice(0, 2).map((o) => ({
    title: `See why ${o.name} does not run there`,
    commands: [kubectl('-n', o.namespace, 'describe', 'daemonset', named('object', o.name))],
    changes: 'Nothing: its node selector, affinity and tolerations must let it onto hybrid nodes.',
    effect: 'immediate',
  }));
}

function leave(nodes: readonly Node[]): Fix {
  return {
    title: 'Take these nodes to a cluster with IPv4',
    commands: nodes.slice(0, 5).map((n) => kubectl('cordon', named('node', n.name))),
    changes: 'No new pods are placed on them. The family of addresses of a cluster cannot be changed.',
    effect: 'immediate',
  };
}
