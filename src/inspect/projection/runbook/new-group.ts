/** A new generation of a managed group: the same group again, which comes up by the new settings. */

import { freeName, likeNodegroup } from '../../checks/fixes/new-group.ts';
import { aws, kubectl } from '../../checks/support/commands.ts';
import { things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import { commandLine, named } from '../../shell.ts';
import type { Nodegroup } from '../../snapshot/aws.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import type { GroupRoll } from '../remedies/roll.ts';
import type { Move, Step } from './move.ts';

/** New group, drain, and the end of the old one; undefined where the group cannot be made anew like that. */
export function newGroup(move: Move, roll: GroupRoll): readonly Step[] | undefined {
  const { run, fix } = move.patient;
  const groups = run.valueOf(section('nodegroups')) ?? [];
  const old = groups.find((g) => roll.group === `managed/${g.name}`);
  if (!old || !fix.cluster) return undefined;
  const name = freeName(old.name, groups);
  const nodes = (run.valueOf(section('nodes')) ?? []).filter(
    (n) => n.labels['eks.amazonaws.com/nodegroup'] === old.name,
  );
  return [made(move, roll, old, name), drained(old, name, inOrder(nodes)), ended(move, old, name)];
}

function made({ patient: { fix }, peak }: Move, roll: GroupRoll, old: Nodegroup, name: string): Step {
  const of = ['--cluster-name', fix.cluster!.name, '--nodegroup-name', name];
  const short = peak.subnets.filter((s) => s.verdict === 'fail').map((s) => s.subnetId);
  return {
    id: 'new-group',
    title: `Make group ${name} beside ${old.name}`,
    changes: `Same subnets, types, labels, taints and launch template. EKS writes maxPods ${roll.maxPods} for it, by the settings of now.`,
    held: `Both generations: ${things(roll.nodes, 'node')} of ${old.name} and ${old.desiredSize} of ${name}${short.length > 0 ? `; ${short.join(', ')} is short then: make it smaller and let it grow as the old one goes` : ''}.`,
    commands: likeNodegroup(fix, old, name),
    check: [
      `${aws(fix, 'eks', 'describe-nodegroup', ...of, '--query', 'nodegroup.status', '--output', 'text')} | ${commandLine('grep', '-x', 'ACTIVE')}`,
      kubectl('wait', '--for=condition=Ready', 'node', '-l', `eks.amazonaws.com/nodegroup=${name}`, '--timeout=15m'),
    ],
    undo: [aws(fix, 'eks', 'delete-nodegroup', ...of), aws(fix, 'eks', 'wait', 'nodegroup-deleted', ...of)],
  };
}

/** All are cordoned before the first is drained: its pods would move to the next one otherwise. */
function drained(old: Nodegroup, name: string, nodes: readonly Node[]): Step {
  const names = nodes.map((n) => named('node', n.name));
  return {
    id: 'drain',
    title: `Drain ${things(nodes.length, 'node')} of ${old.name}, zone after zone`,
    changes: `Its pods move to ${name}, as their disruption budgets allow; each drain waits for them.`,
    held: 'Both generations, the old one for its DaemonSets alone in the end.',
    commands:
      names.length === 0
        ? []
        : [
            kubectl('cordon', ...names),
            ...names.map((n) => kubectl('drain', n, '--ignore-daemonsets', '--delete-emptydir-data')),
          ],
    check: names.map(
      (n) =>
        `${kubectl('get', 'node', n, '-o', 'jsonpath={.spec.unschedulable}')} | ${commandLine('grep', '-x', 'true')}`,
    ),
    undo: names.length === 0 ? [] : [kubectl('uncordon', ...names)],
    note: 'Pods that have moved do not move back by themselves.',
  };
}

/** The nodes of one zone together, so that pods bound to it find their place in it. */
function inOrder(nodes: readonly Node[]): readonly Node[] {
  const zone = (n: Node) => n.labels['topology.kubernetes.io/zone'] ?? '';
  return [...nodes].sort((a, b) => (zone(a) === zone(b) ? (a.name < b.name ? -1 : 1) : zone(a) < zone(b) ? -1 : 1));
}

function ended({ patient: { fix } }: Move, old: Nodegroup, name: string): Step {
  const of = ['--cluster-name', fix.cluster!.name, '--nodegroup-name', old.name];
  return {
    id: 'old-group',
    title: `Delete group ${old.name}`,
    changes: 'Its nodes end, and what they held comes back.',
    held: `The new generation alone, ${name}.`,
    commands: [aws(fix, 'eks', 'delete-nodegroup', ...of)],
    check: [aws(fix, 'eks', 'wait', 'nodegroup-deleted', ...of)],
    note: `No undo: to go back, begin a move back. Stay before this step until ${name} has carried a full day of load.`,
  };
}
