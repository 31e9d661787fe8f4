import * as v from 'valibot';
import { count, percent, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isLive } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podsOf } from '../snapshot/pods.ts';
import { defineCheck } from './define-check.ts';
import { growGroup } from './fixes/grow-group.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  capacity: v.number(),
  used: v.number(),
  nodes: v.number(),
  fullNodes: v.array(v.string()),
  /** Null where events, which tell what a pod is Pending for, were not read. */
  pendingPods: v.nullable(v.array(v.string())),
});

const TIGHT = 0.8;

export const SGP004 = defineCheck({
  code: 'SGP004',
  title: 'Branch ENI capacity is used up',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  needs: { networking, nodes: nodesServedByCni, pods: section('pods') },
  helps: { events: section('events'), nodeCapacity, nodegroups: section('nodegroups'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { networking: net, nodes, pods, events } = from;
    const able = nodes.served.filter((n) => (n.podEni ?? 0) > 0);
    if (!net.settings.podEni || able.length === 0) return [];
    const used = new Map<string, number>();
    const pending: string[] = [];
    const refused = new Set(
      (events ?? []).flatMap((e) =>
        e.kind === 'pod-eni-insufficient' ? [`${e.object.namespace ?? ''}/${e.object.name}`] : [],
      ),
    );
    for (const pod of podsOf(pods)) {
      if (pod.class !== 'branch' || !isLive(pod)) continue;
      if (pod.node !== undefined) used.set(pod.node, (used.get(pod.node) ?? 0) + 1);
      else if (refused.has(`${pod.namespace}/${pod.name}`)) pending.push(`${pod.namespace}/${pod.name}`);
    }
    const capacity = able.reduce((n, node) => n + (node.podEni ?? 0), 0);
    const taken = able.reduce((n, node) => n + (used.get(node.name) ?? 0), 0);
    const full = able.filter((n) => (used.get(n.name) ?? 0) >= (n.podEni ?? 0)).map((n) => n.name);
    // beside room on every node that offers branch ENIs it is the nodes without them that a pod waits for
    if (full.length === 0 && taken < TIGHT * capacity) return [];
    const kinds = able.flatMap((n) => from.nodeCapacity?.get(n.name) ?? []);
    return [
      {
        key: from.fix.cluster?.name ?? 'cluster',
        severity: pending.length > 0 ? 'error' : 'warning',
        confidence: 'observed',
        resources: nodeResources(full),
        scope: { nodes: full, pods: pending },
        evidence: {
          capacity,
          used: taken,
          nodes: able.length,
          fullNodes: full,
          pendingPods: pending.length === 0 && gapsOf('events').length > 0 ? null : pending,
        },
        fixes: [
          ...(pending.length > 0
            ? [
                {
                  title: 'See what each node has left of vpc.amazonaws.com/pod-eni',
                  commands: [kubectl('describe', 'nodes')],
                  changes: 'Nothing: it shows the branch ENIs of each node and the requests for them.',
                  effect: 'immediate' as const,
                },
              ]
            : []),
          ...growGroup(from, kinds),
        ],
      },
    ];
  },
  summary: (e) =>
    `${count(e.used)} of ${things(e.capacity, 'branch ENI')} (${percent(e.used / e.capacity)}) on ${things(e.nodes, 'node')} ${verb(e.used, 'is', 'are')} taken${
      e.fullNodes.length > 0 ? `, all of them on ${things(e.fullNodes.length, 'node')}` : ''
    }${e.pendingPods && e.pendingPods.length > 0 ? `; ${things(e.pendingPods.length, 'pod')} ${verb(e.pendingPods.length, 'is', 'are')} Pending for one` : ''}`,
  explanation: {
    why: 'Pods with security groups of their own need a branch ENI each. Above what the nodes carry they stay Pending, whatever addresses are free; prefix mode does not raise the number.',
    how: 'Live pods with a branch ENI against the vpc.amazonaws.com/pod-eni that nodes advertise. A warning from 80 % on over all nodes; an error where a pod is Pending, the scheduler names that resource and a node has none left.',
    fix: 'Add nodes, or use a larger instance type, which carries more branch ENIs.',
    verify: 'kubectl describe nodes | grep pod-eni',
    references: [
      'amazon-vpc-resource-controller-k8s pkg/aws/vpc/limits.go',
      'amazon-vpc-resource-controller-k8s docs/sgp/sgp_config_options.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2494',
    ],
  },
});
