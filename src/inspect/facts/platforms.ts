import type { Cluster } from '../snapshot/aws.ts';
import type { Cni, Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';

/** Who gives a node's pods their addresses. `vpc-cni` is aws-node; Auto Mode runs its own build of it that takes no settings. */
export type Platform = 'vpc-cni' | 'auto-mode' | 'fargate' | 'hybrid' | 'windows' | 'other-cni';

export interface NodesByPlatform {
  readonly served: readonly Node[];
  readonly others: readonly { readonly node: Node; readonly platform: Platform }[];
}

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

/** Annotations that the node agents of other CNIs write. */
const OTHER_CNI_ANNOTATIONS = /^(?:[a-z0-9.-]*\.)?(?:cilium\.io|projectcalico\.org|antrea\.io)\//;

/** Platform of every node, by node name. Where the DaemonSets could not be read, Linux nodes count as served by aws-node. */
export const nodePlatforms = defineFact({
  id: 'nodePlatforms',
  needs: { nodes: section('nodes') },
  helps: { cni: section('cni'), cluster: section('cluster') },
  derive: ({ nodes, cni, cluster }): ReadonlyMap<string, Platform> => {
    const withAwsNode = new Set(cni?.pods.map((p) => p.node));
    return new Map(nodes.map((n) => [n.name, platformOf(n, cni, cluster, withAwsNode)]));
  },
});

/** The nodes aws-node serves, and the others with their platform. */
export const nodesServedByCni = defineFact({
  id: 'nodesServedByCni',
  needs: { nodes: section('nodes'), platforms: nodePlatforms },
  derive: ({ nodes, platforms }): NodesByPlatform => {
    const served: Node[] = [];
    const others: { node: Node; platform: Platform }[] = [];
    for (const node of nodes) {
      const platform = platforms.get(node.name) ?? 'vpc-cni';
      if (platform === 'vpc-cni') served.push(node);
      else others.push({ node, platform });
    }
    return { served, others };
  },
});

/** Auto Mode is asked first: its nodes carry Karpenter's labels too. */
function platformOf(
  node: Node,
  cni: Cni | undefined,
  cluster: Cluster | undefined,
  withAwsNode: ReadonlySet<string | undefined>,
): Platform {
  const computeType = node.labels[COMPUTE_TYPE];
  if (computeType === 'auto') return 'auto-mode';
  if (computeType === 'fargate' || node.name.startsWith('fargate-ip-')) return 'fargate';
  if (computeType === 'hybrid' || (!node.instanceId && (cluster?.remoteNodeCidrs.length ?? 0) > 0)) return 'hybrid';
  if (node.os === 'windows' || node.labels['kubernetes.io/os'] === 'windows') return 'windows';
  return cni && isOtherCnis(node, cni, withAwsNode) ? 'other-cni' : 'vpc-cni';
}

/** A CNI chained behind aws-node leaves addressing to it: only nodes without aws-node belong to the other one. */
function isOtherCnis(node: Node, cni: Cni, withAwsNode: ReadonlySet<string | undefined>): boolean {
  if (cni.otherCnis.length === 0 || withAwsNode.has(node.name)) return false;
  if (!cni.installed) return true;
  return Object.keys(node.annotations).some((key) => OTHER_CNI_ANNOTATIONS.test(key));
}
