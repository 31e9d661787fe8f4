/** An ENIConfig that works: a subnet of the zone with room, the security groups the others use, and aws-node restarted. */
import { changeSettings } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import { count, some, things } from '../../contract/words.ts';
import type { Helps } from '../../facts/define-fact.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { nodeEnis } from '../../facts/node-enis.ts';
import { subnetNeed } from '../../facts/subnet-need.ts';
import { commandLine, documentLines, json, named, withInput } from '../../shell.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { kubectl } from '../support/commands.ts';
import { restartAwsNode } from './aws-node-pods.ts';
import { newSubnetInputs, planSubnet, type SubnetPlan, withSubnetId } from './new-subnet.ts';
import { existingPodSubnet, podSubnetInputs } from './pod-subnet.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const eniConfigFixInputs = { ...newSubnetInputs, ...podSubnetInputs, nodeEnis, subnetNeed };
export type EniConfigFixInputs = Helps<typeof eniConfigFixInputs>;

export interface EniConfigWish {
  readonly name: string;
  /** Zones of the nodes that ask for it. One ENIConfig serves one zone. */
  readonly zones: readonly string[];
  /** Nodes on which aws-node waits for it. */
  readonly nodes: readonly string[];
}

/** Room for the pods of a few nodes. */
const ENOUGH_ADDRESSES = 64;
const SHORTEST = 20;
const LONGEST = 24;

/** Nothing where its nodes are in several zones, or no subnet can be found or planned. */
export function makeEniConfig(from: EniConfigFixInputs, wish: EniConfigWish): Fix[] {
  const [zone, ...others] = wish.zones;
  const vpcId = from.fix.cluster?.vpcId ?? from.vpc?.vpcId;
  const groups = podSecurityGroups(from);
  if (!zone || others.length > 0 || !vpcId) return [];
  const restart = restartAwsNode(from.fix, wish.nodes);
  const after =
    restart.length > 0
      ? ` Restarts aws-node on ${things(wish.nodes.length, 'node')}, which then ${wish.nodes.length === 1 ? 'gets its' : 'get their'} ENIs.`
      : '';
  const blocks = from.fix.networking?.mode === 'prefix' ? Math.max(wish.nodes.length, 1) : 0;
  const present = existingPodSubnet(from, { vpcId, zone, free: ENOUGH_ADDRESSES, blocks });
  if (present)
    return [
      {
        title: `Make ENIConfig ${wish.name} with ${present.subnetId} (${present.cidr}, ${count(present.availableIps)} addresses free)`,
        commands: [
          withInput(
            kubectl('apply', '-f', '-'),
            eniConfigDocument(wish.name, named('subnet', present.subnetId), groups),
          ),
          ...restart,
        ],
        changes: `Pods of nodes in ${zone} take addresses from ${present.subnetId}.${after}`,
        effect: 'minutes',
      },
    ];
  const plan = planPodSubnet(from, vpcId, zone);
  if (!plan) return [];
  return [
    {
      title: `Create a pod subnet of ${count(plan.addresses)} addresses in ${zone} and ENIConfig ${wish.name} with it`,
      commands: [...plan.commands, applyWithNewSubnet(from.fix, vpcId, plan, wish.name, groups), ...restart],
      changes: `Pods of nodes in ${zone} take addresses from the new subnet.${after}`,
      effect: 'minutes',
    },
  ];
}

/** Points an ENIConfig at a subnet of another zone. */
export function moveEniConfig(
  from: EniConfigFixInputs,
  name: string,
  zone: string,
  nodes: readonly string[],
  vpcId: string,
): Fix[] {
  const restart = restartAwsNode(from.fix, nodes);
  const present = existingPodSubnet(from, {
    vpcId,
    zone,
    free: ENOUGH_ADDRESSES,
    blocks: from.fix.networking?.mode === 'prefix' ? Math.max(nodes.length, 1) : 0,
  });
  const patch = (subnetId: string) => [
    'patch',
    'eniconfig',
    named('object', name),
    '--type',
    'merge',
    '-p',
    json({ spec: { subnet: subnetId } }),
  ];
  const changes = `Nodes that use ENIConfig ${name} create their ENIs in ${zone}, where they are.`;
  if (present)
    return [
      {
        title: `Point ENIConfig ${name} at ${present.subnetId} in ${zone}`,
        commands: [kubectl(...patch(present.subnetId)), ...restart],
        changes,
        effect: 'minutes',
      },
    ];
  const plan = planPodSubnet(from, vpcId, zone);
  if (!plan) return [];
  return [
    {
      title: `Create a pod subnet of ${count(plan.addresses)} addresses in ${zone} and point ENIConfig ${name} at it`,
      commands: [...plan.commands, withSubnetId(from.fix, vpcId, plan, 'kubectl', ...patch('{}')), ...restart],
      changes,
      effect: 'minutes',
    },
  ];
}

