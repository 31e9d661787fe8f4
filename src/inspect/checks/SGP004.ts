import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, percent, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { isLiveAt, numberOfClass } from '../snapshot/pod-columns.ts';
import { podsWhere } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setInConfigMap } from './fixes/config-map.ts';
import { growGroup } from './fixes/grow-group.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { waitingFor } from './support/waiting.ts';

const BRANCH = numberOfClass('branch');

const evidence = v.object({
  reason: v.picklist(['taken', 'cooldown']),
  capacity: v.number(),
  used: v.number(),
  nodes: v.number(),
  fullNodes: v.array(v.string()),
  /** Null where events, which tell what a pod is Pending for, were not read. */
  pendingPods: v.nullable(v.array(v.string())),
  /** Branch ENIs of ended pods on these nodes; null where ENIs were not read. */
  cooling: v.nullable(v.number()),
  /** How long the controller keeps one; null where the ConfigMap was not read. */
  cooldownSeconds: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

const COOLDOWN = 'branch-eni-cooldown';
/** Seconds: the default, and what the controller takes at least (cooldown.go). */
const DEFAULT_COOLDOWN = 60;
const LEAST_COOLDOWN = 30;

const TIGHT = 0.8;

export const SGP004 = defineCheck({
  code: 'SGP004',
  title: 'Branch ENI capacity is used up',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  needs: { networking, nodes: nodesServedByCni, pods: section('pods') },
  helps: {
    events: section('events'),
    nodeCapacity,
    nodegroups: section('nodegroups'),
    enis: nodeEnis,
    cni: section('cni'),
    stuck: stuckPods,
    causes: stuckCauses,
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['branch-cooldown'],
  evidence,
  evaluate: (from, { gapsOf }): Draft<Evidence>[] => {
    const { networking: net, nodes, pods, events } = from;
    const able = nodes.served.filter((n) => (n.podEni ?? 0) > 0);
    if (!net.settings.podEni || able.length === 0) return [];
    const used = new Map<string, number>();
    const theirs = new Set<string>();
    const pending: string[] = [];
    const refused = new Set(
      (events ?? []).flatMap((e) =>
        e.kind === 'pod-eni-insufficient' ? [`${e.object.namespace ?? ''}/${e.object.name}`] : [],
      ),
    );
    for (const pod of podsWhere(pods, (row) => pods.class[row] === BRANCH && isLiveAt(pods, row))) {
      if (pod.branchEniId) theirs.add(pod.branchEniId);
      if (pod.node !== undefined) used.set(pod.node, (used.get(pod.node) ?? 0) + 1);
      else if (refused.has(`${pod.namespace}/${pod.name}`)) pending.push(`${pod.namespace}/${pod.name}`);
    }
    const capacity = able.reduce((n, node) => n + (node.podEni ?? 0), 0);
    const taken = able.reduce((n, node) => n + (used.get(node.name) ?? 0), 0);
    const full = able.filter((n) => (used.get(n.name) ?? 0) >= (n.podEni ?? 0)).map((n) => n.name);
    const seen = from.enis && gapsOf('enis').length === 0 ? from.enis : undefined;
    const coolingOn = (names: readonly string[]) =>
      seen
        ? names.reduce((n, name) => n + (seen.get(name)?.branch ?? []).filter((e) => !theirs.has(e.eniId)).length, 0)
        : null;
    const cooldownSeconds = from.cni && gapsOf('cni').length === 0 ? secondsOf(from.cni.configMap?.[COOLDOWN]) : null;
    const waiting = waitingFor(
      'branch-cooldown',
      from,
      gapsOf,
      able.map((n) => n.name),
    );
    if (waiting.pods.length > 0) {
      const there = able.filter((n) => waiting.nodes.includes(n.name));
      return [
        {
          key: from.fix.cluster?.name ?? 'cluster',
          subReason: 'cooldown',
          severity: 'error',
          confidence: 'observed',
          resources: nodeResources(waiting.nodes),
          scope: { nodes: waiting.nodes, pods: waiting.pods },
          evidence: {
            reason: 'cooldown',
            capacity: there.reduce((n, node) => n + (node.podEni ?? 0), 0),
            used: there.reduce((n, node) => n + (used.get(node.name) ?? 0), 0),
            nodes: there.length,
            fullNodes: [...waiting.nodes],
            pendingPods: [...waiting.pods],
            cooling: coolingOn(waiting.nodes),
            cooldownSeconds,
          },
          fixes: [
            ...shorten(from.cni, cooldownSeconds),
            ...growGroup(
              from,
              there.flatMap((n) => from.nodeCapacity?.get(n.name) ?? []),
            ),
          ],
        },
      ];
    }
    // beside room on every node that offers branch ENIs it is the nodes without them that a pod waits for; a full node beside
    // others with room is passed over by the scheduler
    if (taken < TIGHT * capacity && (full.length === 0 || pending.length === 0)) return [];
    const more = growGroup(
      from,
      able.flatMap((n) => from.nodeCapacity?.get(n.name) ?? []),
    );
    return [
      {
        key: from.fix.cluster?.name ?? 'cluster',
        severity: pending.length > 0 ? 'error' : 'warning',
        confidence: 'observed',
        resources: nodeResources(full),
        // they have no node yet, so no address is what they wait for
        scope: { nodes: full, pods: pending },
        explains: [],
        evidence: {
          reason: 'taken',
          capacity,
          used: taken,
          nodes: able.length,
          fullNodes: full,
          pendingPods: pending.length === 0 && gapsOf('events').length > 0 ? null : pending,
          cooling: coolingOn(able.map((n) => n.name)),
          cooldownSeconds,
        },
        fixes:
          more.length > 0
            ? more
            : [
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
              ],
      },
    ];
  },
  summary: (e) => {
    const where = `on ${things(e.nodes, 'node')}`;
    const pending = e.pendingPods ?? [];
    const waiting = `${things(pending.length, 'pod')} ${verb(pending.length, 'is', 'are')} Pending for one`;
    if (e.reason === 'cooldown')
      return `${things(e.used, 'pod')} ${verb(e.used, 'shares', 'share')} ${things(e.capacity, 'branch ENI')} ${where} with ${
        e.cooling === null ? 'those' : count(e.cooling)
      } of ended pods${e.cooldownSeconds === null ? '' : `, kept for ${e.cooldownSeconds} s`}; ${waiting}`;
    return `${count(e.used)} of ${things(e.capacity, 'branch ENI')} (${percent(e.used / e.capacity)}) ${where} ${verb(e.used, 'is', 'are')} taken${
      e.fullNodes.length > 0 ? `, all of them on ${things(e.fullNodes.length, 'node')}` : ''
    }${pending.length > 0 ? `; ${waiting}` : ''}`;
  },
  verdict: () => 'branch ENIs of ended pods are in cool-down',
  explanation: {
    why: 'Pods with security groups of their own need a branch ENI each. Above what the nodes carry they stay Pending, whatever addresses are free; prefix mode does not raise the number.',
    how: 'Live pods with a branch ENI against the vpc.amazonaws.com/pod-eni that nodes advertise. A warning from 80 % on over all nodes; an error where a pod is Pending, the scheduler names that resource and a node has none left. cooldown: pods wait on a node whose trunk carries as many branch ENIs as it can, though its pods alone would fit: the controller keeps that of an ended pod for branch-eni-cooldown (60 s, at least 30) before another may be made.',
    fix: 'Add nodes, or use a larger instance type, which carries more branch ENIs; where many pods come and go, a shorter cool-down.',
    verify: 'kubectl describe nodes | grep pod-eni',
    references: [
      'amazon-vpc-resource-controller-k8s pkg/aws/vpc/limits.go',
      'amazon-vpc-resource-controller-k8s docs/sgp/sgp_config_options.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2494',
    ],
  },
});

/** As the controller reads it: the default for what is no number, and no less than the least. */
function secondsOf(value: string | undefined): number {
  const seconds = /^\d{1,6}$/.test(value ?? '') ? Number(value) : DEFAULT_COOLDOWN;
  return Math.max(seconds, LEAST_COOLDOWN);
}

function shorten(cni: Cni | undefined, seconds: number | null): Fix[] {
  if (seconds === null || seconds <= LEAST_COOLDOWN) return [];
  return [
    {
      title: `Keep branch ENIs of ended pods for ${LEAST_COOLDOWN} s instead of ${seconds} s`,
      commands: [setInConfigMap(cni, COOLDOWN, String(LEAST_COOLDOWN))],
      changes: 'The controller deletes them sooner, so that others can be made.',
      effect: 'minutes',
      risk: 'A new pod may get traffic meant for the old owner of its address while neighbours and kube-proxy still know that.',
    },
  ];
}
