import * as v from 'valibot';
import { parseCniVersion } from '../../calc/maxpods/index.ts';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf, nodeGroupText } from '../facts/support/node-group.ts';
import type { Cluster, Nodegroup } from '../snapshot/aws.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['kernel', 'platform', 'bpf']),
  /** Nodes with their kernel and image. */
  nodes: v.array(v.object({ node: v.string(), kernel: v.string(), osImage: v.string() })),
  group: v.nullable(v.string()),
  kubernetes: v.nullable(v.string()),
  platform: v.nullable(v.string()),
  /** Of the AMI of that group, as EKS names it: `1.25.9-20230607`. */
  release: v.nullable(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Oldest kernel the agent's programs load on (aws-network-policy-agent README.md). */
const KERNEL = { major: 5, minor: 10 };
const KUBERNETES = 25;
/** First platform version of each minor release whose control plane has the controller (EKS user guide, network policy). */
const PLATFORMS: Readonly<Record<number, number>> = { 25: 7, 26: 6, 27: 5 };

export const NPL006 = defineCheck({
  code: 'NPL006',
  title: 'Platform below the minimum for network policy',
  severity: 'error',
  grain: 'group',
  needs: { agent: policyAgent, nodes: nodesServedByCni },
  helps: { cluster: section('cluster'), nodegroups: section('nodegroups'), fix: fixContext },
  partialOk: true,
  evidence,
  notApplicable: ({ agent }) => (agent.enabled ? undefined : 'the policy agent is not switched on'),
  evaluate: ({ nodes, cluster, nodegroups, fix }): Draft<Evidence>[] => {
    const old = nodes.served.filter((n) => isOld(n.kernelVersion));
    const found = [...groupBy(old, (n) => nodeGroupText(nodeGroupOf(n)))].map(([group, members]): Draft<Evidence> => {
      const names = members.map((n) => n.name);
      return {
        key: group,
        subReason: 'kernel',
        confidence: 'derived',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          reason: 'kernel',
          nodes: members.map((n) => ({ node: n.name, kernel: n.kernelVersion, osImage: n.osImage })),
          group,
          kubernetes: null,
          platform: null,
          release: null,
        },
        fixes: [update(fix, members[0]!)],
      };
    });
    for (const g of nodegroups ?? []) {
      const members = nodes.served.filter((n) => nodeGroupText(nodeGroupOf(n)) === `managed/${g.name}`);
      if (members.length === 0 || !lacksBpf(g)) continue;
      found.push({
        key: `managed/${g.name}`,
        subReason: 'bpf',
        // what the image mounts is not seen
        severity: 'info',
        confidence: 'heuristic',
        resources: nodeResources(members.map((n) => n.name)),
        scope: { nodes: members.map((n) => n.name) },
        evidence: {
          reason: 'bpf',
          nodes: members.map((n) => ({ node: n.name, kernel: n.kernelVersion, osImage: n.osImage })),
          group: `managed/${g.name}`,
          kubernetes: null,
          platform: null,
          release: g.releaseVersion ?? null,
        },
        fixes: [update(fix, members[0]!)],
      });
    }
    if (cluster && isBefore(cluster))
      found.push({
        key: cluster.name,
        subReason: 'platform',
        confidence: 'derived',
        resources: [{ kind: 'cluster', id: cluster.name }],
        scope: {},
        evidence: {
          reason: 'platform',
          nodes: [],
          group: null,
          kubernetes: cluster.version,
          platform: cluster.platformVersion ?? null,
          release: null,
        },
        fixes: [
          {
            title: 'Update the cluster to a version whose control plane has the controller',
            commands: [],
            changes:
              'Kubernetes 1.27 of a present platform version has it: the control plane first, minor by minor, then the nodes.',
            effect: 'node-replacement',
          },
        ],
      });
    return found;
  },
  unjudged: ({ nodes, cluster, nodegroups }, { gapsOf }) => {
    const old = nodes.served.filter((n) => OF_OLD.test(n.kubeletVersion) && nodeGroupOf(n).kind === 'managed').length;
    if (old > 0 && (!nodegroups || gapsOf('nodegroups').length > 0))
      return { count: old, of: nodes.served.length, what: 'node', gaps: gapsOf('nodegroups') };
    const unknown = nodes.served.filter((n) => kernelOf(n.kernelVersion) === undefined).length;
    if (cluster === undefined) return { count: 1, of: 1, what: 'cluster', gaps: gapsOf('cluster') };
    if (unknown === 0) return undefined;
    const gaps = [{ kind: 'not-told' as const, reason: 'their kernel is not told' }];
    return { count: unknown, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    e.reason === 'bpf'
      ? `${things(e.nodes.length, 'node')} of ${e.group} are of AMI ${e.release}: those before 20230703 do not mount the BPF filesystem that the policy agent needs`
      : e.reason === 'platform'
        ? `network policy is on, and the control plane (${e.kubernetes}, ${e.platform ?? 'platform version not told'}) has no controller for it`
        : `${things(e.nodes.length, 'node')} of ${e.group} (${some(
            e.nodes.map((n) => n.node),
            2,
          )}) run kernel ${some([...new Set(e.nodes.map((n) => n.kernel))])}, on which the policy agent cannot load its programs: pods there are open`,
  explanation: {
    why: 'Where the programs of the agent do not load no policy holds, and nothing says so to whoever wrote the policy. One old node is enough to leave its pods open.',
    how: 'The policy agent is on and a node has a kernel before 5.10, as old GPU and self-made images do (kernel); or the cluster is older than Kubernetes 1.25, or of a platform version before 1.25/eks.7, 1.26/eks.6 and 1.27/eks.5 (platform). bpf, information: a managed group of Kubernetes 1.25 or 1.26 whose AMI is older than 20230703, the first that mounts the BPF filesystem.',
    fix: 'Move the nodes to a present AMI; update the cluster.',
    verify: 'kubectl get nodes -o wide shows a kernel of 5.10 or later everywhere.',
    references: [
      'aws-network-policy-agent README.md',
      'https://github.com/aws/aws-network-policy-agent/issues/91',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
    ],
  },
});

/** Amazon Linux 2 of these versions mounts it from release v20230703 on (EKS user guide, network policy). */
const OF_OLD = /^v?1\.2[56]\./;
const FIRST_MOUNTED = '20230703';

function lacksBpf(g: Nodegroup): boolean {
  const [, version = '', date = ''] = /^(1\.\d+\.\d+)-(\d{8})$/.exec(g.releaseVersion ?? '') ?? [];
  return OF_OLD.test(version) && date !== '' && date < FIRST_MOUNTED && (g.amiType?.startsWith('AL2_') ?? true);
}

function kernelOf(text: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

function isOld(text: string): boolean {
  const kernel = kernelOf(text);
  if (!kernel) return false;
  return kernel.major < KERNEL.major || (kernel.major === KERNEL.major && kernel.minor < KERNEL.minor);
}

function isBefore({ version, platformVersion }: Cluster): boolean {
  const minor = parseCniVersion(version)?.minor ?? KUBERNETES;
  if (minor < KUBERNETES) return true;
  const least = PLATFORMS[minor];
  const has = /^eks\.(\d+)$/.exec(platformVersion ?? '')?.[1];
  return least !== undefined && has !== undefined && Number(has) < least;
}

function update(fix: Parameters<typeof aws>[0] & { readonly cluster?: Cluster }, node: Node) {
  const group = nodeGroupOf(node);
  const base = { effect: 'node-replacement' as const, risk: 'Pods are drained from the old nodes; budgets are kept.' };
  if (group.kind === 'managed' && fix.cluster)
    return {
      ...base,
      title: `Move node group ${group.name} to the present AMI`,
      commands: [
        aws(
          fix,
          ...['eks', 'update-nodegroup-version', '--cluster-name', fix.cluster.name, '--nodegroup-name', group.name],
        ),
      ],
      changes:
        'Replaces its nodes by ones of the newest AMI release of its type. A group with an AMI of its own needs a new version of its launch template first.',
    };
  return {
    ...base,
    title: 'Replace the nodes by ones of a present AMI',
    commands: [],
    changes: 'Choose an AMI with kernel 5.10 or later where the nodes are defined, and replace them.',
  };
}
