import * as v from 'valibot';
import { kubeReservedMemoryMiB, reservedMemoryAt } from '../../calc/maxpods/index.ts';
import { count, share, things } from '../contract/words.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { maxPodsFixInputs, setMaxPods } from './fixes/max-pods.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.number(),
  maxPods: v.number(),
  /** MiB: what kubelet keeps for itself by that number, and what the node has. */
  reservedMib: v.number(),
  memoryMib: v.number(),
  /** The largest number of pods that leaves two thirds to them; 0 where none does. */
  roomyMaxPods: v.number(),
  osImage: v.string(),
});
type Evidence = v.InferOutput<typeof evidence>;

/** kubelet's default hard eviction threshold, which is taken off allocatable memory too, in MiB. */
const EVICTION_MIB = 100;
/** Firmware and kernel round the sizes of memory; a reservation is seen to within a tenth. */
const SEEN = 0.9;

export const MAX006 = defineCheck({
  code: 'MAX006',
  title: 'kubelet reserves more memory for pods than is sensible',
  severity: 'warning',
  grain: 'group',
  needs: { capacity: nodeCapacity, nodes: nodesServedByCni, unknown: unknownCapacity },
  helps: maxPodsFixInputs,
  partialOk: true,
  evidence,
  evaluate: (from) => {
    const heavy = [...from.capacity.values()].flatMap((c) => {
      const reserved = reservedOn(c);
      return reserved?.excessive && reserves(c) ? [{ c, reserved }] : [];
    });
    return [...groupBy(heavy, ({ c }) => groupKey(c)).values()].map((members): Draft<Evidence> => {
      const { c, reserved } = members.reduce((a, b) => (b.reserved.mib > a.reserved.mib ? b : a));
      const names = members.map((m) => m.c.node.name);
      return {
        key: groupKey(c),
        confidence: 'derived',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          group: groupText(c),
          instanceType: c.instanceType,
          nodes: names.length,
          maxPods: c.maxPods ?? 0,
          reservedMib: reserved.mib,
          memoryMib: reserved.ofMib,
          roomyMaxPods: reserved.roomyMaxPods,
          osImage: c.node.osImage,
        },
        fixes:
          reserved.roomyMaxPods > 0
            ? setMaxPods(
                from,
                members.map((m) => m.c),
                Math.min(reserved.roomyMaxPods, ...members.map((m) => m.c.recommendedMaxPods)),
              )
            : [],
      };
    });
  },
  unjudged: ({ capacity, nodes, unknown }) => {
    const dark = [...capacity.values()].filter((c) => reservedOn(c) === undefined);
    const why: Gap = { kind: 'not-told', reason: 'maxPods or the memory of a node is not known' };
    return nodesUnjudged(nodes, new Map([...unknown, ...dark.map((c) => [c.node.name, why] as const)]));
  },
  summary: (e) =>
    `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} take${e.nodes === 1 ? 's' : ''} ${count(e.maxPods)} pods, for which kubelet keeps ${count(e.reservedMib)} of ${count(e.memoryMib)} MiB (${share(e.reservedMib, e.memoryMib)})${
      e.roomyMaxPods > 0
        ? `; ${count(e.roomyMaxPods)} pods would leave two thirds to them`
        : '; no number of pods leaves two thirds to them'
    }`,
  explanation: {
    why: 'The AMI keeps memory back for kubelet by the number of pods it may run, whether they come or not. On a small type with 110 pods little is left: pods stay Pending for memory, or are evicted, on a node that looks empty.',
    how: '255 MiB and 11 for each pod of maxPods exceed a third of the memory of the type. Bottlerocket always reserves by max-pods. Other images keep the number of their table where maxPods was set by hand, so there the node itself must show it: memory capacity less allocatable, less 100 MiB of the eviction threshold.',
    fix: 'Set maxPods to the number the finding names, or use a larger type.',
    verify: 'kubectl describe node shows more allocatable memory on the nodes that replace these.',
    references: [
      'https://github.com/bottlerocket-os/bottlerocket/issues/4472',
      'https://github.com/bottlerocket-os/bottlerocket/issues/1721',
      'https://github.com/awslabs/amazon-eks-ami/issues/2580',
    ],
  },
});

function reservedOn(c: NodeCapacity): ReturnType<typeof reservedMemoryAt> | undefined {
  const memory = c.limits.memoryMiB ?? c.node.memoryMib;
  return memory === undefined || c.maxPods === undefined ? undefined : reservedMemoryAt(c.maxPods, memory);
}

/** Whether this image reserves by the present maxPods: Bottlerocket does, of others the node or an untouched number tells. */
function reserves(c: NodeCapacity): boolean {
  if (/bottlerocket/i.test(c.node.osImage)) return true;
  const { memoryMib, allocatableMemoryMib } = c.node;
  const wanted = kubeReservedMemoryMiB(c.maxPods ?? 0);
  if (memoryMib !== undefined && allocatableMemoryMib !== undefined)
    return memoryMib - allocatableMemoryMib - EVICTION_MIB >= wanted * SEEN;
  return c.maxPods === c.formulaMaxPods;
}
