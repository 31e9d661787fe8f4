import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { count, percent, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { isShort } from '../facts/support/shortage.ts';
import type { Quotas } from '../snapshot/account.ts';
import type { Nodegroup } from '../snapshot/aws.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { NOBODY, unsettledOn, waitingText } from './support/waiting.ts';

const evidence = v.object({
  quota: v.string(),
  code: v.string(),
  value: v.number(),
  used: v.number(),
  /** With every managed group at its maximum; null where that is not told. */
  projected: v.nullable(v.number()),
  /** Subnets without room for one more node: what another range of the VPC would be for. */
  shortSubnets: v.array(v.string()),
  /** Pods whose node would need another ENI, with nothing else in their way; null where that is not known. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;
type Quota = Quotas[number];

/** Service Quotas' own name proves that a code is what it is taken for. */
const INTERFACES = { code: 'L-DF5E4CA3', name: /network interfaces per region/i } as const;
const RANGES = { code: 'L-83CA0A9D', name: /ipv4 cidr blocks per vpc/i } as const;

const WARN = 0.8;
const GRAVE = 0.95;
/** A maximum beyond this many times the present size is a placeholder, not a plan. */
const PLACEHOLDER = 5;

export const QTA001 = defineCheck({
  code: 'QTA001',
  title: 'Network quotas nearly used',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { quotas: section('quotas') },
  helps: {
    enis: nodeEnis,
    nodegroups: section('nodegroups'),
    accounts: subnetAccounting,
    need: subnetNeed,
    capacity: nodeCapacity,
    stuck: stuckPods,
    causes: stuckCauses,
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { quotas, enis, nodegroups, accounts, need, fix } = from;
    const drafts: Draft<Evidence>[] = [];
    const draft = (quota: Quota, used: number, part: Partial<Draft<Evidence>> & Partial<Evidence>) => {
      const projected = part.projected ?? null;
      drafts.push({
        key: quota.code,
        severity: used >= GRAVE * quota.value ? 'error' : 'warning',
        confidence: 'derived',
        resources: [{ kind: 'cluster', id: fix.cluster?.name ?? 'cluster' }],
        scope: {},
        evidence: {
          quota: quota.name,
          code: quota.code,
          value: quota.value,
          used,
          projected,
          shortSubnets: part.shortSubnets ? [...part.shortSubnets] : [],
          waitingPods: part.waitingPods === undefined ? 0 : part.waitingPods,
        },
        fixes: raise(fix, quota, Math.max(used, projected ?? 0)),
        ...(part.severity ? { severity: part.severity } : {}),
        ...(part.scope ? { scope: part.scope } : {}),
        explains: part.scope?.pods?.length ? ['HLT001'] : [],
      });
    };
    const interfaces = find(quotas, INTERFACES);
    if (interfaces?.used !== undefined) {
      const growth = growthOf(nodegroups, enis);
      const projected = growth === undefined ? undefined : interfaces.used + growth;
      const near = interfaces.used >= WARN * interfaces.value;
      if (near || (projected ?? 0) > interfaces.value) {
        const none = interfaces.used >= interfaces.value;
        const waiting = none ? unsettledOn(from, gapsOf, nodesThatWantEnis(enis, from.capacity)) : NOBODY;
        const seen = enis && from.capacity && gapsOf('enis').length + gapsOf('capacity').length === 0;
        draft(interfaces, interfaces.used, {
          projected,
          waitingPods: none && !seen ? null : waiting.count,
          ...(waiting.pods.length > 0 ? { scope: { pods: [...waiting.pods], nodes: [...waiting.nodes] } } : {}),
        });
      }
    }
    const ranges = find(quotas, RANGES);
    if (ranges?.used !== undefined && ranges.used >= ranges.value) {
      // a VPC that needs no further range is not short of any
      const short = (accounts ?? []).filter(
        (a) => need?.has(a.subnetId) && isShort(a.addresses.free, need.get(a.subnetId)),
      );
      if (short.length > 0)
        draft(ranges, ranges.used, {
          severity: 'warning',
          shortSubnets: short.map((a) => a.subnetId),
          scope: { subnets: short.map((a) => a.subnetId) },
        });
    }
    return drafts;
  },
  unjudged: ({ quotas, enis, nodegroups }, { gapsOf }) => {
    const [interfaces, ranges] = [find(quotas, INTERFACES), find(quotas, RANGES)];
    const gaps: Gap[] = [INTERFACES, RANGES].flatMap((wanted) => {
      const quota = find(quotas, wanted);
      if (!quota) return [{ kind: 'not-told', reason: `Service Quotas tells nothing of ${wanted.code}` }];
      if (quota.used !== undefined) return [];
      return [{ kind: 'not-told', reason: `how much of "${quota.name}" is used could not be counted` }];
    });
    // what is not known matters only where it may decide
    const growthGaps = [...gapsOf('nodegroups'), ...gapsOf('enis')];
    const growthSeen = growthOf(nodegroups, enis) !== undefined && growthGaps.length === 0;
    if (interfaces && !growthSeen && (interfaces.used ?? 0) >= interfaces.value / 2) gaps.push(...growthGaps);
    if (ranges && (ranges.used ?? 0) >= ranges.value) gaps.push(...gapsOf('accounts'), ...gapsOf('need'));
    return gaps.length === 0 ? undefined : { count: Math.min(gaps.length, 2), of: 2, what: 'quota', gaps };
  },
  summary: (e) =>
    e.shortSubnets.length > 0
      ? `the VPC has ${count(e.used)} of ${count(e.value)} ranges it may have (${e.code}), while ${e.shortSubnets.length} of its subnets ${verb(e.shortSubnets.length, 'has', 'have')} no room for one more node`
      : `${count(e.used)} of ${count(e.value)} (${percent(e.used / e.value)}) used: ${e.quota} (${e.code})${
          e.projected === null || e.projected <= e.used
            ? ''
            : `; ${count(e.projected)} with every node group at its maximum`
        }${waitingText(e.waitingPods)}`,
  verdict: () => 'the account may have no further network interface',
  explanation: {
    why: 'EC2 refuses interfaces beyond the quota to the whole account and Region: nodes do not start, pods get no address, load balancers and functions of others fail as well.',
    how: 'Interfaces of this account in the Region against the quota that Service Quotas tells: 80 % is a warning, 95 % an error, and so is, as a warning, more than the quota once every managed group is at its maximum with as many ENIs on a node as now (a maximum above five times the present size counts as a placeholder). Ranges of the VPC: at the quota, while a subnet has no room for one more node. Quotas and use are those of now, and Service Quotas names each of them. At the quota, pods that wait on a node whose ENIs are all full, with nothing else in their way, are laid to it.',
    fix: 'Ask for a higher quota; it takes minutes to days. Delete leaked ENIs meanwhile (LEK001).',
    verify: 'aws service-quotas get-service-quota --service-code vpc --quota-code L-DF5E4CA3',
    references: [
      'https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html',
      'amazon-vpc-resource-controller-k8s README.md',
    ],
  },
});

function find(quotas: Quotas, wanted: { readonly code: string; readonly name: RegExp }): Quota | undefined {
  return quotas.find((q) => q.code === wanted.code && wanted.name.test(q.name) && q.value > 0);
}

/** Nodes whose ENIs hold all the addresses they can, so that another pod needs another ENI. */
function nodesThatWantEnis(
  enis: ReadonlyMap<string, NodeEnis> | undefined,
  capacity: ReadonlyMap<string, NodeCapacity> | undefined,
): string[] {
  return [...(enis ?? [])].flatMap(([node, e]) => {
    const c = capacity?.get(node);
    if (!c || c.mode === 'ipv6') return [];
    const serving = e.data.length - e.excluded.length - c.custom;
    return e.held >= serving * (c.limits.ipv4PerEni - 1) * (c.mode === 'prefix' ? 16 : 1) ? [node] : [];
  });
}

/** ENIs that come with every managed group at its maximum; undefined where groups or ENIs were not read. */
function growthOf(
  groups: readonly Nodegroup[] | undefined,
  enis: ReadonlyMap<string, NodeEnis> | undefined,
): number | undefined {
  if (!groups || !enis || enis.size === 0) return undefined;
  let attached = 0;
  for (const e of enis.values())
    attached += e.data.length + e.unmanaged.length + e.branch.length + e.otherCards.length + (e.trunk ? 1 : 0);
  const nodes = groups
    .filter((g) => g.maxSize <= PLACEHOLDER * g.desiredSize)
    .reduce((n, g) => n + Math.max(0, g.maxSize - g.desiredSize), 0);
  return Math.ceil((nodes * attached) / enis.size);
}

/** Room for the use to grow to two thirds of it; ranges of a VPC come one by one. */
function raise(fix: { readonly region?: string }, quota: Quota, use: number): Fix[] {
  const wanted = quota.value < 50 ? quota.value + 5 : Math.ceil((use * 1.5) / 500) * 500;
  const value = Math.max(wanted, quota.value + 1);
  return [
    {
      title: `Ask for ${count(value)} in place of ${count(quota.value)}`,
      commands: [
        aws(
          fix,
          ...['service-quotas', 'request-service-quota-increase', '--service-code', 'vpc'],
          ...['--quota-code', quota.code, '--desired-value', String(value)],
        ),
      ],
      changes: 'Opens a request with AWS, for this account and Region; some are granted at once, others by support.',
      effect: 'minutes',
    },
  ];
}
