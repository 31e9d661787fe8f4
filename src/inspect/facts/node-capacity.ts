import type { InstanceType } from '../../calc/catalog/instance-type.ts';
import {
  nodeCapacity as capacityOf,
  type IpamdSettings,
  type NodeLimits,
  nodeLimits,
  type OccupiedSlots,
} from '../../calc/ipamd/index.ts';
import { HOST_PODS, IPV6_ADDRESSES, KUBELET_DEFAULT, vcpuCeiling } from '../../calc/maxpods/index.ts';
import type { Mode } from '../../calc/patterns.ts';
import type { Subnet } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { defineFact, section } from './define-fact.ts';
import { type Networking, networking } from './networking.ts';
import { isExcluded, type NodeEnis, nodeEnis } from './node-enis.ts';
import { type NodeInstance, nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { behaves } from './support/cni-release.ts';
import { type NodeGroup, nodeGroupOf } from './support/node-group.ts';
import { modeOn, prefixesWorkOn } from './support/node-mode.ts';

/** What one node can address. Letters in brackets are those of the formula `(E - U - C - T) × (I - 1)`. */
export interface NodeCapacity {
  readonly node: Node;
  readonly instanceType: string;
  readonly limits: InstanceType;
  readonly zone?: string;
  readonly group: NodeGroup;
  /** In force on this type: prefixes need Nitro or bare metal (`ipamd.go:isConfigValid`). */
  readonly mode: Mode;
  /** ENIs ipamd allows itself, primary and trunk included (E). */
  readonly eniLimit: number;
  /** Attached ENIs on card 0 that ipamd leaves alone (U). */
  readonly unmanaged: number;
  /** 1 where the primary ENI gets no pod addresses: custom networking, or its subnet tagged `kubernetes.io/role/cni=0` (C). */
  readonly custom: 0 | 1;
  /** Further attached ENIs in such subnets. */
  readonly excluded: number;
  /** 1 where a slot is kept for the trunk, or taken by one that is left over (T). */
  readonly trunk: 0 | 1;
  /** ENIs that may hold pod addresses. */
  readonly dataEnis: number;
  readonly slotsPerEni: number;
  /** Addresses ipamd can give to pods here at most; 2^48 in IPv6. */
  readonly podIps: number;
  /** Branch ENIs the trunk carries; 0 without security groups for pods. */
  readonly branchEnis: number;
  /** kubelet's, as the node says. */
  readonly maxPods?: number;
  /** What the AMI sets from the type alone: `ENIs × (IPs per ENI - 1) + 2`. */
  readonly formulaMaxPods: number;
  /** Safe maximum for any mix of pods: addresses plus two host-network pods, under the vCPU ceiling of 110 or 250. */
  readonly recommendedMaxPods: number;
}

/** Capacity by node name. Served nodes only; nodes whose instance type or its limits are unknown are left out. */
export const nodeCapacity = defineFact({
  id: 'nodeCapacity',
  needs: { nodes: nodesServedByCni, networking, instances: nodeInstances },
  helps: { enis: nodeEnis, subnets: section('subnets') },
  derive: ({ nodes, networking: net, instances, enis, subnets }): ReadonlyMap<string, NodeCapacity> => {
    const byId = new Map(subnets?.map((s) => [s.subnetId, s]));
    const found = new Map<string, NodeCapacity>();
    for (const { name } of nodes.served) {
      const at = instances.get(name);
      if (at?.limits === undefined || at.instanceType === undefined) continue;
      found.set(name, capacity(at, at.limits, at.instanceType, net, enis?.get(name), byId));
    }
    return found;
  },
});

function capacity(
  at: NodeInstance,
  limits: InstanceType,
  instanceType: string,
  net: Networking,
  enis: NodeEnis | undefined,
  subnets: ReadonlyMap<string, Subnet>,
): NodeCapacity {
  const occupied = occupiedSlots(at, net, enis, subnets);
  const model = ipamdLimits(limits, net);
  const kept = keepsTrunkSlot(net.settings, model);
  const settings =
    kept && isFullWithoutTrunk(net.settings, model, enis) ? { ...net.settings, podEni: false } : net.settings;
  const c = capacityOf(settings, model, occupied);
  const mode = modeOn(net, limits);
  const podIps = mode === 'ipv6' ? IPV6_ADDRESSES : c.maxPodIPs;
  return {
    node: at.node,
    instanceType,
    limits,
    zone: at.zone,
    group: nodeGroupOf(at.node, at.instance),
    mode,
    eniLimit: c.eniCeiling,
    unmanaged: c.unmanagedENIs,
    custom: c.closedENIs > occupied.excludedEnis ? 1 : 0,
    excluded: occupied.excludedEnis,
    trunk: c.trunkENIs === 1 || kept ? 1 : 0,
    dataEnis: c.maxDataENIs,
    slotsPerEni: c.slotsPerENI,
    podIps,
    branchEnis: c.branchENILimit,
    maxPods: at.node.maxPods,
    formulaMaxPods: limits.maxEnis * (limits.ipv4PerEni - 1) + HOST_PODS,
    recommendedMaxPods: Math.min(podIps + HOST_PODS, vcpuCeiling(limits.vcpus) ?? KUBELET_DEFAULT),
  };
}

/**
 * Every slot was taken when security groups for pods came on: no trunk can come, and what is attached goes on serving pods, since
 * ipamd keeps a slot by making no further ENI alone (`ipamd.go:hasRoomForEni`).
 */
function isFullWithoutTrunk({ maxEni }: IpamdSettings, { eniLimit }: NodeLimits, enis: NodeEnis | undefined): boolean {
  if (!enis || enis.trunk) return false;
  return enis.data.length + enis.unmanaged.length >= (maxEni >= 1 ? Math.min(maxEni, eniLimit) : eniLimit);
}

/** Slots that something else than pod addresses takes, as far as EC2 showed. */
export function occupiedSlots(
  at: NodeInstance,
  net: Networking,
  enis: NodeEnis | undefined,
  subnets: ReadonlyMap<string, Subnet>,
): Required<OccupiedSlots> {
  const own = at.subnetId === undefined ? undefined : subnets.get(at.subnetId);
  return {
    unmanagedEnis: enis?.unmanaged.length ?? 0,
    excludedEnis: enis?.excluded.filter((e) => e !== enis.primary).length ?? 0,
    primarySubnetExcluded: isExcluded(own, net),
    leftoverTrunk: enis?.trunk !== undefined && !net.settings.podEni,
  };
}

/** Limits as the ipamd in force sees them: before v1.20.4 it kept a slot for a trunk on every type (`awsutils.go:IsTrunkingCompatible`). */
export function ipamdLimits(limits: InstanceType, net: Pick<Networking, 'cniVersion'>): NodeLimits {
  const known = seen.get(limits);
  if (known && known.cniVersion === net.cniVersion) return known.model;
  const model = {
    ...nodeLimits(limits),
    trunkSlotKept: !behaves(net.cniVersion, 'trunkListRead'),
    prefixCapable: prefixesWorkOn(limits, net.cniVersion),
  };
  seen.set(limits, { cniVersion: net.cniVersion, model });
  return model;
}

/** Asked for every node of a cluster, which has few instance types and one release of aws-node. */
const seen = new WeakMap<InstanceType, { readonly cniVersion: string | undefined; readonly model: NodeLimits }>();

function keepsTrunkSlot(settings: IpamdSettings, limits: NodeLimits): boolean {
  return settings.podEni && (limits.trunkingCompatible || limits.trunkSlotKept === true);
}
