import type { Cluster } from '../snapshot/aws.ts';
import type { Cni, Node } from '../snapshot/kubernetes.ts';
import { type PodTable, podsOf } from '../snapshot/pods.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';

/** Who gives a node's pods their addresses. `vpc-cni` is aws-node; Auto Mode runs its own build of it that takes no settings. */
export type Platform = 'vpc-cni' | 'auto-mode' | 'fargate' | 'hybrid' | 'windows' | 'other-cni';

export interface NodesByPlatform {
  readonly served: readonly Node[];
  readonly others: readonly { readonly node: Node; readonly platform: Platform }[];
}

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

/** Annotations that the node agents of other CNIs write; recent releases of Cilium write none. */
const OTHER_CNI_ANNOTATIONS = /^(?:[a-z0-9.-]*\.)?(?:cilium\.io|projectcalico\.org|antrea\.io)\//;

/**
 * Platform of every node, by node name. Where the DaemonSets could not be read, Linux nodes count as served by aws-node.
 * Nodes of SageMaker HyperPod are: they run it as any other node does.
 */
export const nodePlatforms = defineFact({
  id: 'nodePlatforms',
  needs: { nodes: section('nodes') },
  helps: { cni: section('cni'), cluster: section('cluster'), pods: section('pods') },
  derive: ({ nodes, cni, cluster, pods }): ReadonlyMap<string, Platform> => {
    const engines = cni && enginesOf(cni, pods);
    return new Map(nodes.map((n) => [n.name, platformOf(n, engines, cluster)]));
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
function platformOf(node: Node, engines: Engines | undefined, cluster: Cluster | undefined): Platform {
  const computeType = node.labels[COMPUTE_TYPE];
  if (computeType === 'auto') return 'auto-mode';
  if (computeType === 'fargate' || node.name.startsWith('fargate-ip-')) return 'fargate';
  const remote = !node.instanceId && !isHyperPod(node) && (cluster?.remoteNodeCidrs.length ?? 0) > 0;
  if (computeType === 'hybrid' || remote) return 'hybrid';
  if (node.os === 'windows' || node.labels['kubernetes.io/os'] === 'windows') return 'windows';
  return engines && isOtherCnis(node, engines) ? 'other-cni' : 'vpc-cni';
}

/** A node of a SageMaker HyperPod cluster; its limits are not those of the EC2 type in its label. */
export function isHyperPod(node: Pick<Node, 'hyperPod' | 'labels' | 'name'>): boolean {
  return (
    node.hyperPod === true ||
    node.labels['sagemaker.amazonaws.com/compute-type'] === 'hyperpod' ||
    /^ml\./.test(node.labels['node.kubernetes.io/instance-type'] ?? '')
  );
}

/** What runs where, of aws-node and of the agents of others. */
interface Engines {
  readonly present: boolean;
  /** aws-node is installed and meant for some node. */
  readonly awsNodeWanted: boolean;
  readonly awsNodeOn: ReadonlySet<string>;
  /** Nodes with an agent of an engine that runs beside aws-node nowhere; undefined where pods were not read. */
  readonly aloneOn?: ReadonlySet<string>;
}

function enginesOf(cni: Cni, pods: PodTable | undefined): Engines {
  const awsNodeOn = new Set(cni.pods.flatMap((p) => p.node ?? []));
  const base = {
    present: cni.otherCnis.length > 0,
    // Cilium's guide parks aws-node by a node selector that no node has
    awsNodeWanted: cni.installed && (awsNodeOn.size > 0 || cni.desired !== 0),
    awsNodeOn,
  };
  if (!base.present || !pods) return base;
  const agents = new Map(cni.otherCnis.map((o) => [`${o.namespace}/DaemonSet/${o.name}`, new Set<string>()]));
  for (const pod of podsOf(pods))
    if (pod.node !== undefined && pod.owner?.startsWith('DaemonSet/') && isLive(pod))
      agents.get(`${pod.namespace}/${pod.owner}`)?.add(pod.node);
  const alone = [...agents.values()].filter((nodes) => [...nodes].every((n) => !awsNodeOn.has(n)));
  return { ...base, aloneOn: new Set(alone.flatMap((nodes) => [...nodes])) };
}

/**
 * A CNI chained behind aws-node, or an engine that only enforces policies, leaves addressing to it: only nodes without
 * aws-node can belong to another one, and only where its agent does not run beside aws-node elsewhere.
 */
function isOtherCnis(node: Node, { present, awsNodeWanted, awsNodeOn, aloneOn }: Engines): boolean {
  if (!present || awsNodeOn.has(node.name)) return false;
  if (!awsNodeWanted || aloneOn?.has(node.name)) return true;
  return Object.keys(node.annotations).some((key) => OTHER_CNI_ANNOTATIONS.test(key));
}
