import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type EniOwner, eniOwners } from '../facts/eni-owners.ts';
import { fixContext } from '../facts/fix-context.ts';
import { addressesOn } from '../facts/leaked-enis.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isShort } from '../facts/support/shortage.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { freesIn } from './support/frees.ts';

const evidence = v.object({
  subnetId: v.string(),
  enis: v.array(v.object({ eniId: v.string(), kind: v.string(), trunk: v.nullable(v.string()) })),
  addresses: v.number(),
});
type Evidence = v.InferOutput<typeof evidence>;

const TRUNK_TAG = 'vpcresources.k8s.aws/trunk-eni-id';
/** A minute of cool-down and five of patience: what the controller still holds for no pod after that it has forgotten. */
const FORGOTTEN_SECONDS = 360;
/** The controller itself looks twice, half an hour apart, before it deletes one (eni_cleanup.go). */
const PATIENCE_SECONDS = 3600;

export const LEK002 = defineCheck({
  code: 'LEK002',
  title: 'Orphaned branch or trunk ENIs',
  severity: 'warning',
  worst: 'error',
  grain: 'subnet',
  namesEnis: true,
  platform: 'any',
  needs: { owners: eniOwners, cluster: section('cluster') },
  helps: {
    accounts: subnetAccounting,
    need: subnetNeed,
    capacity: nodeCapacity,
    nodeEnis,
    pods: section('pods'),
    nodes: section('nodes'),
    fix: fixContext,
  },
  partialOk: true,
  evidence,
  evaluate: ({ owners, cluster, accounts, need, capacity, nodeEnis: seen, pods, fix }, { now }) => {
    // a trunk that carries all it can, some of it for nobody
    const full = new Set(
      [...(seen ?? [])].flatMap(([node, e]) => {
        const most = capacity?.get(node)?.limits.branchEnis ?? 0;
        return e.trunk && most > 0 && e.branch.length >= most ? [e.trunk.eniId] : [];
      }),
    );
    const orphans = [...owners.values()].filter(
      (o) =>
        (o.leaked || isForgotten(o, now, pods !== undefined)) &&
        (o.class === 'sgp-branch' || o.class === 'sgp-trunk') &&
        (o.cluster === undefined || o.cluster === cluster.name) &&
        // A branch ENI that its trunk left behind has no age; one of a trunk that lives is told by its age alone.
        (o.since === undefined
          ? o.class === 'sgp-branch' && trunkOf(o) !== null
          : now - Date.parse(o.since) > (o.leaked ? PATIENCE_SECONDS : FORGOTTEN_SECONDS) * 1000),
    );
    return [...groupBy(orphans, (o) => o.eni.subnetId)].map(([subnetId, members]): Draft<Evidence> => {
      const free = accounts?.find((a) => a.subnetId === subnetId)?.addresses.free;
      const short = need?.has(subnetId) === true && isShort(free, need.get(subnetId));
      return {
        key: subnetId,
        severity: short || members.some((o) => full.has(trunkOf(o) ?? '')) ? 'error' : 'warning',
        confidence: 'observed',
        resources: [
          ...members.map((o) => ({ kind: 'eni' as const, id: o.eni.eniId })),
          { kind: 'subnet' as const, id: subnetId },
        ],
        scope: { subnets: [subnetId] },
        evidence: {
          subnetId,
          enis: members.map((o) => ({
            eniId: o.eni.eniId,
            kind: o.class === 'sgp-branch' ? 'branch' : 'trunk',
            trunk: trunkOf(o),
          })),
          addresses: members.reduce((n, o) => n + addressesOn(o.eni), 0),
        },
        fixes: [
          {
            title: `Delete ${things(members.length, 'orphaned ENI')} after a look`,
            commands: members.map((o) =>
              aws(fix, 'ec2', 'delete-network-interface', '--network-interface-id', o.eni.eniId),
            ),
            changes: 'EC2 refuses it for any that is in use.',
            effect: 'immediate',
            frees: freesIn(
              subnetId,
              members.reduce((n, o) => n + addressesOn(o.eni), 0),
            ),
          },
        ],
      };
    });
  },
  unjudged: ({ owners, cluster, pods }, { gapsOf }) => {
    const mine = [...owners.values()].filter(
      (o) => o.class === 'sgp-branch' && (o.cluster === undefined || o.cluster === cluster.name),
    );
    const open = mine.filter((o) => !o.leaked && o.since !== undefined && (!pods || o.idle === undefined));
    const gaps = [...gapsOf('pods'), ...gapsOf('nodes')];
    return open.length === 0 || gaps.length === 0
      ? undefined
      : { count: open.length, of: mine.length, what: 'branch ENI', gaps };
  },
  summary: (e) =>
    `${things(e.enis.length, 'branch or trunk ENI', 'branch and trunk ENIs')} in ${e.subnetId} (${some(e.enis.map((x) => x.eniId))}) ${verb(e.enis.length, 'belongs', 'belong')} to nothing that lives and ${verb(e.enis.length, 'holds', 'hold')} ${things(e.addresses, 'address', 'addresses')}`,
  explanation: {
    why: 'They hold addresses of the subnet and pin their security groups. aws-node never cleans them up, since it did not make them, and where the control plane missed them nobody does.',
    how: 'Branch and trunk ENIs of the VPC resource controller for this cluster, or for one that they do not name: unattached for more than an hour, branch ENIs whose trunk no longer exists, or branch ENIs of a trunk that lives, older than six minutes by their tag, which no pod names. The controller keeps the branch ENI of an ended pod for a minute on purpose. An error where the subnet has no room for another node, or where a trunk carries as many branch ENIs as its type allows, these among them.',
    fix: 'Delete them one by one after a look. Where they come back, the fault is on the side of AWS: open a case.',
    verify:
      'aws ec2 describe-network-interfaces --filters Name=tag:eks:eni:owner,Values=eks-vpc-resource-controller Name=status,Values=available',
    references: [
      'amazon-vpc-resource-controller-k8s pkg/provider/branch/trunk/trunk.go',
      'amazon-vpc-resource-controller-k8s pkg/aws/ec2/api/cleanup/eni_cleanup.go',
      'https://github.com/aws/amazon-vpc-resource-controller-k8s/issues/69',
    ],
  },
});

function trunkOf(o: EniOwner): string | null {
  return o.eni.tags[TRUNK_TAG] ?? null;
}

/** A branch ENI of a living trunk that no pod has; where its age is not told it may be in cool-down. */
function isForgotten(o: EniOwner, now: number, podsRead: boolean): boolean {
  return (
    podsRead &&
    o.class === 'sgp-branch' &&
    o.idle === 1 &&
    o.since !== undefined &&
    now - Date.parse(o.since) > FORGOTTEN_SECONDS * 1000
  );
}
