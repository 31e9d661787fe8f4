/** What a pod would get if it were made anew on the same node, by what is configured now. */
import type { Link } from '../../../contract/why.ts';
import { section } from '../../../facts/define-fact.ts';
import { networking } from '../../../facts/networking.ts';
import { podGroups } from '../../../facts/pod-groups.ts';
import type { NodePlace, PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';
import { limitsLink, trunkLink } from './limits.ts';
import { eniConfigLink } from './pattern.ts';
import { podSubnetLinks } from './subnets.ts';

export function restartLink(scene: Scene, { pod, node }: PodPlace): Link {
  if (pod.class === 'host-network')
    return link('restart', 'ok', 'made anew it would have the address of its node again');
  if (
    !node ||
    pod.class === 'fargate' ||
    pod.class === 'windows' ||
    (node.platform !== undefined && node.platform !== 'vpc-cni')
  )
    return link('restart', 'skipped', 'what it would get anew is not for aws-node to say');
  const net = scene.get(networking);
  if (!net) return link('restart', 'unknown', `what it would get anew is not known: ${scene.missing(networking)}`);
  const chosen = scene.get(podGroups)?.(pod);
  if (net.settings.podEni && !chosen)
    return link(
      'restart',
      'unknown',
      `whether it would get a branch ENI is not known: ${scene.missing(section('securityGroupPolicies'))}`,
    );
  if (net.settings.podEni && chosen && chosen.policies.length > 0) {
    const trunk = trunkLink(scene, node);
    const names = chosen.policies.map((p) => `${p.namespace}/${p.name}`).join(' and ');
    const groups = chosen.groupIds.join(', ');
    const evidence = {
      pattern: 'sgp',
      policies: chosen.policies.map((p) => p.name),
      securityGroupIds: chosen.groupIds,
    };
    // Its own branch ENI comes free with it, though only after the controller's cool-down.
    if (trunk.status === 'ok' || pod.class === 'branch')
      return link('restart', 'ok', `made anew it would get a branch ENI with ${groups} by ${names}`, evidence);
    return link(
      'restart',
      trunk.status,
      `made anew it would ask for a branch ENI by ${names}, and ${trunk.statement}`,
      evidence,
    );
  }
  if (net.mode === 'ipv6')
    return link('restart', 'ok', 'made anew on this node it would get an address of its /80', { pattern: net.pattern });
  return addressOf(scene, node, net.settings.customNetworking);
}

function addressOf(scene: Scene, node: NodePlace, customNetworking: boolean): Link {
  const from = customNetworking ? eniConfigLink(scene, node) : undefined;
  if (from && from.status !== 'ok') return link('restart', from.status, `made anew: ${from.statement}`, from.evidence);
  const by = from ? `by ENIConfig ${String(from.evidence.eniConfig)}` : 'by the default pattern';
  const evidence = { pattern: customNetworking ? 'custom' : 'default', ...from?.evidence };
  // A pod that ends gives its own address back, so one is there for the next after the cool-down.
  const idle = node.enis?.warm;
  const limits = limitsLink(scene, node);
  if (limits.status === 'broken')
    return link('restart', 'broken', `made anew it would compete for an address: ${limits.statement}`, evidence);
  const subnets = podSubnetLinks(scene, node);
  // The address it has now lies outside of the pool, on an ENI that serves no pods any more: it does not come back.
  const shut = subnets.length > 0 && subnets.every((s) => s.status === 'broken');
  if (shut && node.enis?.held === 0)
    return link('restart', 'broken', `made anew on this node it would wait: ${subnets[0]!.statement}`, evidence);
  const ids = subnets.flatMap((s) => (typeof s.evidence.subnetId === 'string' ? [s.evidence.subnetId] : []));
  const of = ids.length > 0 ? ` of ${ids.join(' or ')}` : '';
  const stock =
    idle === undefined ? '' : idle > 0 ? `; the node has ${idle} idle` : '; the node has none idle but its own';
  return link('restart', 'ok', `made anew on this node it would get an address${of} ${by}${stock}`, evidence);
}
