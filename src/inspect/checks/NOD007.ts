import * as v from 'valibot';
import type { Severity } from '../contract/finding.ts';
import { count, some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type HealthSubject, healthSubject } from '../facts/support/health-codes.ts';
import type { Nodegroup } from '../snapshot/aws.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { groupElsewhere } from './fixes/new-group.ts';
import { nodeRoomFixes, nodeRoomInputs } from './fixes/node-room.ts';
import { aws } from './support/commands.ts';

const evidence = v.object({
  group: v.string(),
  status: v.string(),
  codes: v.array(v.string()),
  /** What EKS names: subnets, Auto Scaling groups, instances. */
  resourceIds: v.array(v.string()),
  desired: v.number(),
  /** Those that were read; null where none was. */
  subnets: v.nullable(v.array(v.object({ subnetId: v.string(), zone: v.string(), free: v.number() }))),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What keeps nodes from coming, or from being nodes. */
const GRAVE: ReadonlySet<HealthSubject> = new Set([
  'addresses',
  'subnet',
  'security-group',
  'vpc',
  'role',
  'launch',
  'quota',
  'join',
  'account',
]);

/** Issues that may come of a full subnet: EKS tells a refused launch without the reason in its code. */
const OF_SUBNETS: ReadonlySet<HealthSubject> = new Set(['addresses', 'subnet', 'launch']);

export const NOD007 = defineCheck({
  code: 'NOD007',
  title: 'Node group health names an address, subnet or join problem',
  severity: 'error',
  grain: 'group',
  platform: 'any',
  needs: { nodegroups: section('nodegroups') },
  helps: { ...nodeRoomInputs, nodes: section('nodes') },
  partialOk: true,
  evidence,
  notApplicable: ({ nodegroups }) => (nodegroups.length === 0 ? 'there is no managed node group' : undefined),
  evaluate: (from) =>
    from.nodegroups
      .filter((g) => g.status !== 'DELETING' && g.health.length > 0)
      .map((group): Draft<Evidence> => {
        const codes = [...new Set(group.health.map((h) => h.code))];
        const subjects = codes.map(healthSubject);
        const severity: Severity = subjects.some((s) => GRAVE.has(s)) ? 'error' : 'warning';
        const subnets = (from.subnets ?? []).filter((s) => group.subnetIds.includes(s.subnetId));
        const byRoom = [...subnets].sort((a, b) => a.availableIps - b.availableIps);
        // a launch that failed may have failed of a subnet without any address
        const full = subjects.some((s) => OF_SUBNETS.has(s)) ? byRoom.filter((s) => s.availableIps === 0) : [];
        const fullest = subjects.includes('addresses') ? byRoom[0] : full[0];
        const joining = subjects.includes('join') ? nodesOf(group, from.nodes ?? []) : [];
        return {
          key: group.name,
          subReason: subjects.find((s) => GRAVE.has(s)) ?? 'other',
          severity,
          confidence: 'observed',
          resources: [{ kind: 'nodegroup', id: group.name }],
          scope: {
            subnets: subjects.includes('addresses')
              ? group.subnetIds
              : [...full.map((s) => s.subnetId), ...withoutIpv6(group)],
            nodes: joining,
          },
          evidence: {
            group: group.name,
            status: group.status,
            codes,
            resourceIds: [...new Set(group.health.flatMap((h) => h.resourceIds))],
            desired: group.desiredSize,
            subnets:
              subnets.length === 0 && group.subnetIds.length > 0
                ? null
                : subnets.map((s) => ({ subnetId: s.subnetId, zone: s.availabilityZone, free: s.availableIps })),
          },
          fixes: [
            ...(fullest ? nodeRoomFixes(from, fullest) : []),
            ...groupElsewhere(from.fix, from.nodegroups, group, goneOf(group, from.subnets)),
            {
              title: 'Read what EKS says of it',
              commands: from.fix.cluster
                ? [
                    aws(
                      from.fix,
                      ...['eks', 'describe-nodegroup', '--cluster-name', from.fix.cluster.name],
                      ...['--nodegroup-name', group.name, '--query', 'nodegroup.health'],
                    ),
                  ]
                : [],
              changes: 'Nothing: it shows the message and the resources concerned.',
              effect: 'minutes',
            },
          ],
        };
      }),
  summary: (e) => {
    const full = e.codes.some((c) => OF_SUBNETS.has(healthSubject(c)));
    const free = some(
      (e.subnets ?? []).map((s) => `${s.subnetId} (${s.zone}) ${count(s.free)} free`),
      6,
    );
    return `EKS reports ${some(e.codes)} for node group ${e.group} (${e.status}, ${things(e.desired, 'node')} wanted)${
      full && free !== '' ? `: ${free}` : ''
    }`;
  },
  explanation: {
    why: 'EKS itself says why no node comes, or why one that came is none: full or missing subnets, a launch that fails, nodes that do not join. Pods wait for nodes meanwhile.',
    how: 'The health issues EKS reports for each managed node group that is not being deleted, in the spelling of the API and in capitals. Issues about addresses, subnets, security groups, roles, launches, quotas and joining are errors; failures of EKS itself and of nodes that leave are warnings.',
    fix: 'By code: a group in another subnet where nodes have no address left (no subnet for pods gives a node its own), the missing subnet or role, the launch template; for NodeCreationFailure look at why nodes are not ready (HLT003) and whether they reach the API server.',
    verify: 'aws eks describe-nodegroup shows ACTIVE and no health issue.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html',
    ],
  },
});

/** Subnets that EKS did not find: those it names, and that were not read either; of a group where it names none those that were not. */
function goneOf(group: Nodegroup, known: readonly Subnet[] | undefined): readonly string[] {
  const issues = group.health.filter((h) => /^ec2_?subnet_?not_?found$/i.test(h.code));
  if (issues.length === 0 || !known || known.length === 0) return [];
  const named = issues.flatMap((h) => h.resourceIds.filter((id) => id.startsWith('subnet-')));
  const ids = new Set(known.map((s) => s.subnetId));
  return (named.length > 0 ? named : group.subnetIds).filter((id) => !ids.has(id));
}

/** Subnets that give no IPv6 address, as EKS names them; all of the group where it names none. */
function withoutIpv6(group: Nodegroup): readonly string[] {
  const issues = group.health.filter((h) => /^ec2_?subnet_?missing_?ipv6_?assignment$/i.test(h.code));
  const named = issues.flatMap((h) => h.resourceIds.filter((id) => id.startsWith('subnet-')));
  return issues.length > 0 && named.length === 0 ? group.subnetIds : named;
}

/** Those that did join and are not ready, where EKS speaks of nodes that do not: it names the instances. */
function nodesOf(group: Nodegroup, nodes: readonly Node[]): string[] {
  const named = new Set(group.health.flatMap((h) => (healthSubject(h.code) === 'join' ? h.resourceIds : [])));
  const isOne = (n: Node) =>
    named.size > 0
      ? n.instanceId !== undefined && named.has(n.instanceId)
      : n.labels['eks.amazonaws.com/nodegroup'] === group.name;
  return nodes.filter((n) => n.ready !== 'True' && isOne(n)).map((n) => n.name);
}
