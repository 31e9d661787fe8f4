/** A collection without a cluster: one VPC's subnets and interfaces, from EC2 alone. */
import { emptySections, type SectionName, type Sections } from '../snapshot.ts';
import type { AwsAccess } from './aws/access.ts';
import { CollectFailure } from './failure.ts';
import { COLLECTORS } from './index.ts';
import { runCollectors, type Sides } from './runner-sections.ts';
import { TargetError } from './target.ts';

/** What is asked for instead of a cluster; subnets stand for the VPC they are in. */
export interface VpcScope {
  readonly vpcId?: string;
  readonly subnetIds: readonly string[];
}

const SECTIONS: ReadonlySet<SectionName> = new Set([
  'caller',
  'vpc',
  'subnets',
  'cidrReservations',
  'networkInterfaces',
  'instances',
  'routeTables',
]);

export const VPC_COLLECTORS = COLLECTORS.filter((c) => SECTIONS.has(c.section));

export const DESCRIBE_SUBNETS = 'ec2:DescribeSubnets';

/**
 * The VPC of the subnets named.
 * @throws TargetError where a subnet does not exist, or they are in several VPCs
 * @throws CollectFailure where EC2 does not tell
 */
export async function vpcOf(aws: AwsAccess, { vpcId, subnetIds }: VpcScope): Promise<string> {
  if (vpcId !== undefined) return vpcId;
  const { client, DescribeSubnetsCommand } = await aws.clients.ec2();
  // a filter answers with what exists; naming an id that does not exist would fail the whole call
  const Filters = [{ Name: 'subnet-id', Values: [...subnetIds] }];
  const found = await aws.pages(
    DESCRIBE_SUBNETS,
    (NextToken) => client.send(new DescribeSubnetsCommand({ Filters, MaxResults: 1000, NextToken })),
    (out) => ({ items: out.Subnets ?? [], next: out.NextToken }),
  );
  const missing = subnetIds.filter((id) => !found.some((s) => s.SubnetId === id));
  if (missing.length > 0) throw new TargetError(`there is no subnet ${missing.join(', ')} in ${aws.region}`);
  const vpcs = [...new Set(found.flatMap((s) => s.VpcId ?? []))];
  if (vpcs.length === 1) return vpcs[0]!;
  if (vpcs.length === 0) throw new CollectFailure('other', `EC2 names no VPC of ${subnetIds.join(', ')}`);
  throw new TargetError(`the subnets are in several VPCs (${vpcs.join(', ')}); ask for one after the other`);
}

/** Sections of a VPC; those that need a cluster are skipped. */
export async function vpcSections(
  vpcId: string,
  aws: Sides['aws'],
  signal: AbortSignal,
  onSection: (section: SectionName) => void,
): Promise<Sections> {
  const why = 'no cluster was asked for, only a VPC';
  const sections = await runCollectors({
    collectors: VPC_COLLECTORS,
    sides: { aws, kubernetes: { off: why } },
    signal,
    vpcId,
    onSection,
  });
  const read = Object.fromEntries(VPC_COLLECTORS.map((c) => [c.section, sections[c.section]]));
  return { ...emptySections(why, 'switched-off'), ...(read as Partial<Sections>) };
}
