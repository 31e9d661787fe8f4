import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { isCordoned } from '../facts/support/limits-met.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { waitingFor } from './support/waiting.ts';

const evidence = v.object({
  nodes: v.array(v.string()),
  waitingPods: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const NOD006 = defineCheck({
  code: 'NOD006',
  title: 'Cordoned node cannot grow its pool',
  severity: 'warning',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni, stuck: stuckPods, causes: stuckCauses },
  helps: { enis: nodeEnis, accounts: subnetAccounting, draws: podSubnets, fix: fixContext },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['cordoned'],
  evidence,
  evaluate: ({ nodes, stuck, causes, fix }, { gapsOf }): readonly Draft<Evidence>[] => {
    const waiting = waitingFor(
      'cordoned',
      { stuck, causes },
      gapsOf,
      nodes.served.map((n) => n.name),
    );
    if (waiting.pods.length === 0) return [];
    return [
      {
        key: 'nodes',
        confidence: 'derived',
        resources: nodeResources(waiting.nodes),
        scope: { nodes: waiting.nodes, pods: waiting.pods },
        evidence: { nodes: [...waiting.nodes], waitingPods: [...waiting.pods] },
        fixes: [
          {
            title: `Take new pods on ${things(waiting.nodes.length, 'node')} again`,
            commands: [kubectl('uncordon', ...waiting.nodes.map((n) => named('node', n)))],
            changes: 'aws-node adds addresses within seconds, and the scheduler places pods there again.',
            effect: 'immediate',
            risk: 'Whoever is draining the node for good has to cordon it again.',
          },
          ...setSettings(
            fix,
            'Let aws-node manage interfaces on cordoned nodes too',
            { set: { AWS_MANAGE_ENIS_NON_SCHEDULABLE: 'true' } },
            { more: 'Pods of DaemonSets then get an address on nodes that are being drained.' },
          ),
        ],
      },
    ];
  },
  unjudged: ({ nodes, stuck, causes }, { gapsOf }) => {
    const closed = new Set(nodes.served.filter(isCordoned).map((n) => n.name));
    const dark = new Set(stuck.flatMap((p) => (closed.has(p.node) && !causes.has(p.pod) ? [p.node] : [])));
    const gaps = [...gapsOf('enis'), ...gapsOf('accounts'), ...gapsOf('draws')];
    return dark.size === 0 || gaps.length === 0
      ? undefined
      : { count: dark.size, of: nodes.served.length, what: 'node', gaps };
  },
  summary: (e) =>
    `${things(e.nodes.length, 'cordoned node')} (${some(e.nodes)}) ${verb(e.nodes.length, 'has', 'have')} no address left, and aws-node adds none there: ${things(e.waitingPods.length, 'pod')} (${some(e.waitingPods)}) ${verb(e.waitingPods.length, 'waits', 'wait')}`,
  verdict: () => 'the node is cordoned, so its pool does not grow',
  explanation: {
    why: 'On a node with the taint node.kubernetes.io/unschedulable aws-node neither adds nor frees interfaces. Pods of DaemonSets, which tolerate it, land there all the same and wait for ever.',
    how: 'A pod waits for an address on a node with that taint whose pool is empty, AWS_MANAGE_ENIS_NON_SCHEDULABLE is not true, and neither the node nor its subnets are at their limit. Cordoned nodes on which nothing waits are left alone: every drain would be a finding.',
    fix: 'Uncordon the node, or let aws-node manage interfaces there.',
    verify: 'The pods run, or are gone with the node.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go isENIAttachmentAllowed',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1223',
    ],
  },
});
