/** New nodes for old, group by group: the settings reach a node only where it is new. maxPods is set by whoever decides it. */
import { kubectl } from '../../checks/support/commands.ts';
import { things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import { named } from '../../shell.ts';
import { type GroupRoll, rollGroups } from '../remedies/roll.ts';
import type { Move, Step, Steps } from './move.ts';
import { newGroup } from './new-group.ts';

export const nodes: Steps = (move) =>
  rollGroups(move.laid).flatMap((roll) => {
    const byEks = roll.kind === 'managed' && !hasTemplateOfItsOwn(move, roll);
    return (byEks ? newGroup(move, roll) : undefined) ?? [replaced(move, roll)];
  });

/** Its launch template sets maxPods: a group made anew by it would have the old number. */
function hasTemplateOfItsOwn({ patient: { run } }: Move, { group }: GroupRoll): boolean {
  const old = run.valueOf(section('nodegroups'))?.find((g) => group === `managed/${g.name}`);
  const template = run.valueOf(section('launchTemplates'))?.find((t) => t.id === old?.launchTemplate?.id);
  return old?.amiType === 'CUSTOM' || template?.maxPods !== undefined || template?.imageId !== undefined;
}

/** By launch template, EC2NodeClass or hand, and one node after the other. */
function replaced(move: Move, roll: GroupRoll): Step {
  const old = namesOf(move, roll);
  return {
    id: roll.isNew ? 'max-pods' : 'replace-nodes',
    title: roll.isNew
      ? `Set maxPods ${roll.maxPods} for ${roll.group} and replace its nodes`
      : `Replace the nodes of ${roll.group}`,
    changes: roll.changes,
    held: `One generation more than before only for nodes that are being replaced, of ${things(roll.nodes, 'node')}.`,
    commands: roll.commands,
    check: old.map((name) => kubectl('wait', '--for=delete', 'node', name, '--timeout=1m')),
    note: `To go back, ${roll.isNew ? 'set the old number in the same place' : 'undo the settings'} and replace the nodes again.${bottlerocket(move, roll)}`,
  };
}

function namesOf({ laid }: Move, { group }: GroupRoll): string[] {
  const name = group.split('/')[1];
  const labels = ['eks.amazonaws.com/nodegroup', 'karpenter.sh/nodepool', 'alpha.eksctl.io/nodegroup-name'];
  return (laid.valueOf(section('nodes')) ?? []).flatMap((n) =>
    name !== undefined && labels.some((l) => n.labels[l] === name) ? [named('node', n.name)] : [],
  );
}

function bottlerocket({ patient: { run } }: Move, { group, maxPods }: GroupRoll): string {
  const managed = run.valueOf(section('nodegroups'))?.find((g) => group === `managed/${g.name}`);
  const pool = run.valueOf(section('nodePools'))?.find((p) => group === `karpenter/${p.name}`);
  const its = run.valueOf(section('nodeClasses'))?.find((c) => c.name === pool?.nodeClass.name);
  const is = managed?.amiType?.startsWith('BOTTLEROCKET') || its?.amiFamily === 'Bottlerocket';
  return is ? ` Bottlerocket user data: [settings.kubernetes] max-pods = ${maxPods}.` : '';
}
