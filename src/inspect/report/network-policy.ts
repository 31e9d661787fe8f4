/**
 * Whether network policies are enforced. Two switches must agree: the key in the ConfigMap `amazon-vpc-cni`, which the
 * controller in the control plane reads, and the node agent's argument (amazon-vpc-cni-k8s docs/network-policy-faq.md).
 */

import type { ClusterSummary } from '../contract/report.ts';
import type { Run } from '../facts/define-fact.ts';
import { section } from '../facts/define-fact.ts';
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
  if (controller && agent) return { state: 'enforced', detail: modeOf(cni) };
  if (engine) return { state: 'other-engine', detail: engine.engine };
  if (agent) return { state: 'half', detail: 'node agent on, controller off' };
  if (controller) return { state: 'half', detail: 'controller on, node agent off' };
  return { state: 'off', detail: 'controller and node agent off' };
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
