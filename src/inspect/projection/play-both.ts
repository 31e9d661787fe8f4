/** A course played out at both ends of what nobody knows. */
import { usesIpTargets } from '../../calc/ipamd/index.ts';
import type { Growth, NodeGrowth } from './growth.ts';
import type { Plays } from './judge.ts';
import { play } from './project.ts';
import type { ProjectionWorld } from './world.ts';

export function playBoth(world: ProjectionWorld, growth: Growth): Plays {
  const worst = play(world, growth, 'worst');
  const exact = isExact(world) && !isOpen(world, worst.nodes);
  return { worst, best: exact ? worst : play(world, growth, 'best') };
}

/** Any of several types may come. */
export function isOpen(world: ProjectionWorld, additions: readonly NodeGrowth[]): boolean {
  return (
    world.groups.some((g) => !g.typesOpen && g.instanceTypes.length > 1) && additions.some((a) => a.group !== undefined)
  );
}

/** Whole ENIs of single addresses: neither the placement nor the order of pods makes a difference. */
export function isExact({ model: { settings }, options }: ProjectionWorld): boolean {
  return !settings.prefixDelegation && !usesIpTargets(settings) && settings.warmEniTarget > 0 && options.trims !== true;
}
