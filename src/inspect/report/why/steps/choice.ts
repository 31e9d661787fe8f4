/** For a pod on no node: which nodes its own selectors and affinity leave it. */

import type { Link } from '../../../contract/why.ts';
import { choiceOf } from '../choice.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

/** Nothing where it asks nothing of labels. */
export function choiceLink(scene: Scene, { pod }: PodPlace): readonly Link[] {
  const choice = choiceOf(scene, pod);
  if (!choice) return [];
  const { statement, nodes, chosen, asks } = choice;
  return [link('selectors', chosen === 0 ? 'broken' : 'ok', statement, { nodes, chosen, asks })];
}