/** One ENIConfig for each zone, and the zone label to choose among them; nothing where one of them cannot be made. */
export function eniConfigPerZone(from: EniConfigFixInputs, zones: readonly string[], nodes: readonly string[]): Fix[] {
  const existing = new Set(from.eniConfigs?.map((c) => c.name));
  const missing = zones.filter((z) => !existing.has(z));
  const made = missing.flatMap((z) => makeEniConfig(from, { name: z, zones: [z], nodes: [] }).slice(0, 1));
  if (zones.length === 0 || made.length < missing.length) return [];
  const setting = changeSettings(from.fix.cluster, from.fix.cni, from.fix.addon, {
    set: { ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' },
  });
  return [
    {
      title: `${made.length > 0 ? `Make an ENIConfig for ${some(missing)} and let` : 'Let'} the zone label choose`,
      commands: [...made.flatMap((fix) => fix.commands), ...setting.commands],
      changes: `${setting.changes} Each of the ${things(nodes.length, 'node')} then uses the ENIConfig of its own zone, unless a label or annotation on it names another.`,
      effect: 'minutes',
      risk: `Every zone with nodes needs an ENIConfig of its name.${setting.risk ? ` ${setting.risk}` : ''}`,
    },
  ];
}

/** The groups most ENIConfigs use; without any, those of a node's primary ENI, else the cluster's own. */
export function podSecurityGroups(from: EniConfigFixInputs): readonly string[] {
  const sets = (from.eniConfigs ?? []).map((c) => c.securityGroupIds).filter((g) => g.length > 0);
  const votes = new Map<string, number>();
  for (const set of sets) votes.set(set.join(','), (votes.get(set.join(',')) ?? 0) + 1);
  const [most] = [...votes].sort((a, b) => b[1] - a[1]);
  if (most) return most[0].split(',');
  const primary = [...(from.nodeEnis?.values() ?? [])].find((n) => n.primary?.securityGroupIds.length)?.primary;
  if (primary) return primary.securityGroupIds;
  return from.fix.cluster?.clusterSecurityGroupId ? [from.fix.cluster.clusterSecurityGroupId] : [];
}

/** A subnet another ENIConfig uses, else one of nodes: the new one shall have its routes and lie in its range. */
function sibling(from: EniConfigFixInputs): Subnet | undefined {
  const { subnets = [], eniConfigs = [], subnetNeed: needs } = from;
  return (
    subnets.find((s) => eniConfigs.some((c) => c.subnetId === s.subnetId)) ??
    subnets.find((s) => needs?.has(s.subnetId))
  );
}

function tagsFor({ cluster }: FixContext, zone: string): Readonly<Record<string, string>> {
  return cluster ? { Name: `${cluster.name}-pods-${zone}` } : {};
}

/** `{}` for the subnet's id is filled in by `xargs`. */
export function eniConfigDocument(name: string, subnetId: string, groups: readonly string[]): object {
  return {
    apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
    kind: 'ENIConfig',
    metadata: { name: named('object', name) },
    spec: {
      subnet: subnetId,
      ...(groups.length > 0 ? { securityGroups: groups.map((g) => named('security-group', g)) } : {}),
    },
  };
}

/** Makes the ENIConfig with the id that the planned subnet has by then. */
export function applyWithNewSubnet(
  fix: FixContext,
  vpcId: string,
  plan: SubnetPlan,
  name: string,
  groups: readonly string[],
): string {
  const lines = documentLines(eniConfigDocument(name, '{}', groups));
  return `${withSubnetId(fix, vpcId, plan, 'printf', '%s\\n', ...lines)} | ${commandLine('kubectl', 'apply', '-f', '-')}`;
}

/** A subnet for the pods of a zone, routed like those the other ENIConfigs name. */
function planPodSubnet(from: EniConfigFixInputs, vpcId: string, zone: string): SubnetPlan | undefined {
  return planSubnet(from, {
    vpcId,
    zone,
    shortest: SHORTEST,
    longest: LONGEST,
    like: sibling(from),
    tags: tagsFor(from.fix, zone),
  });
}
