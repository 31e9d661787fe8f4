import * as v from 'valibot';
import { count, share, some, subnetText } from '../contract/words.ts';
import { clusterName } from '../facts/cluster-name.ts';
import { section } from '../facts/define-fact.ts';
import { type EniOwner, eniOwners, type OwnerClass } from '../facts/eni-owners.ts';
import { addressesOn } from '../facts/leaked-enis.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isShort } from '../facts/support/shortage.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { subnetRoomFixes, subnetRoomInputs } from './fixes/subnet-room.ts';
import { subnetResource } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  total: v.number(),
  /** At least, where some interfaces of the subnet cannot be seen. */
  foreign: v.number(),
  /** Null where interfaces or reservations were read in part. */
  invisible: v.nullable(v.number()),
  /** Null where it is not known which instances are the cluster's. */
  ours: v.nullable(v.number()),
  /** The largest others, by kind; named where the kind has one member only. */
  owners: v.array(v.object({ class: v.string(), name: v.string(), addresses: v.number(), enis: v.number() })),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Share of a subnet from which its other tenants are worth naming. */
const FOREIGN_SHARE = 0.5;
const TENANTS_NAMED = 5;

/** Owners that belong to a cluster's own network when their cluster is this one. */
const CLUSTER_CLASSES: ReadonlySet<OwnerClass> = new Set([
  'sgp-branch',
  'sgp-trunk',
  'resource-controller',
  'cni-secondary',
  'control-plane',
  'node-primary',
  'auto-mode',
  'fargate',
  'user-managed',
  'efa',
]);

export const SUB005 = defineCheck({
  code: 'SUB005',
  title: 'Who ate the subnet: most addresses belong to something else',
  severity: 'info',
  worst: 'warning',
  grain: 'subnet',
  platform: 'any',
  needs: { accounts: subnetAccounting, owners: eniOwners },
  helps: { cluster: clusterName, need: subnetNeed, nodes: section('nodes'), draws: podSubnets, ...subnetRoomInputs },
  partialOk: true,
  evidence,
  // without the cluster its subnets are not all known, nor which of the owners are its own
  unjudged: ({ accounts, cluster }, { gapsOf }) =>
    cluster ? undefined : unjudged('subnet', accounts.length, gapsOf('cluster')),
  evaluate: (from, { gapsOf }) => {
    const { accounts, owners, cluster, need } = from;
    // an instance of a node that was not read looks like any other
    const nodesUnread = gapsOf('nodes').length > 0;
    const partly = nodesUnread || gapsOf('owners').length > 0;
    const foreign = groupBy(
      [...owners.values()].filter((o) => !isOurs(o, cluster) && !(nodesUnread && o.class === 'ec2')),
      (o) => o.eni.subnetId,
    );
    return accounts.flatMap((account): Draft<Evidence>[] => {
      const total = account.addresses.total - account.addresses.reserved;
      const tenants = tenantsOf(foreign.get(account.subnetId) ?? []);
      const theirs = tenants.reduce((n, t) => n + t.addresses, 0);
      if (total <= 0 || theirs <= FOREIGN_SHARE * total) return [];
      const { invisible } = account.addresses;
      const wants = need?.get(account.subnetId);
      const short = wants !== undefined && isShort(account.addresses.free, wants);
      return [
        {
          key: account.subnetId,
          severity: short ? 'warning' : 'info',
          confidence: partly || invisible !== 0 ? 'derived' : 'observed',
          resources: [subnetResource(account.subnet)],
          scope: { subnets: [account.subnetId] },
          evidence: {
            subnetId: account.subnetId,
            zone: account.availabilityZone,
            cidr: account.cidr,
            total,
            foreign: theirs,
            invisible,
            ours: nodesUnread ? null : Math.max((account.addresses.seen ?? theirs) - theirs, 0),
            owners: tenants.slice(0, TENANTS_NAMED),
          },
          fixes: short
            ? subnetRoomFixes(from, {
                subnet: account.subnet,
                addresses: wants.addresses,
                blocks: wants.blocks,
                free: account.addresses.free,
                draws: from.draws && wants.draws.length > 0,
              })
            : [],
        },
      ];
    });
  },
  summary: (e) =>
    `${e.invisible !== 0 || e.ours === null ? 'at least ' : ''}${share(e.foreign, e.total)} of ${subnetText(e)} is held by others than this cluster: ${count(e.foreign)} of ${count(e.total)} addresses${e.ours === null ? '' : `, ${count(e.ours)} by the cluster`}${(e.invisible ?? 0) > 0 ? `, ${count(e.invisible ?? 0)} on interfaces that cannot be seen` : ''}${
      e.owners.length > 0 ? `; largest: ${some(e.owners.map(tenantText))}` : ''
    }`,
  explanation: {
    why: 'No CNI setting helps when load balancers, Lambda, another cluster or a database own the space.',
    how: 'Every interface in the subnet is given an owner by its type, tags and description. It is reported when others than this cluster hold more than half of the usable addresses, and a warning when the subnet also lacks room for one more node (SUB001).',
    fix: 'Move the largest other tenant, give pods subnets of their own, or launch nodes in another subnet.',
    verify: 'vpccni inspect lists owners with their addresses.',
    references: [
      'awslabs/aws-support-tools EKS/subnet-fragmentation',
      'https://docs.aws.amazon.com/eks/latest/best-practices/ip-opt.html',
    ],
  },
});

function isOurs(owner: EniOwner, clusterName: string | undefined): boolean {
  if (!CLUSTER_CLASSES.has(owner.class)) return false;
  return owner.cluster === undefined || clusterName === undefined || owner.cluster === clusterName;
}

type Tenant = Evidence['owners'][number];

/** Classes that hold many services: there the service is the kind. */
const SERVICES: ReadonlySet<string> = new Set<OwnerClass>(['aws-managed', 'other-service', 'aws-service']);

/** By kind of owner, the largest first. */
function tenantsOf(owners: readonly EniOwner[]): Tenant[] {
  return [...groupBy(owners, (o) => (SERVICES.has(o.class) ? `${o.class} ${o.name}` : o.class)).values()]
    .map((members): Tenant => {
      const kind = members[0]!.class;
      const names = new Set(members.map((o) => o.name));
      return {
        class: kind,
        name: names.size === 1 ? members[0]!.name : '',
        addresses: members.reduce((n, o) => n + addressesOn(o.eni), 0),
        enis: members.length,
      };
    })
    .sort((a, b) => b.addresses - a.addresses || (a.class < b.class ? -1 : 1));
}

/** `vpc endpoint 7`, `lambda checkout-hooks 12`. */
function tenantText({ class: kind, name, addresses }: Tenant): string {
  if (kind !== 'aws-service' && SERVICES.has(kind)) return `${name} ${count(addresses)}`;
  const words = kind.replaceAll('-', ' ');
  return `${name === '' || name === kind ? words : `${words} ${name}`} ${count(addresses)}`;
}
