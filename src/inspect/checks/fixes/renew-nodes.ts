/** Replacing nodes because a new one comes up right: whole managed groups by EKS, the others one at a time. */
import type { Fix } from '../../contract/finding.ts';
import { listed, things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { fixContext } from '../../facts/fix-context.ts';
import { groupBy } from '../../facts/support/group-by.ts';
import { nodeGroupOf, nodeGroupText } from '../../facts/support/node-group.ts';
import { aws } from '../support/commands.ts';
import { type Leaving, replaceNodes, riskOfDrains } from './replace-nodes.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const renewFixInputs = {
  fix: fixContext,
  everyNode: section('nodes'),
  nodegroups: section('nodegroups'),
};
export type RenewFixInputs = Helps<typeof renewFixInputs>;

/** Fewer are as quickly replaced one by one, and nothing else of the group is touched. */
const MANY = 3;

/**
 * `changes`: what new nodes do otherwise. A managed group that leaves as a whole, and whose image EKS chooses, is rolled: EKS then
 * makes a version of its launch template and goes on until no node of an earlier one is left (EKS user guide, "Managed node update
 * behavior"). Beside it the way that needs no help from EKS.
 */
export function renewNodes(from: RenewFixInputs, leaving: readonly Leaving[], changes: string): Fix[] {
  const oneByOne: Fix = {
    title: `Replace ${things(leaving.length, 'node')} one by one`,
    commands: replaceNodes(from.fix, leaving),
    changes,
    effect: 'node-replacement',
    risk: riskOfDrains(leaving.length),
  };
  const groups = [...groupBy(leaving, (l) => nodeGroupText(l.group)).values()];
  const rolled = groups.filter((members) => canRoll(from, members));
  if (rolled.length === 0) return [oneByOne];
  const rest = groups.filter((members) => !rolled.includes(members)).flat();
  return [rolling(from, rolled, rest, changes), oneByOne];
}

function canRoll(from: RenewFixInputs, members: readonly Leaving[]): boolean {
  const { kind, name } = members[0]!.group;
  const group = kind === 'managed' ? from.nodegroups?.find((g) => g.name === name) : undefined;
  if (!group || !from.fix.cluster || members.length < MANY) return false;
  const all = (from.everyNode ?? []).filter((node) => nodeGroupText(nodeGroupOf(node)) === `managed/${name}`);
  return all.length <= members.length && group.amiType !== 'CUSTOM';
}

function rolling(
  from: RenewFixInputs,
  groups: readonly (readonly Leaving[])[],
  rest: readonly Leaving[],
  changes: string,
): Fix {
  const names = groups.map((members) => members[0]!.group.name);
  const nodes = groups.flat().length;
  const besides = rest.length > 0 ? `, replace ${things(rest.length, 'other node')} one by one` : '';
  return {
    title: `Roll managed ${names.length === 1 ? 'group' : 'groups'} ${listed(names)}: EKS replaces ${things(nodes, 'node')}${besides}`,
    commands: [
      ...names.map((name, i) => roll(from, name, i < names.length - 1 || rest.length > 0)),
      ...replaceNodes(from.fix, rest),
    ],
    changes: `${changes} EKS drains each node first, as many at once as the update settings of the group allow, and takes the newest AMI release of its Kubernetes version.`,
    effect: 'node-replacement',
    risk: `Respects PodDisruptionBudgets, and fails at one that never lets a pod go. Should EKS find nothing to update, replace the nodes one by one.${
      rest.length > 0 ? ` ${riskOfDrains(rest.length)}` : ''
    }`,
  };
}

/** `waits`: something follows that should find the group whole again. */
function roll({ fix }: RenewFixInputs, name: string, waits: boolean): string {
  const words = ['--cluster-name', fix.cluster!.name, '--nodegroup-name', name];
  const update = aws(fix, 'eks', 'update-nodegroup-version', ...words);
  return waits ? `${update} && ${aws(fix, 'eks', 'wait', 'nodegroup-active', ...words)}` : update;
}
