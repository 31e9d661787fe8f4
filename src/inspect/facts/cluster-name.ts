import { defineFact, notTold, section } from './define-fact.ts';

/** The cluster's name: as EKS tells it, else as aws-node is told (`CLUSTER_NAME`). Unknown where neither says it. */
export const clusterName = defineFact({
  id: 'clusterName',
  needs: {},
  helps: { cluster: section('cluster'), cni: section('cni') },
  derive: ({ cluster, cni }, { gapsOf }) => {
    const told = cni?.containers.find((c) => c.name === 'aws-node')?.env.CLUSTER_NAME;
    const name = cluster?.name || told;
    return name || notTold(gapsOf('cluster'));
  },
});
