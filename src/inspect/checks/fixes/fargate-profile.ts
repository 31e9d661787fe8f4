/** Another Fargate profile with subnets that have room, since a profile cannot be changed. */
import type { Fix } from '../../contract/finding.ts';
import { count, listed, things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { wayOutOf } from '../../facts/support/ways-out.ts';
import { json, named } from '../../shell.ts';
import type { FargateProfile } from '../../snapshot/aws.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { aws } from '../support/commands.ts';
import { newSubnetInputs, planSubnet, withSubnetId } from './new-subnet.ts';

export const fargateFixInputs = { ...newSubnetInputs, subnets: section('subnets') };
type FargateFixInputs = Helps<typeof fargateFixInputs>;

/** Subnets EKS takes for a profile at most. */
const MOST = 5;
/** Fewer than this many free addresses are no room to move to. */
const ENOUGH = 32;
const SHORTEST = 20;
const LONGEST = 24;

/** Commands only where the role its pods run under is known. */
export function otherProfile(from: FargateFixInputs, profile: FargateProfile): Fix[] {
  const { fix, subnets, routeTables: tables } = from;
  const own = (subnets ?? []).filter((s) => profile.subnetIds.includes(s.subnetId));
  const [first] = own;
  if (!first || !fix.cluster) return [];
  const room = (subnets ?? [])
    .filter(
      (s) =>
        s.vpcId === first.vpcId &&
        s.availableIps >= ENOUGH &&
        !s.outpostArn &&
        tables !== undefined &&
        wayOutOf(tables, s.subnetId) === 'other',
    )
    .sort((a, b) => b.availableIps - a.availableIps);
  // the largest of each zone
  const chosen = room.filter((s, i) => room.findIndex((o) => o.availabilityZone === s.availabilityZone) === i);
  if (chosen.length > 0)
    return [
      replaced(
        from,
        profile,
        `${listed(chosen.slice(0, MOST).map((s) => s.subnetId))}, with ${count(chosen.slice(0, MOST).reduce((n, s) => n + s.availableIps, 0))} addresses free`,
        [],
        (words) => aws(fix, ...words(chosen.slice(0, MOST).map((s) => s.subnetId))),
      ),
    ];
  return inNewSubnet(from, profile, first);
}

function inNewSubnet(from: FargateFixInputs, profile: FargateProfile, first: Subnet): Fix[] {
  const { fix, routeTables: tables } = from;
  if (!tables || wayOutOf(tables, first.subnetId) === 'internet-gateway') return [];
  const plan = planSubnet(from, {
    vpcId: first.vpcId,
    zone: first.availabilityZone,
    shortest: SHORTEST,
    longest: LONGEST,
    like: first,
  });
  if (!plan) return [];
  const what = `a new subnet of ${count(plan.addresses)} addresses${plan.newVpcCidr ? ` in a new range ${plan.newVpcCidr} of the VPC` : ''}`;
  return [
    replaced(from, profile, what, plan.commands, (words) =>
      withSubnetId(fix, first.vpcId, plan, 'aws', ...words(['{}']), ...(fix.region ? ['--region', fix.region] : [])),
    ),
  ];
}

function replaced(
  { fix }: FargateFixInputs,
  profile: FargateProfile,
  where: string,
  before: readonly string[],
  command: (words: (subnets: readonly string[]) => string[]) => string,
): Fix {
  const role = profile.podExecutionRoleArn;
  const cluster = fix.cluster?.name ?? '';
  const create = (subnets: readonly string[]) => [
    ...['eks', 'create-fargate-profile', '--cluster-name', cluster],
    ...['--fargate-profile-name', `${profile.name}-2`, '--pod-execution-role-arn', role ?? ''],
    ...['--subnets', ...subnets.map((s) => (s === '{}' ? s : named('subnet', s)))],
    '--selectors',
    json(
      profile.selectors.map((s) =>
        Object.keys(s.labels).length > 0 ? { namespace: s.namespace, labels: s.labels } : { namespace: s.namespace },
      ),
    ),
  ];
  return {
    title: `Make a profile ${profile.name}-2 with ${where}`,
    commands:
      role === undefined
        ? []
        : [
            ...before,
            command(create),
            aws(
              fix,
              ...['eks', 'wait', 'fargate-profile-active', '--cluster-name', cluster],
              ...['--fargate-profile-name', `${profile.name}-2`],
            ),
            aws(
              fix,
              ...['eks', 'delete-fargate-profile', '--cluster-name', cluster],
              ...['--fargate-profile-name', profile.name],
            ),
          ],
    changes: `A profile cannot be changed: one with the same ${things(profile.selectors.length, 'selector')} takes its place, and the old one is deleted.`,
    effect: 'minutes',
    risk: 'Deleting a profile ends the pods that were started by it; their controllers start them anew by the other one.',
  };
}
