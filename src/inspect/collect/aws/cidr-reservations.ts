import type { CidrReservations } from '../../snapshot/ec2.ts';
import type { SectionData } from '../../snapshot.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { describeEach } from './named.ts';

const CALL = 'ec2:GetSubnetCidrReservations';
type Reservation = CidrReservations['reservations'][number];

export const cidrReservations = defineAwsCollector<'cidrReservations'>({
  section: 'cidrReservations',
  purpose: 'free /28 blocks are an upper bound: reserved space cannot be told from free space',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    const { client, GetSubnetCidrReservationsCommand } = await aws.clients.ec2();
    // there is no bulk form: one call a subnet, for the subnets that give addresses to nodes and pods
    const { data, missing } = await describeEach(await subnetsInUse(ctx), async (SubnetId) => {
      const reservations = await aws.pages(
        CALL,
        (NextToken) => client.send(new GetSubnetCidrReservationsCommand({ SubnetId, MaxResults: 1000, NextToken })),
        (out) => ({
          items: (out.SubnetIpv4CidrReservations ?? []).flatMap((r): Reservation[] =>
            r.Cidr && (r.ReservationType === 'prefix' || r.ReservationType === 'explicit')
              ? [
                  {
                    reservationId: r.SubnetCidrReservationId ?? '',
                    subnetId: SubnetId,
                    cidr: r.Cidr,
                    type: r.ReservationType,
                  },
                ]
              : [],
          ),
          next: out.NextToken,
        }),
      );
      return { SubnetId, reservations };
    });
    return {
      data: { subnetIds: data.map((d) => d.SubnetId), reservations: data.flatMap((d) => d.reservations) },
      missing,
    };
  },
});

/** All of a VPC that was asked for; of a cluster those of the control plane, of nodes and their ENIs, of ENIConfigs and node groups, and those tagged for discovery. */
async function subnetsInUse(ctx: Collecting): Promise<string[]> {
  const subnets = await ctx.need('subnets');
  if (ctx.vpcId !== undefined) return subnets.map((s) => s.subnetId);
  const [cluster, eniConfigs, nodegroups, nodes, instances, interfaces] = await Promise.all([
    ctx.section('cluster'),
    ctx.section('eniConfigs'),
    ctx.section('nodegroups'),
    ctx.section('nodes'),
    ctx.section('instances'),
    ctx.section('networkInterfaces'),
  ]);
  const nodeIds = nodeInstances(cluster?.name, nodes, instances);
  const used = new Set([
    ...(cluster?.subnetIds ?? []),
    ...(eniConfigs ?? []).flatMap((e) => e.subnetId ?? []),
    ...(nodegroups ?? []).flatMap((g) => g.subnetIds),
    ...(instances ?? []).flatMap((i) => (nodeIds.has(i.instanceId) && i.subnetId ? [i.subnetId] : [])),
    ...(interfaces ?? []).flatMap((e) => (nodeIds.has(e.attachment?.instanceId ?? '') ? [e.subnetId] : [])),
    ...subnets.filter((s) => s.tags['kubernetes.io/role/cni'] === '1').map((s) => s.subnetId),
  ]);
  return subnets.map((s) => s.subnetId).filter((id) => used.has(id));
}

/** Instances that are nodes: those Kubernetes names, else those tagged as the cluster's. */
function nodeInstances(
  clusterName: string | undefined,
  nodes: SectionData<'nodes'> | undefined,
  instances: SectionData<'instances'> | undefined,
): ReadonlySet<string> {
  if (nodes) return new Set(nodes.flatMap((n) => n.instanceId ?? []));
  const tag = `kubernetes.io/cluster/${clusterName}`;
  return new Set((instances ?? []).filter((i) => tag in i.tags).map((i) => i.instanceId));
}
