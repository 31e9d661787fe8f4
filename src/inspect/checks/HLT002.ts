import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { age, count, some, things, verb } from '../contract/words.ts';
import { awsNodeDown } from '../facts/aws-node-down.ts';
import { awsNodePods, type CniPod } from '../facts/aws-node-pods.ts';
import { type Helps, section, type Values } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { isRecent, nodeTroubles } from '../facts/node-troubles.ts';
import { starvedNodes } from '../facts/starved-nodes.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import {
  AWS_NODE,
  brokenContainer,
  type ContainerState,
  type DownReason,
  downReason,
  POLICY_AGENT,
} from '../facts/support/aws-node-state.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { json, named } from '../shell.ts';
import type { ClusterEvent, Cni } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { pullImage } from './fixes/cni-image.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { NOBODY, unsettledOn, waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  /** A rollout of the DaemonSet that does not end; else pods that do not run. */
  rollout: v.nullable(
    v.object({
      /** Pods of the newest template, of all that are wanted. */
      updated: v.number(),
      desired: v.number(),
      sinceSeconds: v.number(),
      /** Nodes still on an older template, as far as their pods tell. */
      lagging: v.array(v.string()),
    }),
  ),
  nodes: v.number(),
  desired: v.nullable(v.number()),
  pods: v.array(
    v.object({
      pod: v.string(),
      node: v.string(),
      /** The container that keeps it from being ready; null where the file does not tell containers apart. */
      container: v.nullable(v.string()),
      reason: v.string(),
      exitCode: v.nullable(v.number()),
      restarts: v.number(),
    }),
  ),
  /** Failed probes that events of the last hour count; null where events were not read. */
  probesFailed: v.nullable(v.number()),
  /** What is scarce for the probes of that container: `timeout 1 s`, `CPU request 10m`, `CPU limit 100m`. */
  scarce: v.array(v.string()),
  /** What the log says; null where logs were not asked for or not read. */
  logged: v.nullable(v.array(v.string())),
  /** Switches that hide what goes on: `DISABLE_METRICS`. */
  hidden: v.array(v.string()),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

interface Down {
  readonly pod: CniPod;
  readonly node: string;
  readonly container?: ContainerState;
  readonly reason: DownReason | 'probe';
}

const needs = { awsNode: awsNodePods, found: awsNodeDown };
const helps = {
  troubles: nodeTroubles,
  starved: starvedNodes,
  stuck: stuckPods,
  causes: stuckCauses,
  events: section('events'),
  logs: section('cniLogs'),
  fix: fixContext,
};
type From = Values<typeof needs> & Helps<typeof helps>;

/** How long a rollout may take before it counts as held up. */
const ROLLOUT_SECONDS = 900;
/** What upstream advises for probes and their CPU (docs/troubleshooting.md, liveness and readiness probe failures). */
const ENOUGH_TIMEOUT = 10;
const ENOUGH_CPU = 25;
const SILENCERS = ['DISABLE_METRICS', 'DISABLE_INTROSPECTION'];

