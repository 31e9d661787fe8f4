/** Names, so that people know whose subnets these are. aws-node needs no tag on what an ENIConfig names. */
import { withSubnetId } from '../../checks/fixes/new-subnet.ts';
import { commandLine } from '../../shell.ts';
import { NOTHING_YET, type Steps } from './move.ts';

export const tags: Steps = ({ made, patient: { fix } }) => {
  const planned = made.flatMap((m) => (m.plan ? [{ ...m, plan: m.plan }] : []));
  const { cluster } = fix;
  if (planned.length === 0 || !cluster) return [];
  const region = fix.region ? ['--region', fix.region] : [];
  const withId = (words: (zone: string) => readonly string[]) =>
    planned.map(({ plan, wish }) => withSubnetId(fix, wish.vpcId, plan, 'aws', 'ec2', ...words(wish.zone), ...region));
  const name = (zone: string) => `${cluster.name}-pods-${zone}`;
  const show = withId(() => ['describe-tags', '--filters', 'Name=resource-id,Values={}', '--output', 'text']);
  return [
    {
      id: 'tags',
      title: 'Name them',
      changes: 'A Name tag for people. ENIConfigs name their subnets by id: aws-node looks at no tag of them.',
      held: NOTHING_YET,
      commands: withId((zone) => ['create-tags', '--resources', '{}', '--tags', `Key=Name,Value=${name(zone)}`]),
      check: show.map((found, i) => `${found} | ${commandLine('grep', name(planned[i]!.wish.zone))}`),
      undo: withId(() => ['delete-tags', '--resources', '{}', '--tags', 'Key=Name']),
    },
  ];
};
