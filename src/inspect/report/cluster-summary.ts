/** Who the cluster is and how its CNI is set up: the first line of the screen. */

import type { ClusterSummary } from '../contract/report.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { demand, type NodeDemand } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { networkPolicyState } from './network-policy.ts';

export function clusterSummary(run: Run): ClusterSummary {
  const cluster = run.valueOf(section('cluster'));
  const caller = run.valueOf(section('caller'));
  const cni = run.valueOf(section('cni'));
  const vpc = run.valueOf(section('vpc'));
  const inForce = run.valueOf(networking);
  return {
    name: cluster?.name ?? (inForce?.env.CLUSTER_NAME || 'unnamed cluster'),
    arn: cluster?.arn ?? null,
    region: cluster?.region ?? null,
    account: cluster?.account ?? caller?.account ?? null,
    kubernetesVersion: cluster?.version ?? kubeletMinor(run),
    platformVersion: cluster?.platformVersion ?? null,
    cni: {
      version: cni?.version ?? null,
      installMethod: cni?.installMethod ?? 'unknown',
      evidence: cni?.evidence ?? [],
    },
    pattern: inForce?.pattern ?? null,
    mode: inForce?.mode ?? null,
    settings: inForce?.settingsInForce ?? [],
    vpcId: vpc?.vpcId ?? cluster?.vpcId ?? null,
    vpcCidrs: vpc ? [...vpc.cidrs.filter((c) => c.state === 'associated').map((c) => c.cidr), ...vpc.ipv6Cidrs] : null,
    networkPolicy: networkPolicyState(run),
    nodes: run.valueOf(section('nodes'))?.length ?? null,
    pods: podTotals(run),
  };
}

/** Without EKS the nodes' kubelets tell the minor version, when they agree. */
function kubeletMinor(run: Run): string | null {
  const minors = new Set(run.valueOf(section('nodes'))?.map((n) => /^v?(\d+\.\d+)/.exec(n.kubeletVersion)?.[1]));
  const [minor] = minors;
  return minors.size === 1 ? (minor ?? null) : null;
}

function podTotals(run: Run): ClusterSummary['pods'] {
  const perNode = run.valueOf(demand);
  if (!perNode) return null;
  const sum = (pick: (d: NodeDemand) => number) => [...perNode.values()].reduce((n, d) => n + pick(d), 0);
  return {
    total: sum((d) => d.total),
    addressed: sum((d) => d.holding),
    branch: sum((d) => d.branch),
    hostNetwork: sum((d) => d.hostNetwork),
    stuck: run.valueOf(stuckPods)?.length ?? null,
  };
}
