/**
 * Whether network policies are enforced. Two switches must agree: the key in the ConfigMap `amazon-vpc-cni`, which the
 * controller in the control plane reads, and the node agent's argument (amazon-vpc-cni-k8s docs/network-policy-faq.md).
 */

import type { ClusterSummary } from '../contract/report.ts';
import type { Run } from '../facts/define-fact.ts';
import { section } from '../facts/define-fact.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import type { Cni } from '../snapshot/kubernetes.ts';

type NetworkPolicyState = ClusterSummary['networkPolicy'];

const AGENTS = new Set(['aws-eks-nodeagent', 'aws-network-policy-agent']);
const POLICY_ENGINES = new Set(['calico', 'cilium', 'antrea', 'kube-router']);

export function networkPolicyState(run: Run): NetworkPolicyState {
  const cni = run.valueOf(section('cni'));
  if (!cni) return { state: 'unknown', detail: 'DaemonSet aws-node was not read' };
  const engine = cni.otherCnis.find((c) => POLICY_ENGINES.has(c.engine));
  const controller = cni.configMap?.['enable-network-policy-controller'] === 'true';
  const agent = agentOn(cni);
  const auto = autoNodes(run, cni);
  if (controller && auto === 'all') return { state: 'enforced', detail: 'by the nodes of Auto Mode' };
  if (controller && agent && auto !== 'all') return { state: 'enforced', detail: modeOf(cni) };
  if (engine) return { state: 'other-engine', detail: engine.engine };
  if (!controller && isConfigMapUnread(run, cni))
    return { state: 'unknown', detail: 'ConfigMap amazon-vpc-cni was not read' };
  if (auto === 'all') return { state: 'off', detail: 'controller off, by which the nodes of Auto Mode go' };
  if (agent) return { state: 'half', detail: 'node agent on, controller off' };
  if (controller)
    return {
      state: 'half',
      detail: `controller on, node agent off${auto === 'some' ? ': nodes of Auto Mode alone enforce' : ''}`,
    };
  return { state: 'off', detail: 'controller and node agent off' };
}

/** Nodes of Auto Mode bring an agent of their own, and go by the controller alone; where they stand alone, that of a DaemonSet left over does not count. */
function autoNodes(run: Run, cni: Cni): 'all' | 'some' | 'none' {
  if (!cni.installed) return run.valueOf(section('cluster'))?.autoMode === true ? 'all' : 'none';
  const nodes = run.get(nodesServedByCni);
  if (!nodes.known) return 'none';
  const some = nodes.value.others.some((o) => o.platform === 'auto-mode');
  return some ? (nodes.value.served.length === 0 && nodes.gaps.length === 0 ? 'all' : 'some') : 'none';
}

function isConfigMapUnread(run: Run, cni: Cni): boolean {
  const result = run.get(section('cni'));
  const gaps = result.known ? result.gaps : result.missing;
  return cni.configMap === undefined && gaps.some((g) => /\bconfigmaps\b/.test(g.permission ?? ''));
}

function agentOn(cni: Cni): boolean {
  return cni.containers.some(
    (c) => AGENTS.has(c.name) && c.args.some((a) => /^--enable-network-policy(=true)?$/.test(a)),
  );
}

function modeOf(cni: Cni): string {
  const mode = cni.containers.find((c) => c.name === 'aws-node')?.env.NETWORK_POLICY_ENFORCING_MODE;
  return (mode || 'standard').toLowerCase();
}
