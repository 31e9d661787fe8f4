/** How commands reach this cluster: as it was reached, or for a snapshot through a kubeconfig of its own. */
import type { Fix } from '../contract/finding.ts';
import { aimer, type Reach, reachOf, withoutRefused } from '../reach.ts';
import { defineFact, type Run, section } from './define-fact.ts';
import { networking } from './networking.ts';

export const reach = defineFact({
  id: 'reach',
  needs: {},
  helps: { cluster: section('cluster'), networking },
  derive: ({ cluster, networking: net }, { reach: given }): Reach =>
    given ?? reachOf({ clusterName: cluster?.name ?? (net?.env.CLUSTER_NAME || undefined), region: cluster?.region }),
});

/** Fixes whose commands reach this cluster and no other, whatever a bare command would use. */
export function aimedFixes(run: Run, fixes: readonly Fix[]): readonly Fix[] {
  const to = run.valueOf(reach);
  if (!to) return fixes;
  const aim = aimer(to);
  // a context or profile may have a name that no command may hold
  return fixes.map((fix) => withoutRefused({ ...fix, commands: fix.commands.map(aim) }));
}
