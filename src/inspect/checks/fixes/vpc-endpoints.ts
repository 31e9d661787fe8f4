/** Endpoints of AWS services that nodes without a way out of the VPC cannot do without. */
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import type { ClosedSubnet } from '../../facts/closed-subnets.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { named } from '../../shell.ts';
import type { VpcEndpoint } from '../../snapshot/routing.ts';
import { aws } from '../support/commands.ts';

/** Reached through routes, without an address and a price. */
const BY_GATEWAY = 's3';

/** `ecr.api` of `com.amazonaws.eu-west-1.ecr.api`. */
function serviceOf(endpoint: VpcEndpoint): string {
  return endpoint.service.replace(/^(?:cn\.)?com\.amazonaws\.[a-z0-9-]+\./, '');
}

/** Those of the services that the subnet does not reach, in the order given. */
export function missingEndpoints(
  wanted: readonly string[],
  endpoints: readonly VpcEndpoint[],
  { table }: ClosedSubnet,
): readonly string[] {
  const there = endpoints.filter(
    (e) =>
      e.state.toLowerCase() === 'available' &&
      (e.type === 'Gateway' ? e.routeTableIds.includes(table.routeTableId) : e.privateDns),
  );
  const served = new Set(there.map(serviceOf));
  return wanted.filter((service) => !served.has(service));
}

/** One address in each zone for every interface endpoint, by the group that lets nodes speak to the control plane. */
export function makeEndpoints(
  { cluster, region, ...fix }: FixContext,
  services: readonly string[],
  closed: readonly ClosedSubnet[],
  all: readonly ClosedSubnet[],
): Fix[] {
  if (!cluster?.vpcId || region === undefined) return [];
  const vpcId = cluster.vpcId;
  const zones = new Set<string | undefined>();
  const subnets = all.filter((s) => !zones.has(s.zone) && zones.add(s.zone)).map((s) => named('subnet', s.subnetId));
  const domain = region.startsWith('cn-') ? 'cn.com.amazonaws' : 'com.amazonaws';
  const create = (service: string) => {
    const name = `${service === BY_GATEWAY ? 'com.amazonaws' : domain}.${region}.${service}`;
    const head = ['ec2', 'create-vpc-endpoint', '--vpc-id', vpcId, '--service-name', name];
    if (service === BY_GATEWAY)
      return aws(
        { ...fix, region },
        ...[...head, '--vpc-endpoint-type', 'Gateway'],
        '--route-table-ids',
        ...new Set(closed.map((s) => named('route-table', s.table.routeTableId))),
      );
    const group = cluster.clusterSecurityGroupId;
    return aws(
      { ...fix, region },
      ...[...head, '--vpc-endpoint-type', 'Interface', '--private-dns-enabled', '--subnet-ids', ...subnets],
      ...(group ? ['--security-group-ids', named('security-group', group)] : []),
    );
  };
  return [
    {
      title: `Make ${things(services.length, 'endpoint')} for ${services.join(', ')}`,
      commands: services.map(create),
      changes: 'Names of these services lead to addresses in the VPC from then on, for all that is in it.',
      effect: 'minutes',
      risk: 'Interface endpoints take an address in each subnet and are paid by the hour. A NAT gateway and a default route do as well.',
    },
  ];
}
