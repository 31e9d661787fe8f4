import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import type { Nodegroup } from '../snapshot/aws.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { waitingText } from './support/waiting.ts';

const evidence = v.object({
  nodes: v.number(),
  notReady: v.number(),
  /** Null where they could not be read. */
  nodegroups: v.nullable(v.array(v.object({ name: v.string(), status: v.string() }))),
  /** Of those, where EKS says that nodes did not join; null as well. */
  failedGroups: v.nullable(v.array(v.string())),
  /** Add-ons that EKS manages here, with their versions; null where they were not read. */
  addons: v.nullable(v.array(v.string())),
  /** Null where pods could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const ADD001 = defineCheck({
  code: 'ADD001',
  title: 'aws-node is not installed',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { cni: section('cni'), nodes: nodesServedByCni },
  helps: {
    cluster: section('cluster'),
    nodegroups: section('nodegroups'),
    addons: section('addons'),
    stuck: stuckPods,
    fix: fixContext,
  },
  partialOk: ['nodes'],
  explains: ['HLT001', 'HLT003', 'ADD002'],
  accountsFor: ['not-installed'],
  evidence,
  notApplicable: ({ cni, cluster }) => {
    if (cni.installed) return undefined;
    if (cni.otherCnis.length > 0) return `pods get their network from ${some(cni.otherCnis.map((o) => o.engine))}`;
    return cluster?.autoMode ? 'EKS Auto Mode runs the pod network' : undefined;
  },
  evaluate: ({ cni, nodes, cluster, nodegroups, addons, stuck, fix }, { gapsOf }) => {
    const groups = nodegroups ?? [];
    if (cni.installed || (nodes.served.length === 0 && groups.length === 0)) return [];
    const names = nodes.served.map((n) => n.name);
    const here = new Set(names);
    const waiting = (stuck ?? []).filter((p) => here.has(p.node)).map((p) => p.pod);
    return [
      {
        key: cluster?.name ?? 'cluster',
        confidence: 'observed',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }, ...nodeResources(names)],
        scope: { nodes: names, pods: waiting },
        evidence: {
          nodes: names.length,
          notReady: nodes.served.filter((n) => n.ready !== 'True').length,
          nodegroups: gapsOf('nodegroups').length > 0 ? null : groups.map(({ name, status }) => ({ name, status })),
          failedGroups: gapsOf('nodegroups').length > 0 ? null : groups.filter(isFailed).map((g) => g.name),
          addons: addons && gapsOf('addons').length === 0 ? addons.map((a) => `${a.name} ${a.version}`).sort() : null,
          waitingPods: waiting.length === 0 && gapsOf('stuck').length > 0 ? null : waiting.length,
        },
        fixes: install(fix),
      } satisfies Draft<Evidence>,
    ];
  },
  summary: (e) => {
    const failed = e.failedGroups ?? [];
    return `there is no DaemonSet kube-system/aws-node and no other CNI; ${e.notReady} of ${things(e.nodes, 'EC2 node')} not ready${
      failed.length > 0 ? `, node group ${some(failed)} failed` : ''
    }${waitingText(e.waitingPods)}`;
  },
  verdict: () => 'aws-node is not installed',
  explanation: {
    why: 'A cluster made without the default add-ons gets nodes that never become Ready ("cni plugin not initialized"), and node groups that end in CREATE_FAILED.',
    how: 'No DaemonSet aws-node in kube-system, no DaemonSet of another CNI, and EC2 nodes or node groups exist. Clusters in Auto Mode run the pod network without it.',
    fix: 'Install the managed add-on. Terraform: addons = { vpc-cni = { before_compute = true } }.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/vpc-add-on-create.html',
      'https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3446',
    ],
  },
});

/** CREATE_FAILED, or alive with instances that never joined. */
function isFailed({ status, health }: Nodegroup): boolean {
  return status.endsWith('_FAILED') || health.some((issue) => issue.code === 'NodeCreationFailure');
}

function install(ctx: FixContext): Fix[] {
  const base = {
    changes: 'EKS installs aws-node on every EC2 node; nodes that wait for it become Ready.',
    effect: 'minutes',
  } as const;
  if (!ctx.cluster) return [{ ...base, title: 'Install the managed add-on vpc-cni', commands: [] }];
  return [
    {
      ...base,
      title: 'Install the managed add-on vpc-cni',
      commands: [
        aws(
          ctx,
          'eks',
          'create-addon',
          '--cluster-name',
          ctx.cluster.name,
          '--addon-name',
          'vpc-cni',
          '--resolve-conflicts',
          'OVERWRITE',
        ),
      ],
    },
  ];
}
