/** The nodes whose capacity is compared: what each is, where it stands, what its pods ask for. */
import type { InstanceType } from '../../calc/catalog/instance-type.ts';
import { type Pattern, usesSecurityGroupsForPods } from '../../calc/patterns.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { networking } from '../facts/networking.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { isExcluded, type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { type PodRequests, podRequests, type Requests } from '../facts/pod-requests.ts';
import { keepsOut, type SchedulingNode } from '../facts/support/scheduling.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { podsSelectedForBranch } from './selected-pods.ts';

export interface CapacityNode {
  readonly name: string;
  readonly zone: string | undefined;
  readonly subnetId: string | undefined;
  readonly limits: InstanceType;
  readonly unmanagedEnis: number;
  /** Its subnet is tagged `kubernetes.io/role/cni=0` while that counts. */
  readonly primaryExcluded: boolean;
  /** A trunk from before security groups for pods were switched off is attached. */
  readonly leftoverTrunk: boolean;
  readonly otherCards: OtherCards;
  /** Cordoned, or tainted so that ordinary pods do not go there. */
  readonly unschedulable: boolean;
  /** What the scheduler looks at; undefined for nodes that do not exist yet. */
  readonly site?: SchedulingNode;
  /** CPU and memory that no pod has asked for; undefined where requests or the node's size are not known. */
  readonly spare?: Requests;
  /** All that pods may ask of it. */
  readonly size?: Requests;
  /** kubelet's, as it is now. */
  readonly maxPods: number | undefined;
  readonly demand: NodeClasses;
}

/** Network cards beside card 0. */
interface OtherCards {
  /** Cards ipamd manages where ENABLE_MULTI_NIC is on: those without an EFA-only ENI, or with another ENI beside it. */
  readonly managed: number;
  /** Addresses and prefixes of the ENIs there. */
  readonly addresses: number;
  readonly prefixes: number;
}

interface NodeClasses {
  /** Pods that use an address or a branch ENI, however they get it today. */
  readonly networked: number;
  /** Of those, the ones on branch ENIs today. */
  readonly branch: number;
  /** Of those, the ones today's policies select. */
  readonly selected: number;
  readonly hostNetwork: number;
  /** Pods of DaemonSets that take an address. */
  readonly daemonSet: number;
}

export interface CapacityNodes {
  readonly nodes: readonly CapacityNode[];
  /** False where the limits of some served node are unknown: sums over nodes would then be too small. */
  readonly complete: boolean;
  /** False where pods could not be read. */
  readonly demandKnown: boolean;
  /** False where the policies could not be read: branch pods are then those of today. */
  readonly policiesKnown: boolean;
}

export function capacityNodes(run: Run): CapacityNodes | undefined {
  if (!known.has(run)) known.set(run, found(run));
  return known.get(run);
}

/** The same under every pair. */
const known = new WeakMap<Run, CapacityNodes | undefined>();

function found(run: Run): CapacityNodes | undefined {
  const capacity = run.valueOf(nodeCapacity);
  if (!capacity) return undefined;
  const served = run.valueOf(nodesServedByCni)?.served.length ?? capacity.size;
  const demands = run.valueOf(demand);
  const selected = run.valueOf(podsSelectedForBranch);
  const inForce = run.valueOf(networking);
  const enis = run.valueOf(nodeEnis);
  const machines = run.valueOf(nodeInstances);
  const asked = run.valueOf(podRequests);
  const subnets = new Map(run.valueOf(section('subnets'))?.map((s) => [s.subnetId, s]));
  const nodes = [...capacity.values()].map((c): CapacityNode => {
    const subnetId = machines?.get(c.node.name)?.subnetId;
    const subnet = subnets.get(subnetId ?? '');
    const own = demands?.get(c.node.name) ?? NO_DEMAND;
    return {
      name: c.node.name,
      zone: c.zone ?? subnet?.availabilityZone,
      subnetId,
      limits: c.limits,
      unmanagedEnis: c.unmanaged,
      primaryExcluded: inForce !== undefined && isExcluded(subnet, inForce),
      leftoverTrunk: enis?.get(c.node.name)?.trunk !== undefined && inForce?.settings.podEni === false,
      otherCards: otherCardsOf(c.limits, enis?.get(c.node.name)),
      unschedulable: isClosed(c.node),
      site: c.node,
      ...resources(c.node, asked),
      maxPods: c.maxPods,
      demand: {
        networked: own.addressed + own.branch,
        branch: own.branch,
        selected: selected?.get(c.node.name) ?? own.branch,
        hostNetwork: own.hostNetwork,
        daemonSet: own.daemonSet,
      },
    };
  });
  return {
    nodes: nodes.sort(byPlace),
    complete: nodes.length === served,
    demandKnown: demands !== undefined,
    policiesKnown: selected !== undefined,
  };
}

/** The node's size, and what is left of it. */
function resources(node: Node, asked: PodRequests | undefined): Pick<CapacityNode, 'spare' | 'size'> {
  const { cpuMillis, memoryBytes } = node;
  if (cpuMillis === undefined || memoryBytes === undefined) return {};
  const size = { cpuMillis, memoryBytes };
  if (!asked) return { size };
  const used = asked.byNode.get(node.name) ?? { cpuMillis: 0, memoryBytes: 0 };
  return {
    size,
    spare: {
      cpuMillis: Math.max(cpuMillis - used.cpuMillis, 0),
      memoryBytes: Math.max(memoryBytes - used.memoryBytes, 0),
    },
  };
}

/** Pods without a toleration stay away from a node with a taint that forbids them. */
function isClosed(node: Node): boolean {
  return node.unschedulable || node.taints.some(keepsOut);
}

/** Where ENIs were not read, every further card counts as managed and nothing is known to be attached. */
function otherCardsOf(limits: InstanceType, seen: NodeEnis | undefined): OtherCards {
  if (!seen) return { managed: Math.max(limits.networkCards - 1, 0), addresses: 0, prefixes: 0 };
  const managed = new Set<number | undefined>();
  let addresses = 0;
  let prefixes = 0;
  for (const eni of seen.otherCards) {
    if (eni.type !== 'efa-only') managed.add(eni.attachment?.networkCardIndex);
    addresses += (eni.primaryIp === undefined ? 0 : 1) + eni.secondaryIps.length;
    prefixes += eni.prefixes.length;
  }
  return { managed: managed.size, addresses, prefixes };
}

/** By what decides, names last, so that neither the order of a list nor a renamed node changes a number. */
function byPlace(a: CapacityNode, b: CapacityNode): number {
  return (
    compare(a.zone ?? '', b.zone ?? '') ||
    b.demand.networked - a.demand.networked ||
    b.limits.maxEnis * b.limits.ipv4PerEni - a.limits.maxEnis * a.limits.ipv4PerEni ||
    compare(a.limits.instanceType, b.limits.instanceType) ||
    compare(a.subnetId ?? '', b.subnetId ?? '') ||
    compare(a.name, b.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How the pods of a node split under a pattern: on branch ENIs those selected, as far as the node has branch ENIs. */
export function split(
  node: CapacityNode,
  pattern: Pattern,
  current: boolean,
  branchEnis: number,
): { readonly addressed: number; readonly branch: number } {
  const { networked, branch, selected } = node.demand;
  const wanted = usesSecurityGroupsForPods(pattern) ? (current ? branch : selected) : 0;
  return { addressed: networked - wanted, branch: Math.min(wanted, branchEnis) };
}
