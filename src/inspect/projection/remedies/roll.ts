/** Replacing all nodes for a pattern or mode that counts on new ones alone, group by group, with the maxPods that fits it. */

import { templateOf } from '../../checks/fixes/launch-template.ts';
import { type MaxPodsFixInputs, maxPodsFixInputs, setMaxPods } from '../../checks/fixes/max-pods.ts';
import { replaceNodes } from '../../checks/fixes/replace-nodes.ts';
import { aws } from '../../checks/support/commands.ts';
import type { Step } from '../../contract/finding.ts';
import { inputsOf, type Run } from '../../facts/define-fact.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { groupBy } from '../../facts/support/group-by.ts';
import { nodeGroupText } from '../../facts/support/node-group.ts';

export interface GroupRoll {
  readonly kind: NodeCapacity['group']['kind'];
  /** `managed/web`. */
  readonly group: string;
  readonly nodes: number;
  /** kubelet's number on its nodes afterwards, and whether it is another than now. */
  readonly maxPods: number;
  readonly isNew: boolean;
  readonly commands: readonly string[];
  readonly steps?: readonly Step[];
  readonly changes: string;
}

/** `laid`: facts with the new settings in them, from which maxPods follows. The commands replace the nodes too. */
export function rollGroups(laid: Run): GroupRoll[] {
  const from = inputsOf(laid, maxPodsFixInputs);
  const groups = groupBy([...(from.capacity?.values() ?? [])], (c) => nodeGroupText(c.group));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, nodes]) => rollOf(from, group, nodes));
}

/** As a part of what is to be done. */
export function partOf({ group, commands, steps }: GroupRoll) {
  return { title: `Replace the nodes of ${group}`, commands, steps };
}

function rollOf(from: MaxPodsFixInputs, group: string, nodes: readonly NodeCapacity[]): GroupRoll {
  const maxPods = Math.min(...nodes.map((c) => c.recommendedMaxPods));
  const isNew = nodes.some((c) => c.maxPods !== maxPods);
  const base = { kind: nodes[0]!.group.kind, group, nodes: nodes.length, maxPods, isNew };
  const [set] = isNew ? setMaxPods(from, nodes, maxPods) : [];
  if (set)
    return {
      ...base,
      commands: set.commands,
      ...(set.steps ? { steps: set.steps } : {}),
      changes: `${set.title}. ${set.changes}`,
    };
  return { ...base, commands: plainRoll(from, nodes), changes: `The nodes of ${group} are replaced.` };
}

function plainRoll(from: MaxPodsFixInputs, nodes: readonly NodeCapacity[]): readonly string[] {
  const { kind, name } = nodes[0]!.group;
  const managed = kind === 'managed' ? from.nodegroups?.find((g) => g.name === name) : undefined;
  const ofEks =
    managed?.amiType !== 'CUSTOM' && templateOf(from, managed?.launchTemplate)?.imageId === undefined
      ? managed
      : undefined;
  if (!ofEks || !from.fix.cluster) return replaceNodes(from.fix, nodes);
  const words = ['--cluster-name', from.fix.cluster.name, '--nodegroup-name', ofEks.name];
  return [aws(from.fix, 'eks', 'update-nodegroup-version', ...words)];
}
