import * as v from 'valibot';
import {
  BAD_RELEASES,
  badReleases,
  formatCniVersion,
  RELEASES_CHECKED,
  type ReleaseCondition,
} from '../../calc/maxpods/index.ts';
import { things } from '../contract/words.ts';
import { awsNodeDown } from '../facts/aws-node-down.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { isHyperPod, type NodesByPlatform, nodesServedByCni } from '../facts/platforms.ts';
import { type PolicyAgent, policyAgent } from '../facts/policy-agent.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { brokenContainer, downReason, POLICY_AGENT } from '../facts/support/aws-node-state.ts';
import type { Cluster } from '../snapshot/aws.ts';
import type { EniConfig, Workloads } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { moveAddon, offeredBack, offeredFrom } from './fixes/upgrade-cni.ts';
import { nodeResources } from './support/resources.ts';
import { NOBODY, waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  version: v.string(),
  effect: v.string(),
  /** Null while no release mends it. */
  fixedIn: v.nullable(v.string()),
  /** The last release without the fault, where none mends it. */
  lastGood: v.nullable(v.string()),
  condition: v.string(),
  source: v.string(),
  tableChecked: v.string(),
  /** Nodes whose policy agent exits as this release is known to do; null where that could not be seen. */
  agentExits: v.nullable(v.number()),
  /** Pods that wait with nothing else in their way; null where that could not be seen. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Kubernetes minor after the last that v1.16.0 and v1.16.1 do not work on. */
const KUBERNETES_FIRST_GOOD = 24;

export const ADD007 = defineCheck({
  code: 'ADD007',
  title: 'Known-bad release for this configuration',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  needs: { networking, agent: policyAgent },
  helps: {
    cluster: section('cluster'),
    configs: section('eniConfigs'),
    nodes: nodesServedByCni,
    down: awsNodeDown,
    workloads: section('workloads'),
    stuck: stuckPods,
    causes: stuckCauses,
    versions: section('addonVersions'),
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'ADD002'],
  accountsFor: ['bad-release'],
  evidence,
  evaluate: (
    { networking: net, agent, cluster, configs, nodes, down, workloads, stuck, causes, versions, fix },
    { gapsOf },
  ) => {
    const version = net.cniVersion;
    if (version === undefined) return [];
    // where some DaemonSets were not read, a missing one shows nothing
    const seenAll = gapsOf('workloads').length === 0 ? workloads : undefined;
    const met = conditions(net, agent, cluster, configs, nodes, seenAll);
    // what a missing right accounts for is told once, by the right (NPL005)
    const served = (nodes?.served ?? []).map((n) => n.name);
    const exits = [...(down ?? [])].flatMap(([node, pod]) => {
      const container = brokenContainer(pod);
      return container?.name === POLICY_AGENT && downReason(pod, container) === 'crash' ? [node] : [];
    });
    // nothing but eBPF mode of Calico serves Services without a kube-proxy, unless another engine is there that may do so
    const isGuess = (when: ReleaseCondition) => when === 'calico-ebpf' && !isOnlyCalico(agent);
    return badReleases(version).flatMap((row): Draft<Evidence>[] => {
      if (!met[row.when]) return [];
      const broken = row.symptom === 'agent-exits' ? exits : [];
      const waiting =
        row.symptom === 'pods-wait' ? waitingFor('bad-release', { stuck, causes }, gapsOf, served) : NOBODY;
      // pods of nodes that were not read may be among those that wait
      const unsure = row.symptom === 'pods-wait' && waiting.count === 0 && (!nodes || gapsOf('nodes').length > 0);
      const seen = broken.length > 0 || waiting.pods.length > 0;
      return [
        {
          key: `${formatCniVersion(row.fixedIn ?? row.from)}-${row.when}`,
          severity: seen ? 'error' : isGuess(row.when) ? 'info' : row.severity,
          confidence: isGuess(row.when) ? 'heuristic' : 'derived',
          resources: [
            { kind: 'daemonset', id: 'kube-system/aws-node' },
            ...nodeResources([...broken, ...waiting.nodes]),
          ],
          scope: { nodes: row.when === 'policy-agent-on' ? served : broken, pods: waiting.pods },
          evidence: {
            version,
            effect: row.effect,
            fixedIn: row.fixedIn ? formatCniVersion(row.fixedIn) : null,
            lastGood: row.lastGood ? formatCniVersion(row.lastGood) : null,
            condition: row.when,
            source: row.source,
            tableChecked: RELEASES_CHECKED,
            agentExits: down ? broken.length : null,
            waitingPods: unsure ? null : waiting.count,
          },
          explains: broken.length > 0 ? ['HLT002', 'ADD002'] : waiting.pods.length > 0 ? ['HLT001'] : [],
          fixes: row.fixedIn
            ? moveAddon(fix, offeredFrom(versions, row.fixedIn), versions)
            : row.lastGood
              ? moveAddon(fix, offeredBack(versions, row.lastGood), versions)
              : [],
        },
      ];
    });
  },
  // what decides whether a bad release shows its fault here, and could not be read
  unjudged: ({ networking: net, agent }, { gapsOf }) => {
    const whens = new Set(badReleases(net.cniVersion ?? '').map((r) => r.when));
    const gaps = [
      ...(whens.has('eniconfig-without-groups') && net.settings.customNetworking ? gapsOf('configs') : []),
      ...(whens.has('old-kubernetes') ? gapsOf('cluster') : []),
      ...(whens.has('hyperpod') ? gapsOf('nodes') : []),
      ...(whens.has('calico-ebpf') && hasCalico(agent) ? gapsOf('workloads') : []),
    ];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'release', gaps };
  },
  summary: (e) =>
    `aws-node ${e.version} ${e.effect}${e.agentExits ? `; its agent exits again and again on ${things(e.agentExits, 'node')}` : ''}${waitingText(e.waitingPods)}; ${
      e.fixedIn === null
        ? `no release mends it yet${e.lastGood === null ? '' : `, ${e.lastGood} is without it`}`
        : `mended in ${e.fixedIn}`
    } (${e.source})`,
  verdict: (e) => `aws-node ${e.version} leaves pods without an address`,
  explanation: {
    why: 'One release accounts for many outages of the same week. What looks like a fault of your cluster is one that an update ends.',
    how: `The release that runs stands in a table of releases known to be bad, last held against its sources on ${RELEASES_CHECKED}, and the configuration that brings the fault out is in force here. Calico counts as in eBPF mode where no kube-proxy runs beside it, since nothing else would serve Services then; where a further engine is installed that may, the row is information. An error where its effect is seen: a policy agent that exits, or pods that wait though nothing else is in their way.`,
    fix: 'Move to the release that mends it, one minor release at a time; where none does, back to the last without the fault.',
    verify: 'vpccni inspect shows the new version of the CNI.',
    references: ['amazon-vpc-cni-k8s CHANGELOG.md', ...new Set(BAD_RELEASES.map((r) => r.source))],
  },
});

