import * as v from 'valibot';
import { subnetText, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { subnetResource } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({
  subnetId: v.string(),
  zone: v.string(),
  cidr: v.string(),
  /** Used addresses that no visible interface explains; null where interfaces were not read. */
  invisible: v.nullable(v.number()),
  /** Account that owns the subnet, where it is another one. */
  ownerAccount: v.nullable(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Counts lag behind by a few addresses while interfaces come and go. */
const LAG = 3;

export const SUB010 = defineCheck({
  code: 'SUB010',
  title: "Part of the subnet's use is invisible to this account",
  severity: 'info',
  grain: 'subnet',
  platform: 'any',
  needs: { accounts: subnetAccounting, enis: section('networkInterfaces') },
  helps: { caller: section('caller'), reservations: section('cidrReservations') },
  evidence,
  unjudged: ({ accounts, caller }, { gapsOf }) =>
    unjudged('subnet', accounts.length, [
      ...(caller === undefined && accounts.some((a) => a.subnet.ownerId !== undefined) ? gapsOf('caller') : []),
      ...(accounts.some((a) => a.addresses.invisible === null) ? gapsOf('reservations') : []),
    ]),
  evaluate: ({ accounts, caller }) =>
    accounts.flatMap((account): Draft<Evidence>[] => {
      const { ownerId } = account.subnet;
      const invisible = account.addresses.invisible;
      const shared = ownerId !== undefined && caller !== undefined && ownerId !== caller.account;
      if (!shared && (invisible ?? 0) < LAG) return [];
      return [
        {
          key: account.subnetId,
          confidence: 'derived',
          resources: [subnetResource(account.subnet)],
          scope: { subnets: [account.subnetId] },
          evidence: {
            subnetId: account.subnetId,
            zone: account.availabilityZone,
            cidr: account.cidr,
            invisible,
            ownerAccount: shared ? ownerId : null,
          },
          fixes: [
            {
              title: shared
                ? `Run vpccni with a role of account ${ownerId}`
                : 'Run vpccni with a role of the account that owns the VPC',
              commands: [],
              changes: 'Nothing: that account sees every interface, so owners and free /28 blocks become exact.',
              effect: 'immediate',
            },
          ],
        },
      ];
    }),
  summary: (e) =>
    `${subnetText(e)}${e.ownerAccount === null ? '' : ` belongs to account ${e.ownerAccount}`}${
      (e.invisible ?? 0) > 0
        ? `${e.ownerAccount === null ? '' : ';'} ${things(e.invisible ?? 0, 'used address is', 'used addresses are')} on interfaces this account cannot see`
        : ': interfaces of other accounts cannot be seen'
    }`,
  explanation: {
    why: 'In a shared VPC a participant sees only its own interfaces. Who holds a subnet, and which /28 blocks are free, is then told too well.',
    how: 'Addresses EC2 counts as used, less those of visible interfaces and of unused reservations; differences under three are lag. A subnet that another account owns is named whatever the numbers.',
    fix: "Run with a role of the VPC owner's account, or ask its owner for the numbers.",
    verify: 'The accounting of the subnet shows no invisible addresses.',
    references: [
      'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/subnets.html',
    ],
  },
});
