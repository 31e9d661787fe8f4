/** An address: who holds it, or that it is free, reserved, in nobody's subnet or outside the VPC. */

import { AWS_RESERVED_FIRST } from '../../../calc/blocks.ts';
import { type Cidr, containsAddress, lastOf, parseCidr, parseIpv4 } from '../../../calc/cidr.ts';
import { ipv6RangeHolds, parseIpv6 } from '../../../calc/ipv6.ts';
import type { Link, WhyState } from '../../contract/why.ts';
import { section } from '../../facts/define-fact.ts';
import { eniOwners } from '../../facts/eni-owners.ts';
import { networking } from '../../facts/networking.ts';
import { subnetUse } from '../../facts/subnet-use.ts';
import { subnetNumbers } from '../../facts/support/subnet-numbers.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import { isLiveAt } from '../../snapshot/pod-columns.ts';
import { type Pod, podsWhere } from '../../snapshot/pods.ts';
import { belonging, ownerLink } from './eni.ts';
import { link, type Scene } from './scene.ts';
import { specialAddress } from './special-addresses.ts';
import { type HeldBy, heldBy } from './steps/address.ts';
import type { Story } from './story.ts';

/** @param address IPv4 or IPv6, as typed */
export function addressStory(scene: Scene, address: string): Story {
  const subnet = subnetOf(scene, address);
  const chain = [
    placeLink(scene, address, subnet),
    ...(subnet ? inSubnet(scene, address, subnet) : elsewhere(scene, address)),
  ];
  const last = chain.at(-1)!;
  const node = chain.find((l) => typeof l.evidence.node === 'string')?.evidence.node;
  return {
    subject: { kind: 'address', id: address, ...(typeof node === 'string' ? { node } : {}) },
    state: stateOf(chain),
    summary: `${address}: ${(chain.find((l) => l.step === 'pod' && l.evidence.pod) ?? chain.find((l) => l.step === 'holder' || l.step === 'reserved' || l.step === 'free') ?? last).statement}`,
    chain,
    cause: null,
    fixes: [],
    enis: null,
    pods: null,
  };
}

function stateOf(chain: readonly Link[]): WhyState {
  if (chain.some((l) => l.step === 'holder' || (l.step === 'pod' && l.evidence.pod))) return 'held';
  if (chain.some((l) => l.step === 'reserved' && l.evidence.by === 'aws')) return 'held';
  return chain.some((l) => (l.step === 'free' || l.step === 'reserved') && l.status === 'ok') ? 'free' : 'unknown';
}

function subnetOf(scene: Scene, address: string): Subnet | undefined {
  const v4 = parseIpv4(address);
  const v6 = v4 === undefined ? parseIpv6(address) : undefined;
  return scene.get(section('subnets'))?.find((s) => {
    if (v6 !== undefined) return s.ipv6Cidrs.some((c) => ipv6RangeHolds(c, v6));
    const cidr = parseCidr(s.cidr);
    return cidr !== undefined && v4 !== undefined && containsAddress(cidr, v4);
  });
}

function placeLink(scene: Scene, address: string, subnet: Subnet | undefined): Link {
  if (subnet)
    return link(
      'subnet',
      'ok',
      `in ${subnet.subnetId} (${subnet.availabilityZone}, ${subnet.cidr})${subnet.tags.Name ? ` ${subnet.tags.Name}` : ''}`,
      {
        subnetId: subnet.subnetId,
        zone: subnet.availabilityZone,
        cidr: subnet.cidr,
      },
    );
  const special = specialAddress(scene, address);
  if (special) return link('vpc', 'skipped', special, { inVpc: false });
  const vpc = scene.get(section('vpc'));
  if (!vpc)
    return link('vpc', 'unknown', `whether it lies in the VPC is not known: ${scene.missing(section('vpc'))}`, {
      inVpc: null,
    });
  const ranges = [...vpc.cidrs.map((c) => c.cidr), ...vpc.ipv6Cidrs];
  const v4 = parseIpv4(address);
  const v6 = v4 === undefined ? parseIpv6(address) : undefined;
  const inside = ranges.some((r) => {
    if (v6 !== undefined) return r.includes(':') && ipv6RangeHolds(r, v6);
    const cidr = parseCidr(r);
    return cidr !== undefined && v4 !== undefined && containsAddress(cidr, v4);
  });
  if (!inside)
    return link('vpc', 'skipped', `outside the VPC (${ranges.join(', ')})`, { inVpc: false, vpcId: vpc.vpcId });
  const unread = scene.missing(section('subnets'));
  return unread
    ? link('vpc', 'unknown', `in ${vpc.vpcId}; its subnet is not known: ${unread}`, { inVpc: true, vpcId: vpc.vpcId })
    : link('vpc', 'ok', `in ${vpc.vpcId}, and in none of its subnets`, { inVpc: true, vpcId: vpc.vpcId });
}

/** Nodes and pods of other networks still have addresses: hybrid nodes, another CNI's overlay, public addresses. */
function elsewhere(scene: Scene, address: string): readonly Link[] {
  const pod = podWith(scene, address);
  if (pod) return [podLink(pod)];
  const instance = scene.get(section('instances'))?.find((i) => i.publicIp === address);
  return instance
    ? [
        link('holder', 'ok', `the public address of instance ${instance.instanceId}`, {
          instanceId: instance.instanceId,
        }),
      ]
    : [];
}

