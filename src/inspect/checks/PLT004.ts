import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, some, subnetText, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { subnetRoles } from '../facts/subnet-roles.ts';
import { matches } from '../facts/support/label-selector.ts';
import { wayOutOf } from '../facts/support/ways-out.ts';
import { named } from '../shell.ts';
import type { FargateProfile } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { fargateFixInputs, otherProfile } from './fixes/fargate-profile.ts';
import { secondsSince } from './support/ages.ts';
import { aws } from './support/commands.ts';
import { subnetResource } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  profile: v.string(),
  reason: v.picklist(['exhausted', 'public', 'low', 'single-zone', 'gone']),
  /** Those the finding is about. */
  subnets: v.array(v.object({ subnetId: v.string(), zone: v.string(), cidr: v.string(), free: v.number() })),
  missing: v.array(v.string()),
  /** Of all subnets of the profile that were read. */
  free: v.number(),
  total: v.number(),
  zones: v.array(v.string()),
  /** Pods of the profile that wait for their Fargate node; null where pods were not read. */
  pending: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

const AWS_KEEPS = 5;
/** Fargate takes a minute or two to bring a pod's node. */
const PATIENCE_SECONDS = 300;

export const PLT004 = defineCheck({
  code: 'PLT004',
  title: 'Fargate profile subnets are exhausted or unsuitable',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  platform: 'any',
  needs: { profiles: section('fargateProfiles'), all: section('subnets') },
  helps: { pods: section('pods'), roles: subnetRoles, ...fargateFixInputs },
  partialOk: true,
  explains: ['SUB001'],
  evidence,
  notApplicable: ({ profiles }) => (profiles.length === 0 ? 'there is no Fargate profile' : undefined),
  evaluate: (from, { now, policy, gapsOf }) => {
    const { profiles, all, pods, roles, routeTables: tables } = from;
    const complete = gapsOf('all').length === 0;
    const waiting = pods && podsOf(pods).filter((p) => isWaiting(p, now));
    return profiles
      .filter((p) => p.status !== 'DELETING')
      .flatMap((profile): Draft<Evidence>[] => {
        const subnets = all.filter((s) => profile.subnetIds.includes(s.subnetId));
        const missing = profile.subnetIds.filter((id) => !subnets.some((s) => s.subnetId === id));
        const free = subnets.reduce((n, s) => n + s.availableIps, 0);
        const total = subnets.reduce((n, s) => n + sizeOf(s), 0);
        const zones = [...new Set(subnets.map((s) => s.availabilityZone))].sort();
        const mine = waiting?.filter((p) => takes(profile, p)) ?? [];
        const draft = (reason: Evidence['reason'], members: readonly Subnet[]): Draft<Evidence> => {
          // where nodes live too, their own finding tells what helps them
          const own = members.filter((s) => (roles?.get(s.subnetId) ?? []).every((r) => r === 'fargate'));
          const takesOver = reason === 'exhausted' || reason === 'low';
          return {
            key: profile.name,
            subReason: reason,
            severity: reason === 'low' || reason === 'single-zone' ? 'warning' : 'error',
            confidence: reason === 'exhausted' && mine.length > 0 ? 'observed' : 'derived',
            resources: members.map(subnetResource),
            scope: {
              subnets: (takesOver ? own : members).map((s) => s.subnetId),
              pods: takesOver || reason === 'public' ? mine.map((p) => `${p.namespace}/${p.name}`) : [],
            },
            evidence: {
              profile: profile.name,
              reason,
              subnets: members.map((s) => ({
                subnetId: s.subnetId,
                zone: s.availabilityZone,
                cidr: s.cidr,
                free: s.availableIps,
              })),
              missing: reason === 'gone' ? missing : [],
              free,
              total,
              zones,
              pending: waiting ? mine.length : null,
            },
            fixes: [...otherProfile(from, profile), ...(reason === 'public' ? [lookAtRoutes(from.fix, members)] : [])],
            explains: takesOver ? ['SUB001'] : [],
          };
        };
        const empty = subnets.filter((s) => s.availableIps === 0);
        const open = tables ? subnets.filter((s) => wayOutOf(tables, s.subnetId) === 'internet-gateway') : [];
        const low = empty.length === 0 && total > 0 && free < policy.thresholds.subnetWarnRatio * total;
        return [
          ...(complete && missing.length > 0 ? [draft('gone', [])] : []),
          ...(empty.length > 0 ? [draft('exhausted', empty)] : []),
          ...(open.length > 0 ? [draft('public', open)] : []),
          ...(low ? [draft('low', subnets)] : []),
          ...(missing.length === 0 && zones.length === 1 ? [draft('single-zone', subnets)] : []),
        ];
      });
  },
  unjudged: ({ profiles, routeTables: tables }, { gapsOf }) =>
    tables
      ? undefined
      : unjudged(
          'Fargate profile',
          profiles.length,
          profiles.flatMap(() => gapsOf('routeTables')),
        ),
  summary: (e) => {
    const those = some(e.subnets.map(subnetText));
    const pending =
      e.pending === null || e.pending === 0
        ? ''
        : `; ${things(e.pending, 'pod')} of it ${verb(e.pending, 'waits', 'wait')} for a node`;
    switch (e.reason) {
      case 'exhausted':
        return `Fargate profile ${e.profile}: ${those} ${verb(e.subnets.length, 'has', 'have')} no address free, and each Fargate pod takes one${pending}`;
      case 'low':
        return `Fargate profile ${e.profile}: ${count(e.free)} of ${things(e.total, 'address', 'addresses')} are free in its subnets, and each Fargate pod takes one${pending}`;
      case 'public':
        return `Fargate profile ${e.profile}: ${those} ${verb(e.subnets.length, 'sends', 'send')} straight to an internet gateway, and Fargate pods have no public address${pending}`;
      case 'gone':
        return `Fargate profile ${e.profile} names ${some(e.missing)}, which ${verb(e.missing.length, 'does', 'do')} not exist${pending}`;
      case 'single-zone':
        return `Fargate profile ${e.profile} has subnets in ${some(e.zones)} alone: its pods stand and fall with one zone`;
    }
  },
  explanation: {
    why: 'A Fargate pod takes one address of its subnet and has no warm pool: no address, no pod. It has no public address either, so in a public subnet it reaches neither images nor AWS. No setting of aws-node changes any of this.',
    how: 'The subnets of every Fargate profile that is not being deleted. exhausted, an error: one of them has no free address. public, an error: its default route, of its own table or the main one, goes to an internet gateway. gone, an error: a subnet does not exist. low, a warning: less than a fifth of all their addresses is free. single-zone, a warning: all are in one zone. Each Fargate pod takes one IPv4 address in IPv6 clusters too.',
    fix: 'Make another profile with private subnets that have room, and delete this one: a profile cannot be changed.',
    verify:
      'kubectl get pods -A --field-selector status.phase=Pending shows none of the profile; new pods start within two minutes.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/fargate.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html',
    ],
  },
});

