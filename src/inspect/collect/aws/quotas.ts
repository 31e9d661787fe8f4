import type { Quotas } from '../../snapshot/account.ts';
import { type Collecting, defineAwsCollector } from '../define-collector.ts';
import { CollectFailure } from '../failure.ts';
import type { AwsAccess } from './access.ts';
import { chunks } from './defined.ts';
import { describeEach } from './named.ts';

const APPLIED = 'servicequotas:GetServiceQuota';
const DEFAULT = 'servicequotas:GetAWSDefaultServiceQuota';
const INTERFACES = 'ec2:DescribeNetworkInterfaces';
const VPCS = 'ec2:DescribeVpcs';
/** Values one filter takes (EC2 API reference: filters). */
const VPCS_PER_CALL = 200;

/** Quotas of the VPC that a growing cluster meets: interfaces of the Region, ranges of a VPC, groups of an interface. */
const CODES = {
  interfaces: 'L-DF5E4CA3',
  cidrsPerVpc: 'L-83CA0A9D',
  groupsPerInterface: 'L-2AFB9258',
  rulesPerGroup: 'L-0EA8095F',
  subnetsPerVpc: 'L-407747CB',
} as const;

const SERVICE = 'vpc';

export const quotas = defineAwsCollector<'quotas'>({
  section: 'quotas',
  purpose: 'how near the account is to its network quotas is unknown',
  calls: [
    { iam: APPLIED, tier: 'optional' },
    { iam: DEFAULT, tier: 'optional' },
    { iam: INTERFACES, tier: 'core' },
    { iam: VPCS, tier: 'core' },
  ],
  async collect(aws, ctx) {
    const { client, GetServiceQuotaCommand, GetAWSDefaultServiceQuotaCommand } = await aws.clients.serviceQuotas();
    const read = describeEach(Object.values(CODES), async (QuotaCode) => {
      const question = { ServiceCode: SERVICE, QuotaCode };
      const applied = await aws
        .call(APPLIED, () => client.send(new GetServiceQuotaCommand(question)))
        // a quota that was never raised has no value of its own in some Regions
        .catch(async (error) => {
          if (!(error instanceof CollectFailure && error.kind === 'not-found')) throw error;
          return aws.call(DEFAULT, () => client.send(new GetAWSDefaultServiceQuotaCommand(question)));
        });
      return applied.Quota;
    });
    const [{ data, missing }, used] = await Promise.all([read, usage(aws, ctx)]);
    const quotas = data.flatMap(
      (q): Quotas =>
        q.QuotaCode && q.Value !== undefined
          ? [
              {
                service: SERVICE,
                code: q.QuotaCode,
                name: q.QuotaName ?? '',
                value: q.Value,
                ...(used.get(q.QuotaCode) === undefined ? {} : { used: used.get(q.QuotaCode)! }),
              },
            ]
          : [],
    );
    return { data: quotas, missing };
  },
});

/** Interfaces are counted over the whole Region, where the quota is; ranges and subnets are those of the cluster's VPC. */
async function usage(aws: AwsAccess, ctx: Collecting): Promise<ReadonlyMap<string, number>> {
  const [caller, vpc, subnets, interfaces] = await Promise.all([
    ctx.section('caller'),
    ctx.section('vpc'),
    ctx.section('subnets'),
    ctx.section('networkInterfaces'),
  ]);
  const used = new Map<string, number>();
  if (vpc) used.set(CODES.cidrsPerVpc, vpc.cidrs.filter((c) => c.state === 'associated').length);
  if (vpc && subnets) used.set(CODES.subnetsPerVpc, subnets.filter((s) => s.vpcId === vpc.vpcId).length);
  if (!caller || !vpc || !interfaces) return used;
  try {
    const elsewhere = await interfacesElsewhere(aws, caller.account, vpc.vpcId);
    used.set(CODES.interfaces, interfaces.filter((e) => e.ownerId === caller.account).length + elsewhere);
  } catch {
    // the use stays unknown; that interfaces were not read is told by their own section
  }
  return used;
}

/** Those of the cluster's VPC are read already, page after page; nobody should pay for them twice. */
async function interfacesElsewhere(aws: AwsAccess, account: string, vpcId: string): Promise<number> {
  const { client, DescribeNetworkInterfacesCommand, DescribeVpcsCommand } = await aws.clients.ec2();
  const vpcs = await aws.pages(
    VPCS,
    (NextToken) => client.send(new DescribeVpcsCommand({ MaxResults: 1000, NextToken })),
    (out) => ({ items: (out.Vpcs ?? []).flatMap((v) => v.VpcId ?? []), next: out.NextToken }),
  );
  const others = vpcs.filter((id) => id !== vpcId);
  const counted = await Promise.all(
    chunks(others, VPCS_PER_CALL).map((Values) => {
      const Filters = [
        { Name: 'owner-id', Values: [account] },
        { Name: 'vpc-id', Values },
      ];
      return aws.pages(
        INTERFACES,
        (NextToken) => client.send(new DescribeNetworkInterfacesCommand({ Filters, MaxResults: 1000, NextToken })),
        (out) => ({ items: (out.NetworkInterfaces ?? []).map(() => 1), next: out.NextToken }),
      );
    }),
  );
  return counted.flat().length;
}
