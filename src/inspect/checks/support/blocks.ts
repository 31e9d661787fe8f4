import type { BlockCounts } from '../../../calc/blocks.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';

/** /28 blocks a prefix could take now: EC2 tries those of a prefix reservation first. */
export function blocksAvailable(counts: BlockCounts): number {
  return counts.free + counts.prefixReserved;
}

/** Those of the nodes that use prefixes; a node of unknown capacity counts as one that does. */
export function prefixNodes(
  nodes: readonly string[],
  capacity: ReadonlyMap<string, NodeCapacity> | undefined,
): readonly string[] {
  return nodes.filter((n) => (capacity?.get(n)?.mode ?? 'prefix') === 'prefix');
}
