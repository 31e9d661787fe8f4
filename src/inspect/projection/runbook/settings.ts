/** The variables of aws-node, by the way the CNI was installed. */
import { aws, kubectl } from '../../checks/support/commands.ts';
import { changeSettings, dropFromDaemonSet } from '../../cni-settings.ts';
import { things } from '../../contract/words.ts';
import { commandLine } from '../../shell.ts';
import type { Move, Steps } from './move.ts';

export const settings: Steps = (move) => {
  const { env, patient } = move;
  const { cluster, cni, addon } = patient.fix;
  const names = Object.keys(env);
  if (names.length === 0) return [];
  const live = patient.world.inForce.env;
  const had = Object.fromEntries(names.flatMap((n) => (live[n] === undefined ? [] : [[n, live[n]]])));
  const unset = names.filter((n) => live[n] === undefined);
  const { commands, changes, risk } = changeSettings(cluster, cni, addon, { set: env });
  const back = changeSettings(cluster, cni, addon, { set: had, ...(unset.length > 0 ? { unset } : {}) });
  return [
    {
      id: 'settings',
      title: `Set ${Object.entries(env)
        .map(([n, v]) => `${n}=${v}`)
        .join(' ')}`,
      changes: `${changes} Nodes that are there keep what they hold; those that join from now on come up under ${move.to.pattern} ${move.to.mode}.`,
      held: `As before: ${things(patient.world.nodes.length, 'node')} of the old generation.`,
      commands,
      check: [...written(move), kubectl('-n', 'kube-system', 'rollout', 'status', 'ds/aws-node', '--timeout=15m')],
      undo: [...back.commands, ...(addon && unset.length > 0 ? [dropFromDaemonSet(unset)] : [])],
      ...(risk === undefined ? {} : { note: risk }),
    },
  ];
};

/** Whether each value stands where it was written. */
function written({ env, patient: { fix } }: Move): string[] {
  const { cluster, addon, cni } = fix;
  const managed = addon && cluster && cni?.installMethod !== 'helm';
  return Object.entries(env).map(([name, value]) => {
    if (!managed)
      return `${kubectl('-n', 'kube-system', 'get', 'ds', 'aws-node', '-o', `jsonpath={.spec.template.spec.containers[?(@.name=="aws-node")].env[?(@.name=="${name}")].value}`)} | ${commandLine('grep', '-x', value)}`;
    const document = aws(
      fix,
      ...['eks', 'describe-addon', '--cluster-name', cluster.name, '--addon-name', addon.name],
      ...['--query', 'addon.configurationValues', '--output', 'text'],
    );
    return `${document} | ${commandLine('grep', `"${name}": *"${value}"`)}`;
  });
}
