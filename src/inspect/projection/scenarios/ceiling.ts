/** Every group and NodePool at its declared maximum. */
import type { LaunchGroup } from '../../facts/launch-groups.ts';
import { sizedTo } from '../group-sizes.ts';
import type { Growth, NodeGrowth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { noArgument, type ScenarioKind } from './scenario.ts';

/** A maximum so far beyond today's size, and so large, was never meant as a size. */
const PLACEHOLDER_TIMES = 5;
const PLACEHOLDER_NODES = 100;

export const ceiling: ScenarioKind = {
  name: 'ceiling',
  form: 'ceiling',
  summary: 'every group and NodePool at its declared maximum',
  options: [],
  parse: (argument) => {
    noArgument('ceiling', argument);
    return { id: 'ceiling', growths: ceilings };
  },
};

/** The maxima that were meant; and, as a risk, five times today's where a maximum is a placeholder or missing. */
function ceilings(world: ProjectionWorld): readonly Growth[] {
  const open = world.groups.filter(isPlaceholder);
  const meant = growth(world, open, 1, 'every group at its declared maximum', false);
  if (open.length === 0) return [meant];
  const names = open.map((g) => `${g.name} (${g.max === undefined ? 'no limit' : `maximum ${g.max}, now ${size(g)}`})`);
  const assumption = `placeholders are no plan: ${names.join(', ')} reckoned with ${PLACEHOLDER_TIMES} times today's nodes`;
  const stretched = growth(
    world,
    open,
    PLACEHOLDER_TIMES,
    `declared maxima; placeholders at ${PLACEHOLDER_TIMES} times today`,
    true,
  );
  return [meant, { ...stretched, assumptions: [...(stretched.assumptions ?? []), assumption] }];
}

function growth(
  world: ProjectionWorld,
  open: readonly LaunchGroup[],
  times: number,
  title: string,
  avoidable: boolean,
): Growth {
  const sizes = new Map(world.groups.map((g) => [g, open.includes(g) ? size(g) * times : (g.max ?? size(g))]));
  const { nodes, gone, replaced } = sizedTo(world, sizes, true);
  return {
    title,
    nodes: nodes.map((n) => withTypes(n, open.some((g) => g.name === n.group) ? undefined : world.groups)),
    pods: [],
    gone,
    fill: true,
    avoidable,
    assumptions: replaced > 0 ? [`${replaced} nodes that run by what was configured before are replaced`] : [],
    incomplete:
      world.groups.length === 0 ? [{ reason: 'no node group or NodePool is known: their maxima neither' }] : [],
  };
}

/** Where a limit counts CPUs, how many nodes it leaves hangs on their type. */
function withTypes(growth: NodeGrowth, groups: readonly LaunchGroup[] | undefined): NodeGrowth {
  const group = groups?.find((g) => g.name === growth.group);
  if (!group?.maxByType || group.max === undefined) return growth;
  const kept = group.max - growth.count;
  return { ...growth, byType: new Map([...group.maxByType].map(([type, most]) => [type, Math.max(most - kept, 0)])) };
}

function size(group: LaunchGroup): number {
  return Math.max(group.desired, group.nodes.length);
}

function isPlaceholder(group: LaunchGroup): boolean {
  if (group.max === undefined) return true;
  return group.max >= PLACEHOLDER_NODES && group.max > PLACEHOLDER_TIMES * Math.max(size(group), 1);
}
