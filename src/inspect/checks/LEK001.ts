import * as v from 'valibot';
import { age, count, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { isOwnLeak, leakedEnis, olderThan } from '../facts/leaked-enis.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { isShort } from '../facts/support/shortage.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { deleteLeaks, leakFixInputs } from './fixes/leaked-enis.ts';
import { subnetResource } from './support/resources.ts';

const evidence = v.object({
  subnetId: v.string(),
  enis: v.array(
    v.object({
      eniId: v.string(),
      addresses: v.number(),
      ageSeconds: v.nullable(v.number()),
      /** The instance it was last made for; null where nothing tells. */
      instanceId: v.nullable(v.string()),
    }),
  ),
  addresses: v.number(),
  /** Usable addresses of the subnet; null where it was not read. */
  total: v.nullable(v.number()),
  oldestSeconds: v.nullable(v.number()),
  reason: v.picklist([
    'dead-instance',
    'no-cluster-tag',
    'foreign-cluster',
    'unknown-cluster',
    'cleanup-off',
    'no-nodes',
    'live-instance',
    'unknown-instance',
  ]),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What is said of ENIs that are not, or may not be, this cluster's. */
const WHOSE: Partial<Record<Evidence['reason'], string>> = {
  'cleanup-off': '; DISABLE_LEAKED_ENI_CLEANUP keeps aws-node from deleting them',
  'no-nodes': '; no aws-node runs here that would delete them',
  'foreign-cluster': '; they are of another cluster, by their tags or those of their instances',
  'unknown-cluster': '; they name a cluster, and the name of this one could not be read',
};

/** Share of a subnet from which leaks alone are an error. */
const GRAVE_SHARE = 0.05;

export const LEK001 = defineCheck({
  code: 'LEK001',
  title: 'Unattached ENIs left by the CNI',
  severity: 'warning',
  worst: 'error',
  grain: 'subnet',
  namesEnis: true,
  platform: 'any',
  modes: ['secondary', 'prefix'],
  needs: { leaks: leakedEnis },
  helps: {
    accounts: subnetAccounting,
    need: subnetNeed,
    subnets: section('subnets'),
    ...leakFixInputs,
  },
  partialOk: true,
  evidence,
  evaluate: (from, { policy }) => {
    const { accounts, need, subnets } = from;
    const leaks = olderThan(policy.thresholds.leakedEniMinutes, from.leaks);
    const groups = groupBy(leaks, (l) => `${l.eni.subnetId}/${l.reason}`);
    const ownIn = new Map<string, number>();
    for (const l of leaks.filter(isOwnLeak)) ownIn.set(l.eni.subnetId, (ownIn.get(l.eni.subnetId) ?? 0) + l.addresses);
    return [...groups.values()].map((members): Draft<Evidence> => {
      const id = members[0]!.eni.subnetId;
      const { reason } = members[0]!;
      const account = accounts?.find((a) => a.subnetId === id);
      const subnet = subnets?.find((s) => s.subnetId === id);
      const addresses = members.reduce((n, l) => n + l.addresses, 0);
      const total = account ? account.addresses.total - account.addresses.reserved : null;
      const short = account !== undefined && need?.has(id) === true && isShort(account.addresses.free, need.get(id));
      const grave = short || (total !== null && (ownIn.get(id) ?? 0) >= GRAVE_SHARE * total);
      const own = isOwnLeak(members[0]!);
      const ages = members.flatMap((l) => l.ageSeconds ?? []);
      return {
        key: id,
        subReason: reason,
        severity: !own ? 'info' : grave ? 'error' : 'warning',
        confidence: 'observed',
        resources: [
          ...members.map((l) => ({ kind: 'eni' as const, id: l.eni.eniId })),
          ...(subnet ? [subnetResource(subnet)] : []),
        ],
        scope: { subnets: [id] },
        evidence: {
          subnetId: id,
          enis: members.map((l) => ({
            eniId: l.eni.eniId,
            addresses: l.addresses,
            ageSeconds: l.ageSeconds === undefined ? null : Math.round(l.ageSeconds),
            instanceId: l.instanceId ?? null,
          })),
          addresses,
          total,
          oldestSeconds: ages.length > 0 ? Math.round(Math.max(...ages)) : null,
          reason,
        },
        fixes: deleteLeaks(from, subnet, members),
      };
    });
  },
  summary: (e) =>
    `${things(e.enis.length, 'ENI')} that aws-node left in ${e.subnetId} ${verb(e.enis.length, 'is', 'are')} attached to nothing and ${verb(e.enis.length, 'holds', 'hold')} ${things(e.addresses, 'address', 'addresses')}${
      e.total === null ? '' : ` of ${count(e.total)}`
    }${e.oldestSeconds === null ? '' : `, the oldest for ${age(e.oldestSeconds)}`}${WHOSE[e.reason] ?? ''}`,
  explanation: {
    why: 'Each leaked ENI keeps up to fifty addresses or several /28 blocks from pods, and pins its security groups, which then cannot be deleted.',
    how: 'Interfaces in status "available" with the description and instance tag of aws-node, older than 30 minutes by their createdAt tag. An interface of unknown age counts only when its instance is gone. dead-instance: its instance is gone. cleanup-off: so is it, and DISABLE_LEAKED_ENI_CLEANUP keeps aws-node from deleting it. no-nodes: so is it, and no aws-node runs in this cluster that would. no-cluster-tag: it has no cluster tag, so that the control plane never cleans it up. live-instance: its instance still runs. unknown-instance: which instances run could not be read. foreign-cluster, only information: its tag, or that of its instance, names another cluster. unknown-cluster, only information: it names a cluster, and which one this is could not be read. A subnet has one finding for each of these. It is an error when leaks hold 5 % of a subnet, or the subnet has no room for another node.',
    fix: 'Delete them one by one after a look; EC2 refuses it for any that is in use. aws-node does so hourly for its own cluster, unless DISABLE_LEAKED_ENI_CLEANUP is set.',
    verify:
      'aws ec2 describe-network-interfaces --filters Name=status,Values=available Name=tag-key,Values=node.k8s.amazonaws.com/instance_id',
    references: [
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go getLeakedENIs',
      'amazon-vpc-resource-controller-k8s pkg/aws/ec2/api/cleanup/eni_cleanup.go',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1223',
    ],
  },
});