export const HLT002 = defineCheck({
  code: 'HLT002',
  title: 'aws-node is crashing or not ready',
  severity: 'error',
  grain: 'cluster',
  needs,
  helps,
  partialOk: true,
  // nodes on which it does not run hold up the rollout to the others
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  accountsFor: ['aws-node-down'],
  evidence,
  notApplicable: ({ awsNode }) => (awsNode.installed ? undefined : 'there is no DaemonSet kube-system/aws-node'),
  evaluate: (from, { now, gapsOf }) => {
    const { awsNode, found, stuck, causes, events, logs, fix } = from;
    const troubleOf = (node: string) => from.troubles?.get(node) ?? from.starved?.get(node);
    const failed = failedProbes(events ?? [], now);
    const down = [...found].map(([node, pod]): Down => {
      const container = brokenContainer(pod);
      const reason = downReason(pod, container);
      const byProbe = failed.has(pod.name) && (reason === 'killed' || reason === 'not-ready' || reason === 'crash');
      return { pod, node, container, reason: byProbe ? 'probe' : reason };
    });
    // One finding for each cause on the nodes, so that a cause folds what it explains and nothing else.
    const groups = groupBy(
      down,
      ({ node, reason, container }) => `${reason}/${container?.name ?? ''}/${troubleOf(node) ?? ''}`,
    );
    const broken = [...groups.values()].map((members): Draft<Evidence> => {
      const names = members.map((m) => m.node);
      const waiting = waitingFor('aws-node-down', { stuck, causes }, gapsOf, names);
      const trouble = troubleOf(names[0]!);
      const { reason, container } = members[0]!;
      const unprotected =
        container?.name === POLICY_AGENT
          ? unsettledOn(from, gapsOf, names, (p) => p.events.includes('network-policy-setup-failed'))
          : NOBODY;
      const pods = new Set(members.map((m) => m.pod.name));
      const signs = (logs ?? []).filter((l) => pods.has(l.pod)).flatMap((l) => l.signs.map((x) => x.sign));
      return {
        key: [container?.name ?? AWS_NODE, ...(trouble ? [trouble] : [])].join('/'),
        ...(reason === 'not-ready' ? {} : { subReason: reason }),
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names, pods: [...waiting.pods, ...unprotected.pods] },
        evidence: {
          rollout: null,
          nodes: names.length,
          desired: awsNode.desired ?? null,
          pods: members.map(({ pod, node, container: c }) => ({
            pod: pod.name,
            node,
            container: c?.name ?? null,
            // what ended it says more than that it is waited for
            reason:
              (c ? (reason === 'memory' ? c.endedReason : (c.waitingReason ?? c.endedReason)) : pod.waitingReason) ??
              'not ready',
            exitCode: (c ? c.exitCode : pod.exitCode) ?? null,
            restarts: c?.restarts ?? pod.restarts,
          })),
          probesFailed:
            events && gapsOf('events').length === 0
              ? members.reduce((n, m) => n + (failed.get(m.pod.name) ?? 0), 0)
              : null,
          scarce: reason === 'probe' || reason === 'killed' ? scarceFor(fix, container?.name ?? AWS_NODE) : [],
          logged: signs.length === 0 && gapsOf('logs').length > 0 ? null : [...new Set(signs)].sort(),
          hidden: SILENCERS.filter((name) => parseGoBool(fix.networking?.env[name] ?? '') === true),
          waitingPods: unprotected.pods.length > 0 ? unprotected.count : waiting.count,
        },
        fixes: fixesFor(fix, names, members[0]!),
      };
    });
    return [...broken, ...heldUp(from, now)];
  },
  summary: (e) => {
    if (e.rollout)
      return `the rollout of aws-node stands at ${count(e.rollout.updated)} of ${things(e.rollout.desired, 'node')} since ${age(e.rollout.sinceSeconds)}: the others${
        e.rollout.lagging.length > 0 ? ` (${some(e.rollout.lagging)})` : ''
      } still run by the settings of before`;
    const reasons = [...new Set(e.pods.map((p) => p.reason))];
    const exits = [...new Set(e.pods.flatMap((p) => p.exitCode ?? []))];
    const restarts = Math.max(...e.pods.map((p) => p.restarts));
    const container = e.pods[0]?.container ?? AWS_NODE;
    const more = [
      ...((e.probesFailed ?? 0) > 0 ? [`${things(e.probesFailed ?? 0, 'failed probe')}`] : []),
      ...e.scarce,
      ...(e.logged && e.logged.length > 0 ? [`its log says ${some(e.logged)}`] : []),
      ...(e.hidden.length > 0 ? [`${some(e.hidden)} hides what it does`] : []),
    ];
    const what = container === AWS_NODE ? AWS_NODE : `container ${container} of aws-node`;
    return `${what} is not ready on ${things(e.nodes, 'node')}${e.desired === null ? '' : ` of ${count(e.desired)}`}: ${some(reasons)}${
      exits.length > 0 ? `, exit code ${some(exits.map(String))}` : ''
    }${restarts > 0 ? `, up to ${things(restarts, 'restart')}` : ''}${more.map((m) => `; ${m}`).join('')}${
      container === POLICY_AGENT && e.waitingPods
        ? `, and ${things(e.waitingPods, 'pod')} ${verb(e.waitingPods, 'waits', 'wait')} for ${verb(e.waitingPods, 'its', 'their')} network policy there`
        : waitingText(e.waitingPods)
    }`;
  },
  verdict: () => 'aws-node is not ready there',
  explanation: {
    why: 'Without aws-node the pods of a node live on, but nothing new starts there and no address is given back. A few broken nodes also block the rollout of the DaemonSet to all others.',
    how: 'Pods of the DaemonSet aws-node that have not been ready for two minutes, with the container that is not ready and the reason the kubelet gives. crash: it exits. memory: exit code 137 and OOMKilled. probe: events of the last hour tell of failed probes of a pod that is not ready; timeouts below 10 s, a CPU request below 25m or a CPU limit are named. killed: exit code 137 otherwise, which a failing probe ends in too. image: it cannot be pulled. Only aws-node itself, or an init container before it, leaves pods without an address; the network policy agent (aws-eks-nodeagent) beside it keeps the pod, the add-on and the rollout from being ready, and new pods whose network policy it has to set up. rollout: more than 15 minutes after the DaemonSet was changed not all nodes run the new template. Findings for nodes whose cause is known (ENIConfig, refused calls) are folded under that cause.',
    fix: 'Read the log of the last run of that container. Killed by a probe: give it more CPU, and probes a timeout of 10 s. Memory: raise or remove its limit. Image: put back the one of this Region and release; else see in the events of the pod what the registry answered. Rollout: mend or cordon the nodes that hold it up.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1425',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3271',
    ],
  },
});

