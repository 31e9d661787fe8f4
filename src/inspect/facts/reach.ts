/** How commands reach this cluster: as it was reached, or for a snapshot through a kubeconfig of its own. */
import type { Fix } from '../contract/finding.ts';
import { aimed, type Reach, reachOf } from '../reach.ts';
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
  return to ? fixes.map((fix) => ({ ...fix, commands: fix.commands.map((c) => aimed(c, to)) })) : fixes;
}
