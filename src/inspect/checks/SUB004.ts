import * as v from 'valibot';
import { count, some } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { type HealthSubject, healthSubject } from '../facts/support/health-codes.ts';
import type { Cluster } from '../snapshot/aws.ts';
import type { NetworkInterface, Subnet } from '../snapshot/ec2.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { controlPlaneFixInputs, moveControlPlane } from './fixes/control-plane.ts';
import { aws } from './support/commands.ts';
import { subnetResource } from './support/resources.ts';

const evidence = v.object({
  cluster: v.string(),
  subnets: v.array(
    v.object({
      subnetId: v.string(),
      zone: v.string(),
      free: v.number(),
      /** Interfaces EKS keeps there; null where ENIs were not read. */
      eksInterfaces: v.nullable(v.number()),
    }),
  ),
  /** Zones with a subnet that has the addresses an upgrade needs. */
  zonesWithRoom: v.number(),
  needed: v.number(),
  healthCodes: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What other subnets of the control plane can mend. */
const OF_SUBNETS: ReadonlySet<HealthSubject> = new Set(['addresses', 'subnet']);
/** Failures of EKS itself, and what becomes one only later. */
const NOT_BROKEN: ReadonlySet<HealthSubject> = new Set(['other', 'unsupported']);

export const SUB004 = defineCheck({
  code: 'SUB004',
  title: 'Control-plane subnets cannot take an upgrade',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { cluster: section('cluster'), subnets: section('subnets') },
  helps: controlPlaneFixInputs,
  evidence,
  notApplicable: ({ cluster }) =>
    cluster.outpost ? 'a local cluster on Outposts keeps no interfaces in these subnets' : undefined,
  evaluate: (from, { policy }) => {
    const { cluster, subnets, networkInterfaces: enis } = from;
    const { controlPlaneErrorIps, controlPlaneWarnIps } = policy.thresholds;
    const mine = subnets.filter((s) => cluster.subnetIds.includes(s.subnetId));
    const zonesWithRoom = zonesOf(mine.filter((s) => s.availableIps >= controlPlaneErrorIps)).size;
    const healthCodes = [...new Set(cluster.health.map((h) => h.code))];
    const subjects = healthCodes.map(healthSubject);
    const facts: Evidence = {
      cluster: cluster.name,
      subnets: mine.map((s) => ({
        subnetId: s.subnetId,
        zone: s.availabilityZone,
        free: s.availableIps,
        eksInterfaces: enis ? countEks(enis, s, cluster) : null,
      })),
      zonesWithRoom,
      needed: controlPlaneErrorIps,
      healthCodes,
    };
    const tight = mine.filter((s) => s.availableIps < controlPlaneWarnIps);
    const without = mine.filter((s) => s.availableIps < controlPlaneErrorIps);
    const broken = mine.length > 0 && zonesWithRoom < 2;
    const drafts: Draft<Evidence>[] = [];
    const short = broken || tight.length > 0;
    const told = subjects.includes('addresses');
    if (healthCodes.length > 0)
      drafts.push({
        key: cluster.name,
        subReason: 'health',
        severity: subjects.every((s) => NOT_BROKEN.has(s)) ? 'warning' : 'error',
        confidence: 'observed',
        resources: [{ kind: 'cluster', id: cluster.name }, ...(told ? tight.map(subnetResource) : [])],
        scope: told ? { subnets: tight.map((s) => s.subnetId) } : {},
        evidence: facts,
        fixes: [
          ...(subjects.some((s) => OF_SUBNETS.has(s))
            ? moveControlPlane(from, cluster, mine, controlPlaneWarnIps)
            : []),
          showHealth(from.fix, cluster),
        ],
      });
    // what EKS says of the addresses and what the subnets show is one thing
    if (short && !told)
      drafts.push({
        key: cluster.name,
        severity: broken ? 'error' : 'warning',
        confidence: 'derived',
        resources: (tight.length > 0 ? tight : mine).map(subnetResource),
        // those that lack room, not the one that has it
        scope: { subnets: (broken ? without : tight).map((s) => s.subnetId) },
        evidence: { ...facts, healthCodes: [] },
        fixes: moveControlPlane(from, cluster, mine, controlPlaneWarnIps),
      });
    return drafts;
  },
  summary: (e) => {
    const free = some(
      e.subnets.map((s) => `${s.subnetId} (${s.zone}) ${count(s.free)} free`),
      6,
    );
    if (e.healthCodes.length > 0) {
      const where = e.healthCodes.some((c) => OF_SUBNETS.has(healthSubject(c))) && free !== '' ? `: ${free}` : '';
      return `EKS reports ${some(e.healthCodes)} for the control plane of ${e.cluster}${where}`;
    }
    return e.zonesWithRoom < 2
      ? `an upgrade of the control plane needs ${e.needed} free addresses in two zones, and ${e.zonesWithRoom === 0 ? 'no zone has' : 'one zone has'} them: ${free}`
      : `control-plane subnets are tight for an upgrade: ${free}`;
  },
  explanation: {
    why: 'EKS keeps two to four interfaces of its own in these subnets and makes new ones before it removes the old ones, at every version or platform update. Without addresses the update fails, and a control plane that must be replaced cannot be.',
    how: "Free addresses of the subnets in the cluster's VPC configuration. Fewer than two zones with a subnet of at least 6 free is an error, as is a health issue EKS reports for the cluster, whatever it is about; any of them under 16 free is a warning, since EKS may pick any two.",
    fix: 'Give the cluster subnets with room in the same zones; small ones of its own are enough.',
    verify: 'aws eks describe-cluster shows the new subnets, and its health lists no issue.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/subnets.html',
      'https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html',
    ],
  },
});

function zonesOf(subnets: readonly Subnet[]): ReadonlySet<string> {
  return new Set(subnets.map((s) => s.availabilityZone));
}

function countEks(enis: readonly NetworkInterface[], subnet: Subnet, cluster: Cluster): number {
  return enis.filter(
    (e) =>
      e.subnetId === subnet.subnetId &&
      e.origin.kind === 'eks-control-plane' &&
      (e.origin.id ?? cluster.name) === cluster.name,
  ).length;
}

function showHealth(ctx: FixContext, cluster: Cluster): Draft<Evidence>['fixes'][number] {
  return {
    title: 'Read what EKS says of it',
    commands: [aws(ctx, 'eks', 'describe-cluster', '--name', cluster.name, '--query', 'cluster.health')],
    changes:
      'Nothing: it shows the message and the resources concerned. A deleted VPC or security group has to be made anew with AWS Support.',
    effect: 'minutes',
  };
}
