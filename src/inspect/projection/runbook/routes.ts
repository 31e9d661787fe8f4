/** The routes of the nodes' subnets for those of the pods: without them a subnet follows the VPC's main table. */
import { withSubnetId } from '../../checks/fixes/new-subnet.ts';
import { commandLine } from '../../shell.ts';
import { NOTHING_YET, type Steps } from './move.ts';

export const routes: Steps = ({ made, patient: { fix } }) => {
  const routed = made.flatMap((m) => (m.plan && m.plan.parts.routes.length > 0 ? [{ ...m, plan: m.plan }] : []));
  if (routed.length === 0) return [];
  const region = fix.region ? ['--region', fix.region] : [];
  const tables = (query: string) =>
    routed.map(({ plan, wish }) =>
      withSubnetId(
        fix,
        wish.vpcId,
        plan,
        ...['aws', 'ec2', 'describe-route-tables', '--filters', 'Name=association.subnet-id,Values={}'],
        ...['--query', query, '--output', 'text', ...region],
      ),
    );
  return [
    {
      id: 'routes',
      title: "Route them like the nodes' subnets",
      changes: 'Pods reach what nodes reach, through the same NAT gateways and endpoints.',
      held: NOTHING_YET,
      commands: routed.flatMap((m) => m.plan.parts.routes),
      check: tables('RouteTables[0].RouteTableId').map((found) => `${found} | ${commandLine('grep', '^rtb-')}`),
      undo: tables("RouteTables[0].Associations[?SubnetId=='{}'].RouteTableAssociationId").map(
        (found) =>
          `${found} | ${commandLine('grep', '^rtbassoc-')} | ${commandLine(
            'xargs',
            ...['-I{}', 'aws', 'ec2', 'disassociate-route-table', '--association-id', '{}', ...region],
          )}`,
      ),
    },
  ];
};
