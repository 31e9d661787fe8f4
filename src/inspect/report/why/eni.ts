/** An ENI: whose it is, since when, and what its addresses are used for. */

import { ADDRESSES_PER_BLOCK } from '../../../calc/blocks.ts';
import type { Link } from '../../contract/why.ts';
import { age, things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import { type EniOwner, eniOwners } from '../../facts/eni-owners.ts';
import type { NetworkInterface } from '../../snapshot/ec2.ts';
import { branchEniRows } from '../../snapshot/pod-columns.ts';
import { podAt } from '../../snapshot/pods.ts';
import { type Causes, causeFrom } from './cause.ts';
import { nodePlace } from './place.ts';
import { link, type Scene } from './scene.ts';
import { groupsText } from './steps/groups.ts';
import { eniSlots } from './steps/slots.ts';
import type { Story } from './story.ts';

/** @param eniId one of the snapshot's */
export function eniStory(scene: Scene, causes: Causes, eniId: string): Story {
  const eni = scene.get(section('networkInterfaces'))!.find((e) => e.eniId === eniId)!;
  const owner = scene.get(eniOwners)!.get(eniId)!;
  const node = owner.node === undefined ? undefined : nodePlace(scene, owner.node);
  const finding = causes.ofEni(eniId);
  const held = eni.attachment !== undefined || eni.status === 'in-use';
  const state = owner.leaked ? 'free' : held ? 'held' : 'unknown';
  const links = podLinks(scene, eni);
  const [carrier] = links.flatMap((l) => (typeof l.evidence.pod === 'string' ? [l.evidence.pod] : []));
  const what = owner.leaked
    ? `was left behind by ${ownerText(owner)}`
    : held
      ? belonging(owner, carrier)
      : `is attached to nothing; it was made for ${ownerText(owner)}`;
  return {
    subject: { kind: 'eni', id: eniId, ...(owner.node === undefined ? {} : { node: owner.node }) },
    state,
    summary: `${eniId} ${what}`,
    chain: [eniLink(scene, eni), ownerLink(scene, owner), ...links, addressesLink(scene, owner)],
    cause: finding ? causeFrom(finding) : null,
    fixes: finding?.fixes ?? [],
    enis: node ? (eniSlots(scene, node)?.filter((e) => e.eniId === eniId) ?? null) : null,
    pods: null,
  };
}

function eniLink(scene: Scene, eni: NetworkInterface): Link {
  const { attachment: a } = eni;
  const at = a?.instanceId === undefined ? '' : `, device ${a.deviceIndex} of ${a.instanceId}`;
  const groups = eni.securityGroupIds.length > 0 ? `, with ${groupsText(scene, eni.securityGroupIds)}` : '';
  return link('eni', 'ok', `${eni.type} in ${eni.subnetId} (${eni.availabilityZone}), ${eni.status}${at}${groups}`, {
    type: eni.type,
    status: eni.status,
    subnetId: eni.subnetId,
    zone: eni.availabilityZone,
    instanceId: a?.instanceId ?? null,
    securityGroupIds: eni.securityGroupIds,
  });
}

/** Classes in the words of a sentence; others stand as they are written. */
const CLASSES: Readonly<Record<string, string>> = {
  'sgp-branch': 'a pod with security groups of its own (branch ENI)',
  'sgp-trunk': 'the trunk for branch ENIs',
  'cni-secondary': 'aws-node',
  'node-primary': 'a node, as its primary ENI',
  'control-plane': 'the EKS control plane',
  'nat-gateway': 'a NAT gateway',
  'load-balancer': 'a load balancer',
  'vpc-endpoint': 'a VPC endpoint',
  lambda: 'Lambda',
  efs: 'EFS',
  rds: 'RDS',
  elasticache: 'ElastiCache',
  'auto-mode': 'EKS Auto Mode',
  fargate: 'Fargate',
  'aws-managed': 'a service of AWS',
  'aws-service': 'a service of AWS',
  'other-cluster': 'another cluster',
  'other-service': 'a service',
  'user-managed': 'whoever attached it, not aws-node',
  ec2: 'an EC2 instance outside the cluster',
  unattached: 'nothing that can be told',
  other: 'nothing that can be told',
};

/** `aws-node on ip-10-0-1-20`, `load-balancer net/web`. */
export function ownerText({ class: of, name, node }: EniOwner): string {
  const words = CLASSES[of] ?? of.replaceAll('-', ' ');
  if (node !== undefined) return `${words} on ${node}`;
  return name === '' || name === of || name === words ? words : `${words} (${name})`;
}

/** What stands behind "eni-0a1 ": `is the primary ENI of ip-10-0-1-20`. */
export function belonging(owner: EniOwner, pod?: string): string {
  const { class: of, node } = owner;
  if (of === 'sgp-branch' && pod !== undefined)
    return `is the branch ENI of pod ${pod}${node === undefined ? '' : ` on ${node}`}`;
  if (of === 'node-primary' && node !== undefined) return `is the primary ENI of ${node}`;
  if (of === 'sgp-trunk' && node !== undefined) return `is the trunk of ${node}, which carries its branch ENIs`;
  return `belongs to ${ownerText(owner)}`;
}

export function ownerLink(scene: Scene, owner: EniOwner): Link {
  const since =
    owner.since === undefined ? '' : `, for ${age(Math.max(0, scene.now - Date.parse(owner.since) / 1000))}`;
  const sure = owner.confidence === 'high' ? '' : owner.confidence === 'medium' ? ', by its description' : ', a guess';
  return link('owner', owner.leaked ? 'broken' : 'ok', `${ownerText(owner)}${since}${sure}`, {
    class: owner.class,
    name: owner.name,
    confidence: owner.confidence,
    node: owner.node ?? null,
    instanceId: owner.instanceId ?? null,
    cluster: owner.cluster ?? null,
    account: owner.eni.ownerId ?? null,
    since: owner.since ?? null,
    leaked: owner.leaked,
  });
}

/** The pod of a branch ENI. */
function podLinks(scene: Scene, eni: NetworkInterface): readonly Link[] {
  const pods = scene.get(section('pods'));
  if (!pods || eni.type !== 'branch') return [];
  const own = branchEniRows(pods).find(({ eniId }) => eniId === eni.eniId);
  if (own) {
    const pod = podAt(pods, own.row);
    return [link('pod', 'ok', `of pod ${pod.namespace}/${pod.name}`, { pod: `${pod.namespace}/${pod.name}` })];
  }
  return [
    link(
      'pod',
      'unknown',
      'no pod carries it: it waits for its end, which the controller gives it 60 s after its pod',
      { pod: null },
    ),
  ];
}

function addressesLink(scene: Scene, { eni, idle }: EniOwner): Link {
  const singles = eni.secondaryIps.length + (eni.primaryIp === undefined ? 0 : 1);
  const total = singles + ADDRESSES_PER_BLOCK * eni.prefixes.length;
  const parts = [
    ...(singles > 0 ? [things(singles, 'single address', 'single addresses')] : []),
    ...(eni.prefixes.length > 0 ? [`${eni.prefixes.length} /28`] : []),
    ...(eni.ipv6Prefixes.length > 0 ? [`${eni.ipv6Prefixes.length} IPv6 prefix`] : []),
  ];
  const unread = scene.missing(section('pods'));
  const spare =
    idle === undefined
      ? unread && eni.attachment
        ? `; how many are idle is not known: ${unread}`
        : ''
      : `; ${idle} of them idle`;
  return link('addresses', 'ok', `${parts.join(' and ') || 'no address'}${spare}`, {
    addresses: total,
    prefixes: eni.prefixes.length,
    idle: idle ?? null,
  });
}
