import type { SmallScenario } from '../small.ts';
import { addonConflict } from './addon-conflict.ts';
import { agentPort } from './agent-port.ts';
import { autoMode } from './auto-mode.ts';
import { autoModeMixed } from './auto-mode-mixed.ts';
import { autoModeZones } from './auto-mode-zones.ts';
import { awsNodeKeptOff } from './aws-node-kept-off.ts';
import { awsNodeKilled } from './aws-node-killed.ts';
import { badBoolean } from './bad-boolean.ts';
import { branchFull } from './branch-full.ts';
import { branchNoTrunk } from './branch-no-trunk.ts';
import { branchSlotLost } from './branch-slot-lost.ts';
import { branchUnsupported } from './branch-unsupported.ts';
import { calicoPolicies } from './calico-policies.ts';
import { ciliumParked } from './cilium-parked.ts';
import { controllerRefused } from './controller-refused.ts';
import { controllerRefusedFull } from './controller-refused-full.ts';
import { cordoned } from './cordoned.ts';
import { customOldLabel } from './custom-old-label.ts';
import { customWrongZone } from './custom-wrong-zone.ts';
import { customZoneWithoutConfig } from './custom-zone-without-config.ts';
import { eniconfigGroupGone } from './eniconfig-group-gone.ts';
import { fargateFull } from './fargate-full.ts';
import { frozenPool } from './frozen-pool.ts';
import { groupWithoutAddresses } from './group-without-addresses.ts';
import { hybrid } from './hybrid.ts';
import { hybridWithoutCni } from './hybrid-without-cni.ts';
import { hyperpod } from './hyperpod.ts';
import { hyperpodRefused } from './hyperpod-refused.ts';
import { imageDenied } from './image-denied.ts';
import { ipv6Role } from './ipv6-role.ts';
import { leaked } from './leaked.ts';
import { livelock } from './livelock.ts';
import { maxPodsKarpenter } from './max-pods-karpenter.ts';
import { maxPodsManaged } from './max-pods-managed.ts';
import { maxPodsTemplate } from './max-pods-template.ts';
import { noWayOut } from './no-way-out.ts';
import { nodeClassNotReady } from './node-class-not-ready.ts';
import { podIdentityAgent } from './pod-identity-agent.ts';
import { policiesEnforced } from './policies-enforced.ts';
import { policiesIgnored } from './policies-ignored.ts';
import { policyGroupDeleted } from './policy-group-deleted.ts';
import { prefixFragmented } from './prefix-fragmented.ts';
import { prefixMigration } from './prefix-migration.ts';
import { probeKilled } from './probe-killed.ts';
import { quietBranch } from './quiet-branch.ts';
import { quietCustom } from './quiet-custom.ts';
import { quietDiscovery } from './quiet-discovery.ts';
import { quietFargate } from './quiet-fargate.ts';
import { quietIpv6 } from './quiet-ipv6.ts';
import { quietKarpenter } from './quiet-karpenter.ts';
import { quietPrefix } from './quiet-prefix.ts';
import { quietSecondary } from './quiet-secondary.ts';
import { quietWindows } from './quiet-windows.ts';
import { roleWithoutPolicy } from './role-without-policy.ts';
import { secondCluster } from './second-cluster.ts';
import { sharedVpc } from './shared-vpc.ts';
import { strictProbes } from './strict-probes.ts';
import { subnetFull } from './subnet-full.ts';
import { subnetsExcluded } from './subnets-excluded.ts';
import { throttled } from './throttled.ts';
import { tooManyPods } from './too-many-pods.ts';
import { versionSkew } from './version-skew.ts';
import { volumes } from './volumes.ts';
import { warmPoolIdle } from './warm-pool-idle.ts';
import { windowsOff } from './windows-off.ts';
import { xenPrefix } from './xen-prefix.ts';

/** Every small scenario. */
export const FIELD: readonly SmallScenario[] = [
  addonConflict,
  agentPort,
  autoMode,
  autoModeMixed,
  autoModeZones,
  awsNodeKeptOff,
  awsNodeKilled,
  badBoolean,
  branchNoTrunk,
  calicoPolicies,
  ciliumParked,
  controllerRefused,
  controllerRefusedFull,
  cordoned,
  customOldLabel,
  customWrongZone,
  customZoneWithoutConfig,
  fargateFull,
  frozenPool,
  groupWithoutAddresses,
  hybrid,
  hybridWithoutCni,
  hyperpod,
  hyperpodRefused,
  ipv6Role,
  leaked,
  livelock,
  maxPodsKarpenter,
  maxPodsManaged,
  maxPodsTemplate,
  noWayOut,
  policiesEnforced,
  policiesIgnored,
  policyGroupDeleted,
  prefixFragmented,
  prefixMigration,
  quietBranch,
  quietCustom,
  quietDiscovery,
  quietFargate,
  quietIpv6,
  quietKarpenter,
  quietPrefix,
  quietSecondary,
  quietWindows,
  roleWithoutPolicy,
  secondCluster,
  sharedVpc,
  subnetFull,
  tooManyPods,
  versionSkew,
  volumes,
  windowsOff,
  podIdentityAgent,
  eniconfigGroupGone,
  branchUnsupported,
  branchSlotLost,
  imageDenied,
  probeKilled,
  throttled,
  xenPrefix,
  subnetsExcluded,
  strictProbes,
  nodeClassNotReady,
  warmPoolIdle,
  branchFull,
];
