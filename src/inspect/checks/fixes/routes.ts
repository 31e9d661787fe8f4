/** Routes that a subnet of pods lacks. */
import type { Fix } from '../../contract/finding.ts';
import { some, things } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { ANYWHERE, type Route } from '../../facts/support/routing-paths.ts';
import { named } from '../../shell.ts';
import type { RouteTable } from '../../snapshot/ec2.ts';
import { aws } from '../support/commands.ts';

/** Flags of CreateRoute by the kind of target. */
const TARGET_FLAGS: readonly (readonly [RegExp, string])[] = [
  [/^(?:igw|vgw)-[a-z0-9-]+$/, '--gateway-id'],
  [/^nat-[a-z0-9-]+$/, '--nat-gateway-id'],
  [/^tgw-[a-z0-9-]+$/, '--transit-gateway-id'],
  [/^pcx-[a-z0-9-]+$/, '--vpc-peering-connection-id'],
  [/^vpce-[a-z0-9-]+$/, '--vpc-endpoint-id'],
  [/^eni-[a-z0-9-]+$/, '--network-interface-id'],
  [/^i-[a-z0-9-]+$/, '--instance-id'],
  [/^lgw-[a-z0-9-]+$/, '--local-gateway-id'],
];

/**
 * The table of the nodes' subnet, where the pods' follows the main one and the nodes' does not lead to an internet gateway, for
 * which pods have no address; else the routes one by one. Nothing where a target is of a kind not known here.
 */
export function sameRoutes(
  fix: FixContext,
  podSubnetId: string,
  nodes: RouteTable,
  pods: RouteTable,
  missing: readonly Route[],
  whose = "its nodes' subnet",
): Fix[] {
  const followsMain = !pods.subnetIds.includes(podSubnetId);
  const toInternet = nodes.routes.some((r) => r.destination === ANYWHERE && r.target?.startsWith('igw-'));
  if (followsMain && !toInternet)
    return [
      {
        title: `Give ${podSubnetId} the route table of ${whose}`,
        commands: [
          aws(
            fix,
            ...['ec2', 'associate-route-table', '--subnet-id', named('subnet', podSubnetId)],
            ...['--route-table-id', named('route-table', nodes.routeTableId)],
          ),
        ],
        changes: `${podSubnetId} leaves the main route table and follows ${nodes.routeTableId}, at once and for all that is in it.`,
        effect: 'immediate',
      },
    ];
  const useful = missing.filter((r) => !r.target?.startsWith('igw-'));
  const commands = useful.flatMap((r) => create(fix, pods.routeTableId, r) ?? []);
  if (commands.length < missing.length) return [lookAtTables(fix, nodes, pods)];
  return [
    {
      title: `Add ${things(missing.length, 'route')} to ${pods.routeTableId}`,
      commands,
      changes: `Adds ${some(missing.map((r) => `${r.destination} to ${r.target}`))} for every subnet that follows ${pods.routeTableId}${
        followsMain ? ', the main table of the VPC' : ''
      }.`,
      effect: 'immediate',
      risk: 'The other network needs a route back to the range of pods.',
    },
  ];
}

function create(fix: FixContext, tableId: string, { destination, target }: Route): string | undefined {
  const flag = TARGET_FLAGS.find(([shape]) => shape.test(target ?? ''))?.[1];
  if (flag === undefined) return undefined;
  return aws(
    fix,
    ...['ec2', 'create-route', '--route-table-id', named('route-table', tableId)],
    ...['--destination-cidr-block', named('cidr', destination), flag, target!],
  );
}

function lookAtTables(fix: FixContext, nodes: RouteTable, pods: RouteTable): Fix {
  return {
    title: "Compare the two tables, and give the pods' subnet a way out that suits private addresses",
    commands: [
      aws(
        fix,
        ...['ec2', 'describe-route-tables', '--route-table-ids'],
        ...[nodes, pods].map((t) => named('route-table', t.routeTableId)),
        ...['--query', 'RouteTables[].[RouteTableId,Routes]'],
      ),
    ],
    changes:
      'Nothing: it shows the routes. Pods have private addresses: their way to the internet is a NAT gateway or an appliance.',
    effect: 'immediate',
  };
}

/** What a network ACL lets through. */
export function lookAtAcl(fix: FixContext, networkAclId: string): Fix {
  return {
    title: 'See what the network ACL lets through',
    commands: [
      aws(
        fix,
        ...['ec2', 'describe-network-acls', '--network-acl-ids', named('network-acl', networkAclId)],
        ...['--query', 'NetworkAcls[0].Entries'],
      ),
    ],
    changes: 'Nothing: it shows the rules.',
    effect: 'immediate',
  };
}