function lookAtRoutes(fix: FixContext, members: readonly Subnet[]): Fix {
  return {
    title: 'See which subnets of the VPC lead to a NAT gateway',
    commands: [
      aws(
        fix,
        ...['ec2', 'describe-route-tables', '--filters', `Name=vpc-id,Values=${named('vpc', members[0]?.vpcId ?? '')}`],
        '--query',
        'RouteTables[].[RouteTableId,Associations[].SubnetId,Routes[].[DestinationCidrBlock,NatGatewayId,GatewayId]]',
      ),
    ],
    changes:
      'Nothing: it shows routes. Make the profile anew with subnets whose default route goes to a NAT gateway or an appliance.',
    effect: 'immediate',
  };
}

function sizeOf(subnet: Subnet): number {
  return 2 ** (32 - Number(subnet.cidr.split('/')[1])) - AWS_KEEPS;
}

/** Fargate makes the node when the pod is scheduled: until then the pod is Pending without one. */
function isWaiting(pod: Pod, now: number): boolean {
  return (
    pod.class === 'fargate' &&
    pod.phase === 'Pending' &&
    pod.ip === undefined &&
    (secondsSince(pod.createdAt, now) ?? 0) > PATIENCE_SECONDS
  );
}

/** A pod's own label says its profile; without it the selectors do, any of them. */
function takes(profile: FargateProfile, pod: Pod): boolean {
  const named = pod.labels['eks.amazonaws.com/fargate-profile'];
  if (named !== undefined) return named === profile.name;
  return profile.selectors.some(
    (s) => s.namespace === pod.namespace && matches({ matchLabels: s.labels, matchExpressions: [] }, pod.labels),
  );
}
