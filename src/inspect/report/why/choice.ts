/** Which nodes a pod's own selector and required affinity leave it, and what none of them has. */
import { things, verb } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import { requirementText, unmetAffinity, unmetSelector } from '../../facts/support/kept-off.ts';
import { isChosen } from '../../facts/support/scheduling.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import type { NodeRequirement, Pod } from '../../snapshot/pods.ts';
import type { Scene } from './scene.ts';

export interface Choice {
  readonly statement: string;
  readonly nodes: number;
  readonly chosen: number;
  /** Requirements that no node meets, `disktype=ssd`; empty where some node meets each of them. */
  readonly asks: readonly string[];
}

/** Undefined where it asks nothing of labels, or where needs or nodes were not read whole. */
export function choiceOf(scene: Scene, { needs }: Pod): Choice | undefined {
  if (!needs || (Object.keys(needs.nodeSelector).length === 0 && !needs.affinity)) return undefined;
  const nodes = scene.get(section('nodes'));
  if (!nodes || nodes.length === 0 || scene.missing(section('nodes'))) return undefined;
  const chosen = nodes.filter((n) => isChosen(needs, n.labels)).length;
  if (chosen > 0) {
    const { length } = nodes;
    const who =
      length === 1 ? 'the one node' : chosen === length ? `all ${length} nodes` : `${chosen} of ${length} nodes`;
    const statement = `${who} ${verb(chosen, 'matches', 'match')} its selectors`;
    return { statement, nodes: nodes.length, chosen, asks: [] };
  }
  const unmet = nodes.map((n) => [
    ...unmetSelector(needs.nodeSelector, n.labels),
    ...unmetAffinity(needs.affinity, n.labels),
  ]);
  const everywhere = unmet[0]!.filter((r) =>
    unmet.every((of) => of.some((o) => requirementText(o) === requirementText(r))),
  );
  const asks = everywhere.map(requirementText);
  return { statement: statementOf(everywhere, nodes), nodes: nodes.length, chosen: 0, asks };
}

function statementOf(asks: readonly NodeRequirement[], nodes: readonly Node[]): string {
  const none = nodes.length === 1 ? 'the one node does not have' : `none of the ${nodes.length} nodes has`;
  if (asks.length === 0) return `each thing it asks of a node is had by some, and ${none} all of it`;
  const arch = asks.find((r) => /^(?:beta\.)?kubernetes\.io\/arch$/.test(r.key));
  if (arch) {
    const there = [...new Set(nodes.map((n) => n.arch))].sort().join(' and ');
    return `it asks for ${requirementText(arch)}, and ${things(nodes.length, 'node')} ${verb(nodes.length, 'is', 'are')} ${there}`;
  }
  return `it asks for ${asks.map(requirementText).join(' and ')}, which ${none}`;
}
