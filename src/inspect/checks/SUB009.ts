import * as v from 'valibot';
import { parseCidr, sizeOf } from '../../calc/cidr.ts';
import { count, subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { subnetUse, unusedIn } from '../facts/subnet-use.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { freesIn } from './support/frees.ts';
import { subnetResource } from './support/resources.ts';
import { unsettledOn, waitingText } from './support/waiting.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  mode: v.string(),
  reservations: v.array(
    v.object({ reservationId: v.string(), cidr: v.string(), type: v.string(), size: v.number(), unused: v.number() }),
  ),
  /** Addresses kept from pods and used by nothing. */
  kept: v.number(),
  /** Free addresses that pods can still get. */
  usable: v.number(),
  total: v.number(),
  neededByOneNode: v.number(),
  /** Pods that wait because of it, those aside whose nodes have another subnet; null where that could not be told. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SUB009 = defineCheck({
  code: 'SUB009',
  title: 'CIDR reservation keeps pods out of free space',
  severity: 'warning',
  worst: 'error',
  grain: 'subnet',
  modes: ['secondary', 'prefix'],
  needs: {
    accounts: subnetAccounting,
    reservations: section('cidrReservations'),
    uses: subnetUse,
    need: subnetNeed,
    networking,
  },
  helps: { stuck: stuckPods, causes: stuckCauses, fix: fixContext },
  // who holds an address in the range must be known to call it unused
  partialOk: ['accounts', 'reservations', 'need', 'networking'],
  // what EC2 would give out without it, nothing else is to be told of
  explains: ['SUB001', 'SUB003', 'PFX001', 'HLT001'],
  evidence,
  evaluate: (from, { policy, gapsOf }) => {
    const { accounts, reservations, uses, need, networking: net, fix } = from;
    return accounts.flatMap((account): Draft<Evidence>[] => {
      const id = account.subnetId;
      const wants = need.get(id);
      const use = uses.get(id);
      if (!use || !wants || wants.draws.length === 0) return [];
      const closed = reservations.reservations
        .filter((r) => r.subnetId === id && (r.type === 'explicit' || net.mode !== 'prefix'))
        .flatMap((r) => {
          const cidr = parseCidr(r.cidr);
          if (!cidr) return [];
          const { reservationId, type } = r;
          return [{ reservationId, cidr: r.cidr, type, size: sizeOf(cidr), unused: unusedIn(cidr, use) }];
        });
      const kept = closed.reduce((n, r) => n + r.unused, 0);
      if (kept === 0) return [];
      const total = account.addresses.total - account.addresses.reserved;
      const unallocated = total - (account.addresses.seen ?? 0) - (account.addresses.invisible ?? 0);
      const usable = Math.max(Math.min(account.addresses.free, unallocated - kept), 0);
      const starving = usable < wants.addresses;
      if (!starving && usable >= policy.thresholds.subnetWarnRatio * total) return [];
      const waiting = unsettledOn(from, gapsOf, starving && wants.alternatives.length === 0 ? wants.draws : []);
      return [
        {
          key: id,
          severity: starving ? 'error' : 'warning',
          confidence: 'derived',
          resources: [subnetResource(account.subnet)],
          scope: { subnets: [id], pods: waiting.pods },
          explains: [
            ...(unallocated < wants.addresses ? [] : ['SUB001', 'SUB003']),
            ...(use.blocks().counts.explicitReserved > 0 ? ['PFX001', 'SUB003'] : []),
            ...(waiting.pods.length > 0 ? ['HLT001'] : []),
          ],
          evidence: {
            subnetId: id,
            zone: account.availabilityZone,
            cidr: account.cidr,
            mode: net.mode,
            reservations: closed,
            kept,
            usable,
            total,
            neededByOneNode: wants.addresses,
            waitingPods: waiting.count,
          },
          fixes: [
            {
              title: `Delete ${things(closed.length, 'CIDR reservation')}`,
              commands: closed.map((r) =>
                aws(fix, 'ec2', 'delete-subnet-cidr-reservation', '--subnet-cidr-reservation-id', r.reservationId),
              ),
              changes: 'Gives the reserved ranges back to automatic assignment; addresses in use stay as they are.',
              effect: 'immediate',
              frees: freesIn(id, kept),
              risk: 'Whoever made the reservation may count on it: check its description first.',
            },
          ],
        },
      ];
    });
  },
  summary: (e) =>
    `${things(e.reservations.length, 'CIDR reservation')} in ${subnetText(e)} keep${e.reservations.length === 1 ? 's' : ''} ${things(e.kept, 'unused address', 'unused addresses')} from pods in ${e.mode} mode; ${count(e.usable)} of ${count(e.total)} are left for them and one more node needs ${count(e.neededByOneNode)}${waitingText(e.waitingPods)}`,
  verdict: () => 'a CIDR reservation keeps what is free from pods',
  explanation: {
    why: 'EC2 never assigns from an explicit reservation by itself, and takes only prefixes from a prefix reservation. A cluster that uses single addresses sees free space it cannot get.',
    how: 'For every subnet that pods draw from: addresses inside reservations the mode in force cannot use, less those in use and those AWS keeps in every subnet. It is reported when less than a fifth of the subnet is left for pods, and an error when not even one more node fits. Whether EC2 already leaves reserved space out of its free count is not documented, so the rest is computed from the interfaces themselves.',
    fix: 'Delete the reservation, or switch the cluster to the mode it was made for.',
    verify: 'aws ec2 get-subnet-cidr-reservations no longer lists it.',
    references: [
      'https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1836',
    ],
  },
});
