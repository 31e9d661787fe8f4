/** Every collector of the Kubernetes side. */
import type { Collector } from '../define-collector.ts';
import { cniLogs } from './aws-node-logs.ts';
import { cniMetrics } from './aws-node-metrics.ts';
import { cni } from './cni.ts';
import { cniNodes } from './cni-nodes.ts';
import { crds } from './crds.ts';
import { eniConfigs } from './eni-configs.ts';
import { events } from './events.ts';
import { networkPolicies } from './network-policies.ts';
import { nodeClasses } from './node-classes.ts';
import { nodePools } from './node-pools.ts';
import { nodes } from './nodes.ts';
import { persistentVolumes } from './persistent-volumes.ts';
import { pods } from './pods.ts';
import { policyEndpoints } from './policy-endpoints.ts';
import { rbac } from './rbac.ts';
import { securityGroupPolicies } from './security-group-policies.ts';
import { services } from './services.ts';
import { webhooks } from './webhooks.ts';
import { workloads } from './workloads.ts';

export const KUBERNETES_COLLECTORS: readonly Collector[] = [
  nodes,
  pods,
  workloads,
  events,
  cni,
  eniConfigs,
  securityGroupPolicies,
  cniNodes,
  networkPolicies,
  policyEndpoints,
  nodePools,
  nodeClasses,
  services,
  webhooks,
  crds,
  rbac,
  persistentVolumes,
];

/** What is read only where the user asks for it, and needs rights of its own: logs, and whatever a pod serves. */
export const OPT_IN_COLLECTORS = { logs: cniLogs, metrics: cniMetrics } as const satisfies Readonly<
  Record<string, Collector>
>;