/** The log of the last run is read first: a restart takes it away. kubectl refuses it for a container that never ended. */
function fixesFor(ctx: FixContext, nodes: readonly string[], { pod, container, reason }: Down): Fix[] {
  if (reason === 'image') return pullImage(ctx, pod.name, container?.name, nodes);
  const at = ['-n', 'kube-system'] as const;
  const name = named('pod', pod.name);
  const ended = container !== undefined && (container.exitCode !== undefined || container.restarts > 0);
  const read = ended
    ? kubectl(...at, 'logs', name, '-c', named('object', container.name), '--previous', '--tail=50')
    : kubectl(...at, 'describe', 'pod', name);
  const which = container?.name ?? AWS_NODE;
  const undone = 'The next update of a managed add-on or Helm release sets it back: add it to its values as well.';
  // resources of init containers cannot be set by kubectl
  if (reason === 'probe' && !container?.init) return [easeProbes(ctx, read, which, undone)];
  if ((reason === 'killed' || reason === 'memory') && !container?.init) {
    const [title, change, words] =
      reason === 'killed'
        ? ['Read why it was killed, then give it more CPU', 'Raises its CPU request to 100m', '--requests=cpu=100m']
        : ['Read what it did, then take its memory limit away', 'Removes its memory limit', '--limits=memory=0'];
    return [
      {
        title: `${title} (${which})`,
        commands: [read, kubectl(...at, 'set', 'resources', 'ds/aws-node', '-c', named('object', which), words)],
        changes: `${change}, which restarts aws-node node by node.`,
        effect: 'minutes',
        risk: undone,
      },
    ];
  }
  return [
    {
      title: `Read why ${which} stops, then restart aws-node on ${things(nodes.length, 'node')}`,
      commands: [read, ...restartAwsNode(ctx, nodes)],
      changes:
        'Starts aws-node afresh; running pods keep their network. Its full log is on the node: sudo bash /opt/cni/bin/aws-cni-support.sh collects it.',
      effect: 'minutes',
    },
  ];
}

/** Failed probes by pod of aws-node, in the last hour. */
function failedProbes(events: readonly ClusterEvent[], now: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const e of events)
    if (e.kind === 'probe-failed' && e.object.namespace === 'kube-system' && isRecent(e, now))
      counts.set(e.object.name, (counts.get(e.object.name) ?? 0) + e.count);
  return counts;
}

function containerOf({ cni }: FixContext, name: string): Cni['containers'][number] | undefined {
  return cni?.containers.find((c) => c.name === name);
}

