import * as v from 'valibot';
import { count, things } from '../contract/words.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { maxPodsFixInputs, setMaxPods } from './fixes/max-pods.ts';
import { moveWaitingPods } from './fixes/waiting-pods.ts';
import { groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';
import { waitingFor } from './support/waiting.ts';

const evidence = v.object({
  node: v.string(),
  instanceType: v.string(),
  group: v.string(),
  maxPods: v.nullable(v.number()),
  podIps: v.number(),
  hostNetworkPods: v.number(),
  eniLimit: v.number(),
  enis: v.array(
    v.object({
      eniId: v.string(),
      deviceIndex: v.number(),
      type: v.string(),
      /** False for the trunk and for what aws-node leaves alone. */
      forPods: v.boolean(),
      /** Addresses for pods that it holds; a prefix counts as 16. */
      addresses: v.number(),
    }),
  ),
  waitingPods: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

export const NOD001 = defineCheck({
  code: 'NOD001',
  title: 'Node has no ENI slot left and its pool is empty',
  severity: 'error',
  grain: 'node',
  modes: ['secondary', 'prefix'],
  needs: {
    capacity: nodeCapacity,
    enis: nodeEnis,
    nodes: nodesServedByCni,
    unknown: unknownCapacity,
    stuck: stuckPods,
    causes: stuckCauses,
  },
  helps: { demand, ...maxPodsFixInputs },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['no-slot'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { enis, capacity, demand: pods, stuck, causes } = from;
    const waitedOn = new Set(stuck.filter((p) => causes.get(p.pod) === 'no-slot').map((p) => p.node));
    return [...capacity.values()].flatMap((c): Draft<Evidence>[] => {
      const { name } = c.node;
      const here = enis.get(name);
      if (!here || !waitedOn.has(name)) return [];
      const waiting = waitingFor('no-slot', from, gapsOf, [name]);
      const d = pods?.get(name) ?? NO_DEMAND;
      const fitting = c.podIps + d.hostNetwork + Math.min(c.branchEnis, d.branch);
      return [
        {
          key: name,
          confidence: 'observed',
          resources: nodeResources([name]),
          scope: { nodes: [name], pods: waiting.pods },
          evidence: {
            node: name,
            instanceType: c.instanceType,
            group: groupText(c),
            maxPods: c.maxPods ?? null,
            podIps: c.podIps,
            hostNetworkPods: d.hostNetwork,
            eniLimit: c.eniLimit,
            enis: tableOf(here),
            waitingPods: waiting.pods.length,
          },
          fixes: [
            ...moveWaitingPods(waiting),
            ...((c.maxPods ?? Number.POSITIVE_INFINITY) > fitting ? setMaxPods(from, [c], fitting) : []),
          ],
        },
      ];
    });
  },
  unjudged: ({ nodes, unknown }) => nodesUnjudged(nodes, unknown),
  summary: (e) =>
    `${e.node} (${e.instanceType}) has ${things(e.enis.length, 'ENI')} of ${e.eniLimit} and every one of its ${count(e.podIps)} pod addresses in use; ${things(e.waitingPods, 'pod')} wait${e.waitingPods === 1 ? 's' : ''} there for another`,
  verdict: () => 'every ENI slot of the node is taken and in use',
  explanation: {
    why: 'The pods will never start here: no retry can succeed until one of the pods of this node ends.',
    how: 'Every slot for pods of the node is filled, every address has its pod, and more wait. Where kubelet admits more pods than the node can address, that is the cause and MAX001 tells it; what is left are nodes with fewer pods on the host network than the two that the formula of maxPods counts on, and nodes that do not say how many pods they take.',
    fix: 'Let the waiting pods start elsewhere; set maxPods to what the node can address, use a larger type or prefix mode.',
    verify: 'kubectl get pods -A --field-selector status.phase=Pending lists none of them.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go hasRoomForEni',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1602',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/890',
    ],
  },
});

function tableOf(here: NodeEnis): Evidence['enis'] {
  const serving = new Set(here.data.filter((e) => !here.excluded.includes(e)));
  return [...here.data, ...(here.trunk ? [here.trunk] : []), ...here.unmanaged]
    .map((e) => ({
      eniId: e.eniId,
      deviceIndex: e.attachment?.deviceIndex ?? 0,
      type: e.type,
      forPods: serving.has(e),
      addresses: e.secondaryIps.length + e.prefixes.length * 16,
    }))
    .sort((a, b) => a.deviceIndex - b.deviceIndex);
}
