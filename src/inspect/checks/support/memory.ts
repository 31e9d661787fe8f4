import { memoryAdvice, reservedMemoryAt } from '../../../calc/maxpods/index.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';

/** A number of pods that leaves a node its memory, and why it is not the one asked for. */
export interface Affordable {
  readonly maxPods: number;
  /** A sentence; undefined where memory asks for no less. */
  readonly note?: string;
  /** Share of its memory that kubelet would keep at the number asked for; 0 where the memory is not known. */
  readonly share: number;
}

/**
 * The most of `wanted` pods for which kubelet does not keep more than a third of the node's memory (255 + 11 MiB a pod), but never
 * less than the number every AMI gives this type by itself. Bottlerocket and Karpenter size the reservation by maxPods; AL2023 keeps
 * to the type's own number, where the pods still need the memory.
 */
export function affordablePods(c: NodeCapacity, wanted: number): Affordable {
  const { memoryMiB } = c.limits;
  if (memoryMiB === undefined) return { maxPods: wanted, share: 0 };
  const reserved = reservedMemoryAt(wanted, memoryMiB);
  const share = reserved.mib / memoryMiB;
  const maxPods = Math.min(wanted, Math.max(reserved.roomyMaxPods, c.formulaMaxPods));
  if (!reserved.excessive || maxPods === wanted) return { maxPods: wanted, share };
  return {
    maxPods,
    share,
    note: `${wanted} have an address, but where kubelet reserves memory by maxPods (Bottlerocket, Karpenter) it would keep ${memoryAdvice(reserved, 'maxPods ')}.`,
  };
}

/** The least of that over nodes that get one number. */
export function affordableOn(nodes: readonly NodeCapacity[], wanted: number): Affordable {
  return nodes
    .map((c) => affordablePods(c, wanted))
    .reduce((a, b) => (b.maxPods < a.maxPods ? b : a), { maxPods: wanted, share: 0 });
}
