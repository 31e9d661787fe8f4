/** How commands reach this cluster: as it was reached, or for a snapshot through a kubeconfig of its own. */
import { type Reach, reachOf } from '../reach.ts';
import { defineFact, section } from './define-fact.ts';
import { networking } from './networking.ts';

export const reach = defineFact({
  id: 'reach',
  needs: {},
  helps: { cluster: section('cluster'), networking },
  derive: ({ cluster, networking: net }, { reach: given }): Reach =>
    given ?? reachOf({ clusterName: cluster?.name ?? (net?.env.CLUSTER_NAME || undefined), region: cluster?.region }),
});
