/** An IPv6 range for a subnet that has none: a /64 of the VPC's, or of the one Amazon gives the VPC first. */
import { freeSlash64 } from '../../../calc/ipv6.ts';
import type { Fix } from '../../contract/finding.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { fixContext } from '../../facts/fix-context.ts';
import { commandLine, named } from '../../shell.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws } from '../support/commands.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const ipv6RangeInputs = { fix: fixContext, vpc: section('vpc') };
type Ipv6RangeInputs = Helps<typeof ipv6RangeInputs>;

/** A range is in force some seconds after it was added, and the AWS CLI has nothing to wait for it with. */
const UNTIL_ADDED = 'sleep 15';

const AUTO_ASSIGN = ['ec2', 'modify-subnet-attribute', '--assign-ipv6-address-on-creation', '--subnet-id'];

/**
 * @param all subnets of the VPC, whose ranges are taken
 * @param without those that have no range, in the order they get theirs: each a /64 of its own
 * @param assigns instances launched there shall get addresses too
 */
export function giveIpv6Range(
  { fix, vpc }: Ipv6RangeInputs,
  {
    subnet,
    all,
    without,
    assigns,
  }: { subnet: Subnet; all: readonly Subnet[]; without: readonly Subnet[]; assigns: boolean },
): Fix {
  const title = `Give ${subnet.subnetId} an IPv6 range`;
  const owner = subnet.ownerId ?? vpc?.ownerId;
  if (owner !== undefined && fix.cluster?.account !== undefined && owner !== fix.cluster.account)
    return {
      title: `${title}: only account ${owner}, which owns it, can`,
      commands: [],
      changes: `The owner gives the subnet a /64 of its VPC${assigns ? ' and lets it assign IPv6 addresses on creation' : ''}.`,
      effect: 'minutes',
    };
  const id = named('subnet', subnet.subnetId);
  const at = without.findIndex((s) => s.subnetId === subnet.subnetId);
  const ranges = vpc?.vpcId === subnet.vpcId ? vpc.ipv6Cidrs : undefined;
  const after = [UNTIL_ADDED, aws(fix, ...AUTO_ASSIGN, id)];
  const assign = assigns ? after : [];
  const then = assigns ? ' Instances launched there from then on get an address of it; those of today have none.' : '';
  const routes = ' Routes for ::/0 are told by IP6003 once it is there.';
  if (ranges === undefined)
    return {
      title,
      commands: [listRanges(fix, subnet)],
      changes: 'Nothing: it lists the IPv6 ranges of the VPC, which were not read; the subnet needs a /64 of one.',
      effect: 'immediate',
    };
  if (ranges.length === 0)
    return {
      ...ofNewRange(fix, subnet, at, assign),
      title,
      changes: `Has Amazon give ${subnet.vpcId} an IPv6 range where it still has none, and the subnet a /64 of it.${then}${routes}`,
      effect: 'minutes',
    };
  const taken = all.filter((s) => s.vpcId === subnet.vpcId).flatMap((s) => s.ipv6Cidrs);
  const range = freeSlash64(ranges, taken, at);
  if (range === undefined)
    return {
      title: `${title}: those of ${subnet.vpcId} have no /64 left`,
      commands: [
        aws(
          fix,
          'ec2',
          'associate-vpc-cidr-block',
          '--vpc-id',
          named('vpc', subnet.vpcId),
          '--amazon-provided-ipv6-cidr-block',
        ),
      ],
      changes: 'Has Amazon give the VPC a further IPv6 range; look again, and a /64 of it is named here.',
      effect: 'minutes',
    };
  const give = aws(fix, 'ec2', 'associate-subnet-cidr-block', '--subnet-id', id, '--ipv6-cidr-block', range);
  return {
    title: `${title}: ${range}`,
    commands: [[give, ...assign].join(' && ')],
    changes: `Takes ${range} of the VPC, which no subnet has, for ${subnet.subnetId}.${then}${routes}`,
    effect: 'minutes',
  };
}

function listRanges(fix: Ipv6RangeInputs['fix'], { vpcId }: Subnet): string {
  const query = ['--query', 'Vpcs[0].Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock', '--output', 'text'];
  return aws(fix, 'ec2', 'describe-vpcs', '--vpc-ids', named('vpc', vpcId), ...query);
}

/** Amazon's ranges are /56: the last two digits of the fourth group count their 256 subnets, and are left out where that group is 0. */
function ofNewRange(
  fix: Ipv6RangeInputs['fix'],
  subnet: Subnet,
  at: number,
  assign: readonly string[],
): Pick<Fix, 'commands' | 'steps'> {
  const hex = at.toString(16);
  const counted = commandLine(
    ...['sed', '-E', '-e', `s|^(([0-9a-f]+:){3}[0-9a-f]+)00::/56$|\\1${hex.padStart(2, '0')}::/64|`],
    ...['-e', `s|^(([0-9a-f]+:){2}[0-9a-f]+)::/56$|\\1:${hex}::/64|`],
  );
  const region = fix.region ? ['--region', fix.region] : [];
  const vpcId = named('vpc', subnet.vpcId);
  const none = aws(
    fix,
    ...['ec2', 'describe-vpcs', '--vpc-ids', vpcId],
    ...['--query', 'length(Vpcs[].Ipv6CidrBlockAssociationSet[])', '--output', 'text'],
  );
  const extend = aws(fix, 'ec2', 'associate-vpc-cidr-block', '--vpc-id', vpcId, '--amazon-provided-ipv6-cidr-block');
  const give = commandLine(
    ...['xargs', '-I{}', 'aws', 'ec2', 'associate-subnet-cidr-block', '--subnet-id', subnet.subnetId],
    ...['--ipv6-cidr-block', '{}', ...region],
  );
  return {
    commands: [
      `${none} | grep -qx 0 && ${extend} && ${UNTIL_ADDED}`,
      [`${listRanges(fix, subnet)} | ${counted} | grep '/64$' | ${give}`, ...assign].join(' && '),
    ],
    steps: [
      { title: `Have Amazon give ${subnet.vpcId} an IPv6 range, where it has none`, commands: 1 },
      { title: `Give ${subnet.subnetId} a /64 of it`, commands: 1 },
    ],
  };
}
