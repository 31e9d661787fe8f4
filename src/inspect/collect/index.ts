/** The registry of collectors. Permissions, the RBAC manifest, "not evaluated" texts and the read-only proof derive from it. */
import { addonVersions } from './aws/addon-versions.ts';
import { addons } from './aws/addons.ts';
import { autoScalingGroups } from './aws/auto-scaling-groups.ts';
import { caller } from './aws/caller.ts';
import { cidrReservations } from './aws/cidr-reservations.ts';
import { cluster } from './aws/cluster.ts';
import { fargateProfiles } from './aws/fargate-profiles.ts';
import { iam } from './aws/iam.ts';
import { insights } from './aws/insights.ts';
import { instanceTypes } from './aws/instance-types.ts';
import { instances } from './aws/instances.ts';
import { launchTemplates } from './aws/launch-templates.ts';
import { natGateways } from './aws/nat-gateways.ts';
import { networkAcls } from './aws/network-acls.ts';
import { networkInterfaces } from './aws/network-interfaces.ts';
import { nodegroups } from './aws/nodegroups.ts';
import { podIdentity } from './aws/pod-identity.ts';
import { prefixLists } from './aws/prefix-lists.ts';
import { quotas } from './aws/quotas.ts';
import { routeTables } from './aws/route-tables.ts';
import { securityGroupRules } from './aws/security-group-rules.ts';
import { securityGroups } from './aws/security-groups.ts';
import { subnets } from './aws/subnets.ts';
import { transitGatewayAttachments } from './aws/transit-gateway-attachments.ts';
import { vpc } from './aws/vpc.ts';
import { vpcEndpoints } from './aws/vpc-endpoints.ts';
import { vpcPeerings } from './aws/vpc-peerings.ts';
import type { Collector } from './define-collector.ts';
import { KUBERNETES_COLLECTORS, OPT_IN_COLLECTORS } from './kubernetes/index.ts';

export const COLLECTORS: readonly Collector[] = [
  caller,
  cluster,
  addons,
  addonVersions,
  nodegroups,
  fargateProfiles,
  podIdentity,
  vpc,
  subnets,
  cidrReservations,
  networkInterfaces,
  instances,
  instanceTypes,
  routeTables,
  securityGroups,
  launchTemplates,
  autoScalingGroups,
  natGateways,
  vpcEndpoints,
  networkAcls,
  securityGroupRules,
  prefixLists,
  vpcPeerings,
  transitGatewayAttachments,
  iam,
  quotas,
  insights,
  ...KUBERNETES_COLLECTORS,
];

/** What the user asked for beyond the usual. */
export interface OptIns {
  readonly logs?: boolean | undefined;
  readonly metrics?: boolean | undefined;
}

/** The registry, with the collectors that are asked for alone. */
export function collectorsFor({ logs, metrics }: OptIns): readonly Collector[] {
  return [...COLLECTORS, ...(logs ? [OPT_IN_COLLECTORS.logs] : []), ...(metrics ? [OPT_IN_COLLECTORS.metrics] : [])];
}
