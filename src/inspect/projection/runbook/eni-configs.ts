/** One ENIConfig for each zone that has none, of the zone's name. */
import { applyWithNewSubnet } from '../../checks/fixes/eni-config.ts';
import { kubectl } from '../../checks/support/commands.ts';
import { listed } from '../../contract/words.ts';
import { commandLine, named } from '../../shell.ts';
import { NOTHING_YET, type Steps } from './move.ts';

export const eniConfigs: Steps = ({ made, securityGroups, patient: { fix } }) => {
  const planned = made.flatMap((m) => (m.plan ? [{ ...m, plan: m.plan }] : []));
  if (planned.length === 0) return [];
  const zones = planned.map((p) => named('object', p.wish.zone));
  return [
    {
      id: 'eni-configs',
      title: `Make ENIConfig ${listed(zones)}`,
      changes: 'aws-node does not look at them before custom networking is on.',
      held: NOTHING_YET,
      commands: planned.map(({ plan, wish }) => applyWithNewSubnet(fix, wish.vpcId, plan, wish.zone, securityGroups)),
      check: zones.map(
        (zone) =>
          `${kubectl('get', 'eniconfig', zone, '-o', 'jsonpath={.spec.subnet}')} | ${commandLine('grep', '^subnet-')}`,
      ),
      undo: zones.map((zone) => kubectl('delete', 'eniconfig', zone)),
    },
  ];
};
