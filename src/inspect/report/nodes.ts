/** One row for every node: demand by class, what EC2 shows beside what the ipamd model expects. */

import type { NodeInterface, NodeReport } from '../contract/report.ts';
import { type Run, section } from '../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../facts/demand.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { type NodeCapacity, nodeCapacity } from '../facts/node-capacity.ts';
import { type NodeEnis, nodeEnis } from '../facts/node-enis.ts';
import { nodeInstances } from '../facts/node-instances.ts';
import { nodePlatforms, type Platform } from '../facts/platforms.ts';
import { predictedEnis } from '../facts/predicted-enis.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { nodeGroupOf } from '../facts/support/node-group.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';

/** Null where nodes could not be read. */
export function nodeReports(run: Run): NodeReport[] | null {
  const nodes = run.valueOf(section('nodes'));
  if (!nodes) return null;
  const platforms = run.valueOf(nodePlatforms);
  const demands = run.valueOf(demand);
  const capacity = run.valueOf(nodeCapacity);
  const enis = run.valueOf(nodeEnis);
  const predictions = run.valueOf(predictedEnis);
  const inForce = run.valueOf(networking);
  const stuck = stuckByNode(run);
  const machines = run.valueOf(nodeInstances);
  const reports = nodes.map((node): NodeReport => {
    const machine = machines?.get(node.name);
    const own = capacity?.get(node.name);
    const prediction = predictions?.get(node.name);
    const platform = platforms?.get(node.name) ?? 'vpc-cni';
    return {
      name: node.name,
      instanceId: node.instanceId ?? null,
      instanceType: machine?.instanceType ?? null,
      zone: machine?.zone ?? null,
      subnetId: machine?.subnetId ?? null,
      ready: node.ready === 'True',
      group: nodeGroupOf(node, machine?.instance),
      platform,
      maxPods: node.maxPods ?? null,
      recommendedMaxPods: own?.recommendedMaxPods ?? null,
      podIpCapacity: own?.podIps ?? null,
      demand: demands ? demandOf(demands.get(node.name) ?? NO_DEMAND) : null,
      stuckPods: stuck ? (stuck.get(node.name) ?? 0) : null,
      configured: configuredOn(platform, own, inForce),
      ...observation(enis?.get(node.name)),
      predicted: prediction ? { held: prediction.held, enis: prediction.enis } : null,
      deviation: prediction?.deviation ?? null,
    };
  });
  return byGroup(reports);
}

function demandOf(demand: NonNullable<NodeReport['demand']>): NodeReport['demand'] {
  const { daemonSet, other, holding, branch, hostNetwork } = demand;
  return { daemonSet, other, holding, branch, hostNetwork };
}

function configuredOn(
  platform: Platform,
  own: NodeCapacity | undefined,
  inForce: Networking | undefined,
): NodeReport['configured'] {
  if (platform !== 'vpc-cni' || !inForce) return null;
  return { pattern: inForce.pattern, mode: own?.mode ?? inForce.mode };
}

type Observation = Pick<NodeReport, 'observed' | 'enis' | 'interfaces' | 'held' | 'warm'>;

function observation(seen: NodeEnis | undefined): Observation {
  if (!seen) return { observed: null, enis: null, interfaces: null, held: null, warm: null };
  const interfaces = interfacesOf(seen);
  return {
    observed: seen.observed,
    enis: interfaces.length,
    interfaces,
    held: seen.held,
    warm: seen.warm ?? null,
  };
}

function interfacesOf({ primary, data, trunk, unmanaged }: NodeEnis): NodeInterface[] {
  const found: NodeInterface[] = [];
  for (const eni of data) found.push(interfaceOf(eni, eni.eniId === primary?.eniId ? 'primary' : 'data'));
  if (trunk) found.push(interfaceOf(trunk, 'trunk'));
  for (const eni of unmanaged) found.push(interfaceOf(eni, 'unmanaged'));
  return found;
}

function interfaceOf(eni: NetworkInterface, role: NodeInterface['role']): NodeInterface {
  const { eniId, subnetId, primaryIp, secondaryIps, prefixes } = eni;
  return { eniId, role, subnetId, addresses: (primaryIp ? 1 : 0) + secondaryIps.length, prefixes: prefixes.length };
}

function stuckByNode(run: Run): ReadonlyMap<string, number> | undefined {
  const stuck = run.valueOf(stuckPods);
  if (!stuck) return undefined;
  const counts = new Map<string, number>();
  for (const pod of stuck) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
  return counts;
}

/** Groups of one kind stand together, then type, zone and name. */
function byGroup(reports: readonly NodeReport[]): NodeReport[] {
  const keyed = reports.map((report) => {
    const { group, instanceType, zone, name } = report;
    return { report, key: [group.kind, group.name, instanceType ?? '', zone ?? '', name].join('\u0000') };
  });
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ report }) => report);
}
