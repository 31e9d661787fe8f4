import type { Collecting } from '../define-collector.ts';
import { CollectFailure } from '../failure.ts';

/**
 * The VPC asked for, else the cluster's: EKS names it; where EKS may not be asked, the nodes' instances do.
 * @throws CollectFailure with the reason why the cluster could not be read.
 */
export async function clusterVpc(ctx: Collecting): Promise<string> {
  if (ctx.vpcId !== undefined) return ctx.vpcId;
  const known = (await ctx.section('cluster'))?.vpcId ?? (await ctx.section('instances'))?.find((i) => i.vpcId)?.vpcId;
  if (known) return known;
  await ctx.need('cluster');
  throw new CollectFailure('other', 'the VPC of the cluster is not known: EKS names none and no instance was found');
}

/** The filter every sweep of the VPC uses: EC2 answers filtered and paged calls from a larger allowance. */
export function inVpc(vpcId: string) {
  return [{ Name: 'vpc-id', Values: [vpcId] }];
}