function scarceFor(ctx: FixContext, name: string): string[] {
  const c = containerOf(ctx, name);
  const timeouts = (c?.probes ?? []).map((p) => p.timeoutSeconds).filter((t) => t < ENOUGH_TIMEOUT);
  const request = c?.cpuRequest === undefined ? undefined : millis(c.cpuRequest);
  return [
    ...(timeouts.length > 0 ? [`its probes time out after ${Math.min(...timeouts)} s`] : []),
    ...(request !== undefined && request < ENOUGH_CPU ? [`it asks for ${c?.cpuRequest} of CPU`] : []),
    ...(c?.cpuLimit === undefined ? [] : [`its CPU is limited to ${c.cpuLimit}`]),
  ];
}

/** `25m`, `0.1`, `1`. */
function millis(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;
}

/** Longer timeouts where they are short, more CPU, and no limit of it. */
function easeProbes(ctx: FixContext, read: string, name: string, undone: string): Fix {
  const at = ['-n', 'kube-system'] as const;
  const c = containerOf(ctx, name);
  const short = (c?.probes ?? []).filter((p) => p.timeoutSeconds < ENOUGH_TIMEOUT);
  const probes = Object.fromEntries(short.map((p) => [`${p.kind}Probe`, { timeoutSeconds: ENOUGH_TIMEOUT }]));
  const patch = json({ spec: { template: { spec: { containers: [{ name: named('object', name), ...probes }] } } } });
  const limit = c?.cpuLimit === undefined ? [] : ['--limits=cpu=0'];
  return {
    title: `Read what it did, then give the probes of ${name} more time and CPU`,
    commands: [
      read,
      ...(short.length > 0 ? [kubectl(...at, 'patch', 'ds', 'aws-node', '-p', patch)] : []),
      kubectl(...at, 'set', 'resources', 'ds/aws-node', '-c', named('object', name), '--requests=cpu=100m', ...limit),
    ],
    changes: `${short.length > 0 ? `Its probes wait ${ENOUGH_TIMEOUT} s for an answer. ` : ''}Raises its CPU request to 100m${
      limit.length > 0 ? ' and takes its CPU limit away' : ''
    }, which restarts aws-node node by node.`,
    effect: 'minutes',
    risk: undone,
  };
}

/** A template that has not come to every node long after it was changed. */
function heldUp({ found, fix }: From, now: number): Draft<Evidence>[] {
  const { cni } = fix;
  const since = cni?.changedAt === undefined ? undefined : (now - Date.parse(cni.changedAt)) / 1000;
  if (!cni || since === undefined || since <= ROLLOUT_SECONDS) return [];
  const { updated, desired } = cni;
  if (updated === undefined || desired === undefined || updated >= desired) return [];
  const lagging = cni.pods
    .filter((p) => p.startedAt !== undefined && Date.parse(p.startedAt) < Date.parse(cni.changedAt!))
    .flatMap((p) => p.node ?? [])
    .sort();
  const stopped = [...found.keys()];
  const restart = restartAwsNode(fix, stopped.length > 0 ? stopped : lagging);
  return [
    {
      key: 'rollout',
      subReason: 'rollout',
      confidence: 'observed',
      resources: nodeResources(lagging),
      scope: { nodes: [...new Set([...stopped, ...lagging])] },
      explains: [],
      evidence: {
        rollout: { updated, desired, sinceSeconds: Math.floor(since), lagging },
        nodes: desired - updated,
        desired,
        pods: [],
        probesFailed: null,
        scarce: [],
        logged: null,
        hidden: [],
        waitingPods: null,
      },
      fixes: [
        {
          title:
            stopped.length > 0
              ? `Start aws-node anew on ${things(stopped.length, 'node')} that ${verb(stopped.length, 'holds', 'hold')} it up, and watch the rollout`
              : 'Start aws-node anew where it is still the old one, and watch the rollout',
          commands: [...restart, kubectl('-n', 'kube-system', 'rollout', 'status', 'ds/aws-node', '--timeout=15m')],
          changes: 'New pods are of the new template; running pods keep their network.',
          effect: 'minutes',
          risk: 'Where it fails again, cordon and replace that node: a tenth of the nodes that is not ready stops the rollout to all others.',
        },
      ],
    },
  ];
}
