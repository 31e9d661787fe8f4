/** Security groups of pod ENIs: those that the nodes have, so that nothing that works stops working. */
import { aws } from '../../checks/support/commands.ts';
import { listed } from '../../contract/words.ts';
import { commandLine, named } from '../../shell.ts';
import { NOTHING_YET, type Steps } from './move.ts';

export const securityGroups: Steps = ({ made, securityGroups: groups, patient: { fix } }) => {
  if (made.length === 0) return [];
  const ids = groups.map((id) => named('security-group', id));
  return [
    {
      id: 'security-groups',
      title:
        ids.length > 0
          ? `Pods get the nodes' security groups: ${listed(groups)}`
          : 'Choose the security groups of pods',
      changes:
        ids.length > 0
          ? 'Nothing: the groups are there. Give pods groups of their own only once the move is done.'
          : 'No group was read. An ENIConfig without any takes those of the primary ENI.',
      held: NOTHING_YET,
      check: ids.map(
        (id) =>
          `${aws(fix, 'ec2', 'describe-security-groups', '--group-ids', id, '--query', 'SecurityGroups[].GroupId', '--output', 'text')} | ${commandLine('grep', id)}`,
      ),
    },
  ];
};
