import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni, type Platform } from '../facts/platforms.ts';
import type { Cni, Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { keepOff } from './fixes/aws-node-affinity.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  /** Values of eks.amazonaws.com/compute-type that its affinity lets in and nodes carry. */
  computeTypes: v.array(v.string()),
  /** Those it excludes; null where the affinity was not read. */
  excluded: v.nullable(v.array(v.string())),
  nodes: v.number(),
  /** Pods of aws-node there, and those of them that are not ready. */
  pods: v.number(),
  notReady: v.number(),
  crashing: v.number(),
  cniVersion: v.nullable(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What the manifest keeps aws-node off since v1.19.0, by the label's value. */
const NOT_ITS_OWN: Readonly<Record<string, Platform>> = { fargate: 'fargate', hybrid: 'hybrid', auto: 'auto-mode' };
const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

export const PLT003 = defineCheck({
  code: 'PLT003',
  title: 'aws-node is scheduled where it must not run',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { nodes: nodesServedByCni, cni: section('cni') },
  helps: { networking, fix: fixContext },
  partialOk: true,
  explains: ['ADD002'],
  evidence,
  notApplicable: ({ nodes, cni }) =>
    !cni.installed
      ? 'aws-node is not installed'
      : foreignTo(nodes.others).length === 0
        ? 'no node is marked as one of Fargate, hybrid or Auto Mode'
        : undefined,
  evaluate: ({ nodes, cni, networking: net, fix }): Draft<Evidence>[] => {
    const { placement } = cni;
    const excluded = new Set(placement?.computeTypesExcluded);
    const foreign = foreignTo(nodes.others);
    const podsOn = new Map(cni.pods.flatMap((p) => (p.node === undefined ? [] : [[p.node, p] as const])));
    const hit = foreign.filter((n) => podsOn.has(n.name) || (placement && letsIn(placement, excluded, n)));
    if (hit.length === 0) return [];
    const pods = hit.flatMap((n) => podsOn.get(n.name) ?? []);
    const notReady = pods.filter((p) => !p.ready);
    const crashing = notReady.filter((p) => p.waitingReason === 'CrashLoopBackOff' || p.restarts > 0);
    const names = hit.map((n) => n.name);
    return [
      {
        key: 'aws-node',
        severity: crashing.length > 0 ? 'error' : 'warning',
        confidence: pods.length > 0 ? 'observed' : 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }, ...nodeResources(names)],
        scope: { nodes: names },
        evidence: {
          computeTypes: [...new Set(hit.map((n) => n.labels[COMPUTE_TYPE]!))].sort(),
          excluded: placement ? [...excluded].sort() : null,
          nodes: hit.length,
          pods: pods.length,
          notReady: notReady.length,
          crashing: crashing.length,
          cniVersion: net?.cniVersion ?? cni.version ?? null,
        },
        fixes: [keepOff(fix, names)],
      },
    ];
  },
  summary: (e) => {
    const where = `${things(e.nodes, 'node')} with ${COMPUTE_TYPE}=${some(e.computeTypes)}`;
    return e.pods > 0
      ? `${things(e.pods, 'pod')} of aws-node ${verb(e.pods, 'stands', 'stand')} on ${where}, whose pods it cannot serve: ${
          e.notReady === e.pods
            ? verb(e.pods, 'it is not ready', 'none is ready')
            : `${e.notReady} ${verb(e.notReady, 'is', 'are')} not ready`
        }`
      : `the affinity of aws-node does not keep it off ${where}`;
  },
  explanation: {
    why: 'On nodes of Fargate, EKS Auto Mode and on hybrid nodes another engine gives pods their addresses. A pod of aws-node there never becomes ready, keeps the managed add-on degraded and its rollouts from ending.',
    how: 'Nodes that carry eks.amazonaws.com/compute-type with fargate, hybrid or auto, against the affinity of the DaemonSet aws-node, which excludes these values since v1.19.0, and against where its pods stand. An error where such a pod was restarted or waits in CrashLoopBackOff. An EC2 node of your own that reuses the label is not counted, nor one that a node selector keeps aws-node off.',
    fix: 'Give aws-node the affinity it is shipped with, or move it to a release from v1.19.0 on.',
    verify: `kubectl -n kube-system get pods -l k8s-app=aws-node -o wide: none on these nodes.`,
    references: [
      'amazon-vpc-cni-k8s config/master/aws-k8s-cni.yaml',
      'amazon-vpc-cni-k8s CHANGELOG.md v1.19.0',
      'https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-cni.html',
    ],
  },
});

/** Nodes of another engine by EKS's own label. Fargate's and hybrid nodes are no EC2 instances: one that is carries the label by accident. */
function foreignTo(others: readonly { readonly node: Node; readonly platform: Platform }[]): Node[] {
  return others.flatMap(({ node, platform }) => {
    const type = node.labels[COMPUTE_TYPE] ?? '';
    const own = NOT_ITS_OWN[type] === platform && (platform === 'auto-mode' || node.instanceId === undefined);
    return own ? [node] : [];
  });
}

function letsIn(placement: NonNullable<Cni['placement']>, excluded: ReadonlySet<string>, node: Node): boolean {
  if (excluded.has(node.labels[COMPUTE_TYPE] ?? '')) return false;
  if (Object.entries(placement.nodeSelector).some(([key, value]) => node.labels[key] !== value)) return false;
  return placement.toleratesAll || node.taints.every((t) => t.effect === 'PreferNoSchedule');
}
