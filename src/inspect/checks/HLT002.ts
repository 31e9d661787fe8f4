import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, things } from '../contract/words.ts';
import { awsNodeDown } from '../facts/aws-node-down.ts';
import { awsNodePods, type CniPod } from '../facts/aws-node-pods.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodeTroubles } from '../facts/node-troubles.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import {
  AWS_NODE,
  brokenContainer,
  type ContainerState,
  type DownReason,
  downReason,
} from '../facts/support/aws-node-state.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
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
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

interface Down {
  readonly pod: CniPod;
  readonly node: string;
  readonly container?: ContainerState;
  readonly reason: DownReason;
}

export const HLT002 = defineCheck({
  code: 'HLT002',
  title: 'aws-node is crashing or not ready',
  severity: 'error',
  grain: 'cluster',
  needs: { awsNode: awsNodePods, found: awsNodeDown },
  helps: {
    troubles: nodeTroubles,
    stuck: stuckPods,
    causes: stuckCauses,
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001', 'HLT003', 'ADD002'],
  accountsFor: ['aws-node-down'],
  evidence,
  notApplicable: ({ awsNode }) => (awsNode.installed ? undefined : 'there is no DaemonSet kube-system/aws-node'),
  evaluate: ({ awsNode, found, troubles, stuck, causes, fix }, { gapsOf }) => {
    const down = [...found].map(([node, pod]): Down => {
      const container = brokenContainer(pod);
      return { pod, node, container, reason: downReason(pod, container) };
    });
    // One finding for each cause on the nodes, so that a cause folds what it explains and nothing else.
    const groups = groupBy(
      down,
      ({ node, reason, container }) => `${reason}/${container?.name ?? ''}/${troubles?.get(node) ?? ''}`,
    );
    return [...groups.values()].map((members): Draft<Evidence> => {
      const names = members.map((m) => m.node);
      const waiting = waitingFor('aws-node-down', { stuck, causes }, gapsOf, names);
      const trouble = troubles?.get(names[0]!);
      const { reason, container } = members[0]!;
      return {
        key: [container?.name ?? AWS_NODE, ...(trouble ? [trouble] : [])].join('/'),
        ...(reason === 'not-ready' ? {} : { subReason: reason }),
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names, pods: waiting.pods },
        evidence: {
          nodes: names.length,
          desired: awsNode.desired ?? null,
          pods: members.map(({ pod, node, container: c }) => ({
            pod: pod.name,
            node,
            container: c?.name ?? null,
            reason: (c ? (c.waitingReason ?? c.endedReason) : pod.waitingReason) ?? 'not ready',
            exitCode: (c ? c.exitCode : pod.exitCode) ?? null,
            restarts: c?.restarts ?? pod.restarts,
          })),
          waitingPods: waiting.count,
        },
        fixes: fixesFor(fix, names, members[0]!),
      };
    });
  },
  summary: (e) => {
    const reasons = [...new Set(e.pods.map((p) => p.reason))];
    const exits = [...new Set(e.pods.flatMap((p) => p.exitCode ?? []))];
    const restarts = Math.max(...e.pods.map((p) => p.restarts));
    const container = e.pods[0]?.container ?? AWS_NODE;
    const what = container === AWS_NODE ? AWS_NODE : `container ${container} of aws-node`;
    return `${what} is not ready on ${things(e.nodes, 'node')}${e.desired === null ? '' : ` of ${count(e.desired)}`}: ${some(reasons)}${
      exits.length > 0 ? `, exit code ${some(exits.map(String))}` : ''
    }${restarts > 0 ? `, up to ${things(restarts, 'restart')}` : ''}${waitingText(e.waitingPods)}`;
  },
  verdict: () => 'aws-node is not ready there',
  explanation: {
    why: 'Without aws-node the pods of a node live on, but nothing new starts there and no address is given back. A few broken nodes also block the rollout of the DaemonSet to all others.',
    how: 'Pods of the DaemonSet aws-node that have not been ready for two minutes, with the container that is not ready and the reason the kubelet gives. crash: it exits. memory: exit code 137 and OOMKilled. killed: exit code 137 otherwise, which a failing probe ends in. image: it cannot be pulled. Only aws-node itself, or an init container before it, leaves pods without an address; the network policy agent (aws-eks-nodeagent) beside it keeps the pod, the add-on and the rollout from being ready. Findings for nodes whose cause is known (ENIConfig, refused calls) are folded under that cause.',
    fix: 'Read the log of the last run of that container. Killed by a probe: give it more CPU, and probes a timeout of 10 s. Memory: raise or remove its limit. Image: check access to the registry.',
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
  const at = ['-n', 'kube-system'] as const;
  const name = named('pod', pod.name);
  const ended = container !== undefined && (container.exitCode !== undefined || container.restarts > 0);
  const read = ended
    ? kubectl(...at, 'logs', name, '-c', named('object', container.name), '--previous', '--tail=50')
    : kubectl(...at, 'describe', 'pod', name);
  const which = container?.name ?? AWS_NODE;
  const undone = 'The next update of a managed add-on or Helm release sets it back: add it to its values as well.';
  // resources of init containers cannot be set by kubectl
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