function conditions(
  net: Networking,
  agent: PolicyAgent,
  cluster: Cluster | undefined,
  configs: readonly EniConfig[] | undefined,
  nodes: NodesByPlatform | undefined,
  workloads: Workloads | undefined,
): Readonly<Record<ReleaseCondition, boolean>> {
  const minor = Number(/^1\.(\d+)$/.exec(cluster?.version ?? '')?.[1] ?? KUBERNETES_FIRST_GOOD);
  const { customNetworking, podEni } = net.settings;
  return {
    always: true,
    'eniconfig-without-groups': customNetworking && (configs ?? []).some((c) => c.securityGroupIds.length === 0),
    'policy-agent': agent.present,
    'policy-agent-on': agent.enabled,
    'old-kubernetes': minor < KUBERNETES_FIRST_GOOD,
    'custom-and-sgp': customNetworking && podEni,
    hyperpod: nodes?.served.some(isHyperPod) ?? false,
    // its eBPF mode does the work of kube-proxy, which is taken away or parked then
    'calico-ebpf':
      hasCalico(agent) &&
      workloads !== undefined &&
      !workloads.daemonSets.some((d) => d.desired > 0 && (d.name === 'kube-proxy' || d.images.some(isKubeProxy))),
  };
}

/** Under whatever name it runs. */
function isKubeProxy(image: string): boolean {
  return /(?:^|[/-])kube-proxy(?:[:@-]|$)/.test(image);
}

function isOnlyCalico({ otherEngines }: PolicyAgent): boolean {
  return otherEngines.every((engine) => /calico|canal/i.test(engine));
}

function hasCalico({ otherEngines }: PolicyAgent): boolean {
  return otherEngines.some((engine) => /calico/i.test(engine));
}
