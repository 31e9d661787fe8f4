/** A node of a cluster as EC2, the pod list and its DaemonSet show it. */
import { type EniView, FALLBACK_MAX_PODS, type NodeSubnets } from '../../../calc/ipamd/index.ts';
import { type Run, read, section } from '../../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../../facts/demand.ts';
import { networking, settingsOn } from '../../facts/networking.ts';
import { ipamdLimits, nodeCapacity, occupiedSlots } from '../../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../../facts/node-enis.ts';
import { nodeInstances } from '../../facts/node-instances.ts';
import { podSubnets } from '../../facts/pod-subnets.ts';
import { subnetBlocks } from '../../facts/subnet-blocks.ts';
import type { Gap } from '../../snapshot/section.ts';
import { initialEnis, podAddressesOn } from './initial-enis.ts';
import { addressesBySubnet, budgets, nameSubnets } from './node-subnets.ts';
import { hypervisorOf } from './setup-of-type.ts';
import { AS_GIVEN, type SimulationSetup } from './simulation-setup.ts';

export interface NodeQuestion {
  readonly name: string;
  readonly branchPods?: number;
  readonly eniLimit?: number;
  readonly ipv4PerEni?: number;
  readonly maxPods?: number;
  readonly subnets?: NodeSubnets;
}

/** The setup, or why there is none: `gaps` could not be read, or `unfit` says why this node is none of ipamd's. */
export type NodeAnswer =
  | { readonly setup: SimulationSetup }
  | { readonly gaps: readonly Gap[] }
  | { readonly unfit: string };

/** `name` must be a node of the snapshot. */
export function setupOfNode(run: Run, question: NodeQuestion): NodeAnswer {
  const facts = read(
    run,
    {
      net: networking,
      capacity: nodeCapacity,
      enis: nodeEnis,
      demand,
      instances: nodeInstances,
      pods: section('pods'),
    },
    { podSubnets, subnets: section('subnets'), blocks: subnetBlocks, cluster: section('cluster') },
  );
  if (!facts.known) return { gaps: facts.missing };
  const { net, capacity, enis, instances, cluster, ...v } = facts.value;
  const seen = enis.get(question.name);
  const own = capacity.get(question.name);
  const at = instances.get(question.name);
  if (!seen || !own || !at) return { unfit: 'its instance type or its ENIs are not known' };
  const pods = v.demand.get(question.name) ?? NO_DEMAND;
  const byId = new Map(v.subnets?.map((subnet) => [subnet.subnetId, subnet]));
  const further = v.podSubnets?.byNode.get(question.name);
  const { customNetworking } = net.settings;
  const names = nameSubnets(at.subnetId, further ?? [], customNetworking);
  const initial = initialEnis(seen, podAddressesOn(v.pods, question.name), names);
  const { subnets, notes } = budgets(seen, names, { subnets: byId, blocks: v.blocks, customNetworking, further });
  const model = ipamdLimits(own.limits, net);
  return {
    setup: {
      instanceType: own.instanceType,
      name: question.name,
      cluster: cluster?.name ?? null,
      hypervisor: hypervisorOf(own.limits),
      limits: {
        ...model,
        eniLimit: question.eniLimit ?? model.eniLimit,
        ipv4PerEni: question.ipv4PerEni ?? model.ipv4PerEni,
      },
      limitsFrom: run.snapshot.collectedAt.slice(0, 10),
      occupied: occupiedSlots(at, net, seen, byId),
      subnets: question.subnets ?? subnets,
      subnetIds: Object.fromEntries([...names].map(([id, name]) => [name, id])),
      initial,
      now: {
        pods: pods.addressed,
        enis: seen.data.length + seen.unmanaged.length + (seen.trunk ? 1 : 0),
        podIPsHeld: seen.held,
        assigned: seen.assigned ?? 0,
        subnetIPsBySubnet: addressesBySubnet(seen, names),
        eniViews: initial.map((eni, index) => viewOf(eni, index, own.slotsPerEni)),
      },
      hostPods: pods.hostNetwork,
      branchPods: question.branchPods ?? pods.branch,
      env: net.env,
      defaults: 'daemonset',
      maxPods: () => maxPodsOf(question.maxPods, own.maxPods),
      adapt: (settings) => settingsOn(net.cniVersion, settings),
      assumptions: [...assumptions(seen, net.unresolved), ...notes, ...facts.caveats.map((gap) => gap.reason)],
    },
  };
}

function maxPodsOf(given: number | undefined, ofNode: number | undefined) {
  if (given !== undefined) return { maxPods: given, from: AS_GIVEN };
  if (ofNode !== undefined) return { maxPods: ofNode, from: "kubelet's, as the node says" };
  return { maxPods: FALLBACK_MAX_PODS, from: 'not told by the node: what ipamd then assumes' };
}

function assumptions(seen: NodeEnis, unresolved: readonly string[]): readonly string[] {
  return [
    'aws-node has just restarted: ENIs count as new for a minute; other nodes take nothing meanwhile',
    ...(seen.branch.length > 0 ? ['branch ENIs are made anew at start'] : []),
    ...(unresolved.length > 0 ? [`not known, its default is used: ${unresolved.join(', ')}`] : []),
  ];
}

function viewOf(eni: NonNullable<SimulationSetup['initial']>[number], index: number, slotsPerEni: number): EniView {
  const slots = eni.slots.map(({ pods, prefix }) => ({
    size: prefix ? (16 as const) : (1 as const),
    assigned: pods,
    cooling: 0,
  }));
  return {
    id: index + 1,
    kind: eni.kind,
    subnet: eni.subnet ?? 'node',
    excluded: eni.excluded ?? false,
    ageSeconds: 0,
    slots: slots.sort((a, b) => b.assigned - a.assigned),
    capacity: eni.kind === 'trunk' ? 0 : slotsPerEni,
  };
}