function inSubnet(scene: Scene, address: string, subnet: Subnet): readonly Link[] {
  const v4 = parseIpv4(address);
  const cidr = v4 === undefined ? undefined : parseCidr(subnet.cidr);
  const reserved = cidr && v4 !== undefined ? reservedByAws(cidr, v4) : undefined;
  if (reserved) return [link('reserved', 'ok', `reserved by AWS in every subnet: ${reserved}`, { by: 'aws' })];
  const held = heldBy(scene, address);
  const pod = podWith(scene, address);
  if (held) return holderLinks(scene, held, pod, address);
  if (pod)
    return [
      podLink(pod),
      link(
        'eni',
        'unknown',
        enisUnread(scene) || 'no ENI of the VPC shows it: the reads are not of one moment, or its ENI is not visible',
      ),
    ];
  const unread = enisUnread(scene);
  if (unread) return [link('free', 'unknown', `whether anything holds it is not known: ${unread}`)];
  return [freeLink(scene, address, subnet)];
}

function enisUnread(scene: Scene): string {
  return scene.missing(section('networkInterfaces'));
}

const RESERVED = ['the network address', 'the VPC router', 'the resolver of the VPC', 'kept for later use'];

/** The first four addresses and the last one (VPC guide: subnet sizing). */
function reservedByAws(cidr: Cidr, address: number): string | undefined {
  if (address === lastOf(cidr)) return 'the broadcast address';
  const at = address - cidr.first;
  return at < AWS_RESERVED_FIRST ? RESERVED[at] : undefined;
}

function podWith(scene: Scene, address: string): Pod | undefined {
  const pods = scene.get(section('pods'));
  if (!pods) return undefined;
  const v6 = parseIpv6(address);
  let host: Pod | undefined;
  const isIt = (ip: string) => ip === address || (v6 !== undefined && ip.includes(':') && parseIpv6(ip) === v6);
  for (const pod of podsWhere(pods, (row) => isIt(pods.ip[row]!) && isLiveAt(pods, row))) {
    // A host-network pod only borrows its node's address.
    if (pod.class === 'host-network') host ??= pod;
    else return pod;
  }
  return host?.class === 'host-network' ? undefined : host;
}

function podLink(pod: Pod): Link {
  const owner = pod.owner === undefined ? '' : ` of ${pod.owner}`;
  const node = pod.node === undefined ? '' : ` on ${pod.node}`;
  return link(
    'pod',
    'ok',
    `pod ${pod.namespace}/${pod.name}${owner}${node} has it, since it was made at ${pod.createdAt.slice(0, 16).replace('T', ' ')} UTC at the earliest`,
    {
      pod: `${pod.namespace}/${pod.name}`,
      node: pod.node ?? null,
      owner: pod.owner ?? null,
      since: pod.createdAt,
    },
  );
}

function holderLinks(scene: Scene, { eni, how }: HeldBy, pod: Pod | undefined, address: string): readonly Link[] {
  const owner = scene.get(eniOwners)?.get(eni.eniId);
  const carrier = pod?.branchEniId === eni.eniId ? `${pod.namespace}/${pod.name}` : undefined;
  const holder = link('holder', 'ok', `${how} of ${eni.eniId}${owner ? `, which ${belonging(owner, carrier)}` : ''}`, {
    eniId: eni.eniId,
    how,
    ...(owner?.node === undefined ? {} : { node: owner.node }),
  });
  const whose = owner ? [ownerLink(scene, owner)] : [];
  if (pod) return [holder, ...whose, podLink(pod)];
  const forPods =
    !how.startsWith('primary') &&
    (owner?.class === 'cni-secondary' || owner?.class === 'node-primary') &&
    owner.node !== undefined;
  return [holder, ...whose, ...(forPods ? [idleLink(scene, address)] : [])];
}

/** Held for pods and with none: warm, or resting after its last pod. */
function idleLink(scene: Scene, address: string): Link {
  const unread = scene.missing(section('pods'));
  if (unread) return link('pod', 'unknown', `whether a pod has it is not known: ${unread}`, { pod: null });
  const pods = scene.get(section('pods'))!;
  const rest = scene.get(networking)?.settings.ipCooldownSeconds;
  for (const former of podsWhere(pods, (row) => pods.ip[row] === address))
    if (former.class === 'ordinary')
      return link(
        'pod',
        'ok',
        `no pod has it now; ${former.namespace}/${former.name}, which has ended, had it: aws-node hands it out again ${rest ?? 30} s after that`,
        {
          pod: null,
          former: `${former.namespace}/${former.name}`,
        },
      );
  return link('pod', 'ok', 'no pod has it: kept warm for the next pod of its node, or resting after its last one', {
    pod: null,
    cooldownSeconds: rest ?? null,
  });
}

function freeLink(scene: Scene, address: string, subnet: Subnet): Link {
  const v4 = parseIpv4(address);
  if (v4 === undefined) return link('free', 'ok', 'no ENI of the VPC holds it: it is free', {});
  const use = scene.get(subnetUse)?.get(subnet.subnetId);
  const reservation = use?.reservations?.find((r) => containsAddress(r.cidr, v4));
  if (reservation)
    return link(
      'reserved',
      'ok',
      `free, and inside a CIDR reservation of the subnet: ${reservation.type === 'prefix' ? 'kept for prefixes' : 'never handed out by itself'}`,
      {
        by: 'reservation',
        type: reservation.type,
      },
    );
  const invisible = use && subnetNumbers(use).addresses.invisible;
  if (invisible)
    return link(
      'free',
      'unknown',
      `no visible ENI holds it; ${invisible} addresses of this subnet are held by ENIs that are not visible, perhaps this one`,
      { invisible },
    );
  const unread = use?.reservations ? '' : '; whether a CIDR reservation keeps it is not known';
  return link('free', 'ok', `it is free: no ENI holds it${unread}`, {});
}
