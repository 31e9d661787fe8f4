/** Security groups for pods: the VPC resource controller makes trunk and branch ENIs with the cluster's role. */
import { usesSecurityGroupsForPods } from '../../../calc/patterns.ts';
import { allowResourceController } from '../../checks/fixes/iam-roles.ts';
import { commandLine, named } from '../../shell.ts';
import { NOTHING_YET, type Steps } from './move.ts';

const POLICY = 'AmazonEKSVPCResourceController';

export const clusterRole: Steps = ({ from, to, patient: { fix } }) => {
  const arn = fix.cluster?.roleArn;
  const commands = allowResourceController(fix);
  if (usesSecurityGroupsForPods(from.pattern) || !usesSecurityGroupsForPods(to.pattern) || !arn) return [];
  const role = named('role', arn.split('/').at(-1)!);
  const partition = arn.split(':')[1] ?? 'aws';
  return [
    {
      id: 'cluster-role',
      title: 'Let the cluster make branch ENIs',
      changes: `${POLICY} on the cluster's role ${role}.`,
      held: NOTHING_YET,
      commands,
      check: [
        `${commandLine('aws', 'iam', 'list-attached-role-policies', '--role-name', role, '--output', 'text')} | ${commandLine('grep', POLICY)}`,
      ],
      undo: [
        commandLine(
          ...['aws', 'iam', 'detach-role-policy', '--role-name', role],
          ...['--policy-arn', `arn:${partition}:iam::aws:policy/${POLICY}`],
        ),
      ],
      note: 'Leave it where the role has the policy already, as roles made by eksctl have.',
    },
  ];
};
