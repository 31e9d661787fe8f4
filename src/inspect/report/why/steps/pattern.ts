/** Which of the four patterns applies to this pod, and what says so. */

import type { Link } from '../../../contract/why.ts';
import { section } from '../../../facts/define-fact.ts';
import { type EniConfigChoice, eniConfigResolution } from '../../../facts/eni-config-resolution.ts';
import { networking } from '../../../facts/networking.ts';
import { inOtherZone } from '../../../facts/node-troubles.ts';
import { type PodGroups, podGroups } from '../../../facts/pod-groups.ts';
import type { NodePlace, PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

export function patternLink(scene: Scene, place: PodPlace): Link {
  const { pod, node } = place;
  if (pod.class === 'host-network')
    return link('pattern', 'skipped', 'it is on the host network: it has the address and the groups of its node');
  if (pod.class === 'fargate') return link('pattern', 'skipped', 'Fargate gives it an ENI of its own');
  if (pod.class === 'windows' || place.events.some((e) => e.kind === 'windows-ip-insufficient'))
    return link('pattern', 'skipped', 'a Windows pod: the VPC resource controller gives it an address of its node');
  const net = scene.get(networking);
  if (!net) return link('pattern', 'unknown', `the settings of aws-node are not known: ${scene.missing(networking)}`);
  const chosen = scene.get(podGroups)?.(pod);
  if (pod.class === 'branch') return branchLink(scene, chosen, net.settings.podEni);
  const late = chosen && chosen.policies.length > 0 ? lateText(chosen, net.settings.podEni) : '';
  if (net.settings.customNetworking) {
    const custom = customLink(scene, node);
    return late ? { ...custom, statement: `${custom.statement}; ${late}` } : custom;
  }
  const without = late || noPolicyText(scene, chosen);
  return link('pattern', 'ok', `the default pattern: custom networking is off and ${without}`, {
    pattern: 'default',
    policies: policyNames(chosen),
  });
}

function branchLink(scene: Scene, chosen: PodGroups | undefined, podEni: boolean): Link {
  const evidence = {
    pattern: 'sgp',
    policies: policyNames(chosen),
    securityGroupIds: chosen?.groupIds ?? null,
    podEni,
  };
  const by = !chosen
    ? `which SecurityGroupPolicy selects it is not known (${scene.missing(section('securityGroupPolicies'))})`
    : chosen.policies.length > 0
      ? `${policiesText(chosen)} it with ${chosen.groupIds.join(', ')}`
      : 'no SecurityGroupPolicy selects it now';
  if (!podEni) return link('pattern', 'broken', `it asks for a branch ENI, and ENABLE_POD_ENI is off; ${by}`, evidence);
  return link('pattern', 'ok', `security groups for pods: ${by}`, evidence);
}

/** A pod that a policy selects and that started before it, or before the feature, keeps what it has. */
function lateText(chosen: PodGroups, podEni: boolean): string {
  const why = podEni ? 'it started before that' : 'ENABLE_POD_ENI is off';
  return `${policiesText(chosen)} it, to no effect: ${why}`;
}

function noPolicyText(scene: Scene, chosen: PodGroups | undefined): string {
  return chosen
    ? 'no SecurityGroupPolicy selects it'
    : `whether a SecurityGroupPolicy selects it is not known (${scene.missing(section('securityGroupPolicies'))})`;
}

/** `SecurityGroupPolicy shop/pay selects`. */
function policiesText({ policies }: PodGroups): string {
  const names = policies.map((p) => `${p.namespace}/${p.name}`);
  return names.length === 1
    ? `SecurityGroupPolicy ${names[0]} selects`
    : `SecurityGroupPolicies ${names.join(' and ')} select`;
}

function policyNames(chosen: PodGroups | undefined): readonly string[] | null {
  return chosen?.policies.map((p) => `${p.namespace}/${p.name}`) ?? null;
}

function customLink(scene: Scene, node: NodePlace | undefined): Link {
  if (!node)
    return link('pattern', 'ok', 'custom networking, by the ENIConfig of the node it will get', { pattern: 'custom' });
  return eniConfigLink(scene, node);
}

/** The ENIConfig of a node: what names it, and what it gives. */
export function eniConfigLink(scene: Scene, node: NodePlace): Link {
  const choice = scene.get(eniConfigResolution)?.get(node.name);
  if (!choice)
    return link(
      'pattern',
      'unknown',
      `custom networking, by an ENIConfig that is not known: ${scene.missing(eniConfigResolution) || 'aws-node does not serve the node'}`,
      {
        pattern: 'custom',
      },
    );
  const named = namedBy(scene, node, choice);
  const { eniConfig, subnet } = choice;
  const evidence = {
    pattern: 'custom',
    eniConfig: choice.name,
    namedBy: choice.step,
    subnetId: eniConfig?.subnetId ?? null,
    securityGroupIds: eniConfig?.securityGroupIds ?? null,
  };
  if (!eniConfig) {
    const names = (scene.get(section('eniConfigs')) ?? []).map((c) => c.name);
    const there = names.length > 0 ? `there are ${names.slice(0, 8).join(', ')}` : 'there is none at all';
    return link(
      'pattern',
      'broken',
      `custom networking by ENIConfig ${choice.name}, ${named}, which does not exist; ${there}`,
      evidence,
    );
  }
  if (!eniConfig.subnetId)
    return link('pattern', 'broken', `ENIConfig ${choice.name}, ${named}, names no subnet`, evidence);
  const groups =
    eniConfig.securityGroupIds.length > 0 ? eniConfig.securityGroupIds.join(', ') : 'the groups of the primary ENI';
  if (node.at && inOtherZone(node.at.node, choice))
    return link(
      'pattern',
      'broken',
      `ENIConfig ${choice.name}, ${named}, gives ${eniConfig.subnetId}, which is in ${subnet?.availabilityZone}, not in ${node.at.zone}`,
      evidence,
    );
  return link(
    'pattern',
    'ok',
    `custom networking by ENIConfig ${choice.name}, ${named}: ${eniConfig.subnetId} with ${groups}`,
    evidence,
  );
}

function namedBy(scene: Scene, node: NodePlace, { step }: EniConfigChoice): string {
  const net = node.net ?? scene.get(networking);
  if (step === 'external-label') return 'named by the label vpc.amazonaws.com/externalEniConfig of the node';
  if (step === 'annotation') return `named by the annotation ${net?.eniConfigAnnotationKey} of the node`;
  if (step === 'label') return `named by the label ${net?.eniConfigLabelKey} of the node`;
  return 'because neither label nor annotation of the node names one';
}
