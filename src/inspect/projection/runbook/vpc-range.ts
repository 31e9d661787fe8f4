/** A further range of the VPC, where its own have no room for the pod subnets. */
import { aws } from '../../checks/support/commands.ts';
import { commandLine } from '../../shell.ts';
import { NOTHING_YET, type Steps } from './move.ts';

export const vpcRange: Steps = ({ made, patient: { fix } }) => {
  const planned = made.flatMap(({ plan, wish }) =>
    plan?.newVpcCidr === undefined ? [] : [{ range: plan.newVpcCidr, vpcId: wish.vpcId, commands: plan.parts.extend }],
  );
  const [first] = planned;
  if (!first) return [];
  const { range, vpcId, commands } = first;
  const association = (member: string) =>
    aws(
      fix,
      ...['ec2', 'describe-vpcs', '--vpc-ids', vpcId, '--query'],
      ...[`Vpcs[0].CidrBlockAssociationSet[?CidrBlock=='${range}'].${member}`, '--output', 'text'],
    );
  const region = fix.region ? ['--region', fix.region] : [];
  return [
    {
      id: 'vpc-range',
      title: `Give the VPC the range ${range}`,
      changes:
        'The range is routed inside the VPC at once. Peers, transit gateways and VPN do not know it: what pods reach there needs a route back, or SNAT.',
      held: NOTHING_YET,
      commands,
      check: [`${association('CidrBlockState.State')} | ${commandLine('grep', '^associated')}`],
      undo: [
        `${association('AssociationId')} | ${commandLine('grep', '^vpc-cidr-assoc-')} | ${commandLine(
          'xargs',
          ...['-I{}', 'aws', 'ec2', 'disassociate-vpc-cidr-block', '--association-id', '{}', ...region],
        )}`,
      ],
    },
  ];
};
