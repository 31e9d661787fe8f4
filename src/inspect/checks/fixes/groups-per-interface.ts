/** How many security groups an interface may have (VPC quota "Security groups per network interface"). */
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { SectionData } from '../../snapshot.ts';
import { aws } from '../support/commands.ts';

/** Unless the quota was raised, and at most. */
export const USUAL_GROUPS = 5;
export const MOST_GROUPS = 16;
export const GROUPS_QUOTA = 'L-2AFB9258';

/** What the account may have; undefined where the quota was not read. */
export function groupsLimit(quotas: SectionData<'quotas'> | undefined): number | undefined {
  const quota = quotas?.find((q) => q.code === GROUPS_QUOTA)?.value;
  return quota === undefined ? undefined : Math.min(quota, MOST_GROUPS);
}

/** Whether so many are refused for certain, or where only the usual quota is known; none where quotas were not read. */
export function tooManyGroups(
  groups: number,
  limit: number | undefined,
  quotasSeen: boolean,
): readonly (readonly ['too-many' | 'over-default-quota', 'error' | 'warning'])[] {
  if (groups > (limit ?? MOST_GROUPS)) return [['too-many', 'error']];
  return quotasSeen && limit === undefined && groups > USUAL_GROUPS ? [['over-default-quota', 'warning']] : [];
}

export function raiseGroupsQuota(fix: FixContext, groups: number): Fix[] {
  if (groups > MOST_GROUPS) return [];
  return [
    {
      title: `Ask for ${groups} security groups per interface`,
      commands: [
        aws(
          fix,
          ...['service-quotas', 'request-service-quota-increase', '--service-code', 'vpc'],
          ...['--quota-code', GROUPS_QUOTA, '--desired-value', String(groups)],
        ),
      ],
      changes: 'AWS decides on it, usually within hours. It lowers the number of rules a group may have in turn.',
      effect: 'minutes',
    },
  ];
}
