import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { attachmentRefused } from '../facts/attachment-refused.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { limitDisagreements } from '../facts/limit-disagreements.ts';
import type { NodeCapacity } from '../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { type MaxPodsFixInputs, maxPodsFixInputs, setMaxPods } from './fixes/max-pods.ts';
import { moveWaitingPods } from './fixes/waiting-pods.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  instanceType: v.string(),
  group: v.nullable(v.string()),
  nodes: v.array(v.string()),
  /** ENIs aws-node counts on, those EC2 states, and those attached on the node with fewest; null where not known. */
  table: v.nullable(v.number()),
  ec2: v.nullable(v.number()),
  attached: v.nullable(v.number()),
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const NOD002 = defineCheck({
  code: 'NOD002',
  title: 'EC2 refuses the ENI that the limits table promises',
  severity: 'error',
  grain: 'group',
  modes: ['secondary', 'prefix'],
  needs: { nodes: nodesServedByCni, refused: attachmentRefused, differ: limitDisagreements },
  helps: { enis: nodeEnis, demand, stuck: stuckPods, causes: stuckCauses, ...maxPodsFixInputs },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['attachment-refused'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { nodes, refused, differ, enis, capacity, stuck, causes } = from;
    const hit = nodes.served.filter((n) => refused.has(n.name));
    const groups = groupBy(hit, (n) => keyOf(capacity?.get(n.name)));
    const observed = [...groups].map(([key, members]): Draft<Evidence> => {
      const names = members.map((n) => n.name);
      const c = capacity?.get(names[0]!);
      const waiting = waitingFor('attachment-refused', { stuck, causes }, gapsOf, names);
      const seen = names.flatMap((n) => enis?.get(n) ?? []);
      const stated = differ.find((d) => d.instanceType === c?.instanceType);
      return {
        key,
        subReason: 'refused',
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: names, pods: waiting.pods },
        evidence: {
          instanceType: c?.instanceType ?? '',
          group: c ? groupText(c) : null,
          nodes: names,
          table: stated?.table ?? c?.eniLimit ?? null,
          ec2: stated?.ec2 ?? null,
          attached: seen.length === 0 ? null : Math.min(...seen.map(attachedOn)),
          waitingPods: waiting.count,
        },
        fixes: [...moveWaitingPods(waiting), ...fitting(from, c, seen)],
      };
    });
    const told = new Set(observed.map((o) => o.evidence.instanceType));
    const derived = differ
      .filter((d) => !told.has(d.instanceType))
      .map(
        (d): Draft<Evidence> => ({
          key: d.instanceType,
          subReason: 'table',
          severity: 'info',
          confidence: 'derived',
          resources: nodeResources(d.nodes),
          scope: { nodes: d.nodes },
          evidence: {
            instanceType: d.instanceType,
            group: null,
            nodes: [...d.nodes],
            table: d.table,
            ec2: d.ec2,
            attached: null,
            waitingPods: 0,
          },
          fixes: [],
        }),
      );
    return [...observed, ...derived];
  },
  summary: (e) =>
    e.attached === null && e.ec2 !== null
      ? `EC2 attaches ${things(e.ec2, 'ENI')} to ${e.instanceType}, the table that aws-node and the AMI ship says ${count(e.table)}: ${things(e.nodes.length, 'node')} of it`
      : `EC2 refused another ENI to ${things(e.nodes.length, `${e.instanceType} node`.trim())} (${some(e.nodes)})${
          e.attached === null ? '' : `, which ${verb(e.nodes.length, 'has', 'have')} ${count(e.attached)}`
        }${e.table === null ? '' : ` of the ${count(e.table)} that aws-node counts on`}${waitingText(e.waitingPods)}`,
  verdict: () => 'EC2 refuses the node another ENI',
  explanation: {
    why: 'maxPods was worked out from interfaces that EC2 does not attach, so the scheduler goes on placing pods that will never have an address, while aws-node tries again and again.',
    how: 'refused: an event of the last hour carries AttachmentLimitExceeded. table, information: EC2 states fewer ENIs for the default network card of the type than the table that aws-node ships; what EC2 states is counted with everywhere. On some types interfaces share their number with EBS volumes and accelerators, which is not read.',
    fix: 'Set maxPods of that group to what the attached interfaces can hold, then update the AMI and aws-node. MAX_ENI bounds all nodes of the cluster and is the last resort.',
    verify: 'No further AttachmentLimitExceeded in kubectl get events -A.',
    references: [
      'amazon-vpc-cni-k8s pkg/vpc/vpc_ip_resource_limit.go',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2309',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/547',
    ],
  },
});

function keyOf(c: NodeCapacity | undefined): string {
  return c ? groupKey(c) : 'nodes';
}

function attachedOn(e: NodeEnis): number {
  return e.data.length + e.unmanaged.length + (e.trunk ? 1 : 0);
}

/** What the interfaces that are attached now can hold, the primary one left out where it serves no pods. */
function fitting(
  from: MaxPodsFixInputs & { readonly demand: ReadonlyMap<string, { hostNetwork: number }> | undefined },
  c: NodeCapacity | undefined,
  seen: readonly NodeEnis[],
): Fix[] {
  if (!c || c.maxPods === undefined || seen.length === 0) return [];
  const enis = Math.min(...seen.map((e) => e.data.length - e.excluded.length - c.custom));
  const host = Math.max(2, from.demand?.get(c.node.name)?.hostNetwork ?? NO_DEMAND.hostNetwork);
  const wanted = enis * c.slotsPerEni * (c.mode === 'prefix' ? 16 : 1) + host;
  const mine = seen.flatMap((e) => from.capacity?.get(e.node.name) ?? []);
  return enis < 1 || wanted >= c.maxPods ? [] : setMaxPods(from, mine, wanted);
}
