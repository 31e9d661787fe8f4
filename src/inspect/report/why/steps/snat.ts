/**
 * Under which address a pod is seen outside the VPC (amazon-vpc-cni-k8s: pkg/networkutils/network.go buildIptablesSNATRules).
 * Traffic that stays inside the VPC is never translated.
 */
import type { Link } from '../../../contract/why.ts';
import { section } from '../../../facts/define-fact.ts';
import { networking } from '../../../facts/networking.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

/** Go's strconv.ParseBool; anything else means the default, false. */
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

export function snatLink(scene: Scene, { pod, node }: PodPlace): Link {
  if (pod.class === 'host-network')
    return link('snat', 'skipped', 'it is seen as its node, for it is on the host network');
  if (pod.class === 'fargate')
    return link('snat', 'skipped', 'it is seen under its own address: Fargate translates nothing');
  if (node?.platform !== undefined && node.platform !== 'vpc-cni')
    return link('snat', 'skipped', 'aws-node does not serve its node');
  const net = scene.get(networking);
  if (!net) return link('snat', 'unknown', `whether it is translated is not known: ${scene.missing(networking)}`);
  if (net.mode === 'ipv6') return link('snat', 'ok', 'its IPv6 address is never translated', { snat: false });
  if (pod.class === 'branch' && net.settings.enforcingMode !== 'standard')
    return link('snat', 'ok', 'not translated: in strict mode a branch ENI sends under its own address', {
      snat: false,
      enforcingMode: 'strict',
    });
  if (net.unresolved.includes('AWS_VPC_K8S_CNI_EXTERNALSNAT'))
    return link('snat', 'unknown', 'AWS_VPC_K8S_CNI_EXTERNALSNAT is taken from an object that was not read');
  if (TRUE.has(net.env.AWS_VPC_K8S_CNI_EXTERNALSNAT ?? ''))
    return link(
      'snat',
      'ok',
      'not translated on the node (AWS_VPC_K8S_CNI_EXTERNALSNAT=true): its own address leaves the node',
      { snat: false },
    );
  const excluded = (net.env.AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS ?? '').split(',').filter((c) => c.trim() !== '');
  const vpc = scene.get(section('vpc'))?.cidrs.map((c) => c.cidr) ?? [];
  const inside = [...vpc, ...excluded].join(', ') || 'those of the VPC';
  const as = node?.enis?.primary?.primaryIp;
  return link('snat', 'ok', `seen as ${as ?? 'its node'} by everything outside ${inside}`, {
    snat: true,
    as: as ?? null,
    excluded,
  });
}
