import * as v from 'valibot';
import { count, some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { excessPods } from '../facts/support/limits-met.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { moveWaitingPods } from './fixes/waiting-pods.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  /** `RESERVED_ENIS` of the controller; 0 where it is not set. */
  reservedEnis: v.number(),
  needed: v.number(),
  reasons: v.array(v.string()),
  deployment: v.string(),
  nodes: v.number(),
  instanceTypes: v.array(v.string()),
  /** The most pods a node admits above what it can address. */
  overBy: v.number(),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const MAX004 = defineCheck({
  code: 'MAX004',
  title: 'Karpenter does not know an ENI is taken',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom', 'custom+sgp'],
  modes: ['secondary'],
  needs: {
    networking,
    capacity: nodeCapacity,
    nodes: nodesServedByCni,
    unknown: unknownCapacity,
    workloads: section('workloads'),
  },
  helps: {
    demand,
    nodePools: section('nodePools'),
    nodeClasses: section('nodeClasses'),
    stuck: stuckPods,
    causes: stuckCauses,
  },
  partialOk: true,
  explains: ['MAX001'],
  evidence,
  notApplicable: ({ capacity }) =>
    [...capacity.values()].some((c) => c.group.kind === 'karpenter')
      ? undefined
      : 'no node of Karpenter is served here',
  evaluate: (
    { networking: net, capacity, workloads, demand: pods, nodePools, nodeClasses, stuck, causes },
    { gapsOf },
  ): readonly Draft<Evidence>[] => {
    const { karpenter } = workloads;
    const { customNetworking, podEni } = net.settings;
    if (!karpenter || net.mode !== 'secondary') return [];
    const needed = (customNetworking ? 1 : 0) + (podEni ? 1 : 0);
    const reserved = karpenter.reservedEnis ?? 0;
    const unread = gapsOf('nodePools').length + gapsOf('nodeClasses').length > 0;
    const isFixed = (c: NodeCapacity) => {
      const pool = nodePools?.find((p) => p.name === c.group.name);
      const found = nodeClasses?.find((n) => n.name === pool?.nodeClass.name);
      // a class that was not read may set it
      return found ? found.maxPods !== undefined : unread;
    };
    const excess = (c: NodeCapacity) => excessPods(c, pods?.get(c.node.name) ?? NO_DEMAND);
    const over = [...capacity.values()].filter((c) => c.group.kind === 'karpenter' && !isFixed(c) && excess(c) > 0);
    if (reserved >= needed || over.length === 0) return [];
    const full = over.some((c) => (pods?.get(c.node.name)?.addressed ?? 0) >= c.podIps);
    const names = over.map((c) => c.node.name);
    const waiting = waitingFor('node-full', { stuck, causes }, gapsOf, names);
    return [
      {
        key: 'karpenter',
        severity: full ? 'error' : 'warning',
        confidence: 'derived',
        resources: nodeResources(names),
        scope: { nodes: names, pods: waiting.pods },
        evidence: {
          reservedEnis: reserved,
          needed,
          reasons: [
            ...(customNetworking ? ['custom networking keeps the primary ENI from pods'] : []),
            ...(podEni ? ['the trunk takes one'] : []),
          ],
          deployment: `${karpenter.namespace}/${karpenter.name}`,
          nodes: names.length,
          instanceTypes: [...new Set(over.map((c) => c.instanceType))].sort(),
          overBy: Math.max(...over.map(excess)),
          waitingPods: waiting.count,
        },
        fixes: [
          ...moveWaitingPods(waiting),
          {
            title: `Tell Karpenter to leave ${things(needed, 'ENI')} out`,
            commands: [
              kubectl(
                '-n',
                karpenter.namespace,
                'set',
                'env',
                `deployment/${named('object', karpenter.name)}`,
                `RESERVED_ENIS=${needed}`,
              ),
            ],
            changes:
              'Nodes that Karpenter launches from now on get a maxPods that fits; present ones keep theirs until they are replaced.',
            effect: 'node-replacement',
            risk: `The next Helm upgrade drops it: set settings.reservedENIs to ${needed} in the values of the chart too.`,
          },
        ],
      },
    ];
  },
  unjudged: ({ capacity, nodes, unknown, workloads }, { gapsOf }) => {
    const own = [...capacity.values()].filter((c) => c.group.kind === 'karpenter');
    const gaps = [...gapsOf('nodePools'), ...gapsOf('nodeClasses')];
    if (own.length > 0 && gaps.length > 0) return { count: own.length, of: nodes.served.length, what: 'node', gaps };
    if (workloads.karpenter || own.length === 0) return nodesUnjudged(nodes, unknown);
    return {
      count: own.length,
      of: nodes.served.length,
      what: 'node',
      gaps: [
        { kind: 'not-told', reason: 'the Deployment of Karpenter was not found, so its RESERVED_ENIS is not known' },
      ],
    };
  },
  summary: (e) =>
    `RESERVED_ENIS of ${e.deployment} is ${e.reservedEnis} but ${e.needed} ${e.needed === 1 ? 'ENI is' : 'ENIs are'} taken (${e.reasons.join('; ')}): ${things(e.nodes, 'node')} of ${some(e.instanceTypes)} admit${e.nodes === 1 ? 's' : ''} up to ${count(e.overBy)} pods too many${waitingText(e.waitingPods)}`,
  explanation: {
    why: 'Karpenter works maxPods out from all ENIs of a type. It sees neither custom networking nor the trunk, so it packs pods onto nodes that can never get an address, and does not launch another node for them.',
    how: 'RESERVED_ENIS of the controller, or its flag, is less than the ENIs that custom networking and security groups for pods take, and nodes of Karpenter admit more pods than they can address. Nodes whose EC2NodeClass sets maxPods are left to MAX001. An error where the pods of a node already want every address.',
    fix: 'Set RESERVED_ENIS to 1 for custom networking or security groups for pods, 2 for both, and let Karpenter replace its nodes.',
    verify: 'The next node of Karpenter shows the smaller number under allocatable pods.',
    references: [
      'https://karpenter.sh/docs/reference/settings/',
      'https://github.com/aws/karpenter-provider-aws/issues/7312',
      'https://github.com/aws/karpenter-provider-aws/issues/6353',
    ],
  },
});
