import { ADDRESSES_PER_PREFIX } from '../../calc/ipamd/index.ts';
import type { NetworkInterface } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { branchEniRows, isLiveAt, numberOfClass } from '../snapshot/pod-columns.ts';
import { type PodTable, podsWhere } from '../snapshot/pods.ts';
import { type AddressUse, addressUse, NO_USE } from './address-use.ts';
import { clusterName } from './cluster-name.ts';
import { defineFact, section } from './define-fact.ts';
import { TRUNK_TAG } from './node-enis.ts';
import { nodePlatforms, type Platform } from './platforms.ts';
import {
  instanceOf,
  type OwnerClass,
  type OwnerConfidence,
  type OwnerContext,
  ownerOf,
} from './support/eni-owner-rules.ts';

export type { OwnerClass, OwnerConfidence } from './support/eni-owner-rules.ts';

export interface EniOwner {
  readonly eni: NetworkInterface;
  readonly class: OwnerClass;
  /** Cluster, instance, load balancer or service; untrusted where it comes from a tag. */
  readonly name: string;
  /** Which of a service's resources, where its description tells. */
  readonly detail?: string;
  readonly confidence: OwnerConfidence;
  /** The instance it is attached to, or was made for; a branch ENI's is that of its trunk. */
  readonly instanceId?: string;
  readonly node?: string;
  /** The EKS cluster it serves, where known. */
  readonly cluster?: string;
  /** Addresses held and used by no pod, each prefix counted as 16; undefined where that cannot be told. */
  readonly idle?: number;
  /** Of those, what ipamd could give back without moving a pod: single addresses, and prefixes no pod uses at all. */
  readonly releasable?: number;
  /** Left behind by the CNI or the resource controller: attached to nothing that lives. Age is not judged here. */
  readonly leaked: boolean;
  /** When it was made or attached, where a tag or the attachment says so. */
  readonly since?: string;
}

/** Owner by ENI id, for every ENI that was read. */
export const eniOwners = defineFact({
  id: 'eniOwners',
  needs: { enis: section('networkInterfaces') },
  helps: {
    nodes: section('nodes'),
    platforms: nodePlatforms,
    instances: section('instances'),
    cluster: clusterName,
    pods: section('pods'),
    use: addressUse,
  },
  derive: ({ enis, nodes, platforms, instances, cluster, pods, use }, { gapsOf }): ReadonlyMap<string, EniOwner> => {
    const context: OwnerContext = {
      cluster,
      nodes: nodes && byInstance(nodes, platforms),
      instances: new Map(instances?.map((i) => [i.instanceId, i])),
      fargateIps: fargateAddresses(nodes, platforms, pods),
    };
    // only branch ENIs name another ENI
    const byId = new Map(enis.some((e) => e.tags[TRUNK_TAG] !== undefined) ? enis.map((e) => [e.eniId, e]) : []);
    const complete = gapsOf('enis').length === 0;
    const branchesInUse = pods && branchEnisOf(pods);
    const owners = new Map<string, EniOwner>();
    for (const eni of enis) owners.set(eni.eniId, owner(eni, context, byId, complete, branchesInUse, use));
    return owners;
  },
});

function byInstance(
  nodes: readonly Node[],
  platforms: ReadonlyMap<string, Platform> | undefined,
): ReadonlyMap<string, { readonly node: Node; readonly platform: Platform }> {
  return new Map(
    nodes.flatMap((node) =>
      node.instanceId === undefined
        ? []
        : [[node.instanceId, { node, platform: platforms?.get(node.name) ?? 'vpc-cni' }]],
    ),
  );
}

const FARGATE = numberOfClass('fargate');

function fargateAddresses(
  nodes: readonly Node[] | undefined,
  platforms: ReadonlyMap<string, Platform> | undefined,
  pods: PodTable | undefined,
): ReadonlySet<string> {
  const ips = new Set<string>();
  for (const node of nodes ?? [])
    if (platforms?.get(node.name) === 'fargate') for (const ip of node.internalIps) ips.add(ip);
  if (pods)
    for (const { ip } of podsWhere(pods, (row) => pods.class[row] === FARGATE && isLiveAt(pods, row)))
      if (ip) ips.add(ip);
  return ips;
}

function branchEnisOf(pods: PodTable): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { row, eniId } of branchEniRows(pods)) if (isLiveAt(pods, row)) ids.add(eniId);
  return ids;
}

function owner(
  eni: NetworkInterface,
  context: OwnerContext,
  byId: ReadonlyMap<string, NetworkInterface>,
  complete: boolean,
  branchesInUse: ReadonlySet<string> | undefined,
  use: ReadonlyMap<string, AddressUse> | undefined,
): EniOwner {
  const verdict = ownerOf(eni, context);
  const named = eni.tags[TRUNK_TAG];
  const trunk = named === undefined ? undefined : byId.get(named);
  const instanceId = verdict.class === 'sgp-branch' && trunk ? instanceOf(trunk) : instanceOf(eni);
  const at = context.nodes?.get(instanceId ?? '');
  const leaked = isLeaked(eni, verdict.class, complete && !trunk);
  const used = use?.get(eni.eniId) ?? (use && NO_USE);
  const idle = idleOn(eni, verdict.class, leaked, at?.platform, branchesInUse, used);
  return {
    eni,
    class: verdict.class,
    name: verdict.name,
    detail: verdict.detail,
    confidence: verdict.confidence,
    cluster: verdict.cluster ?? (at ? context.cluster : undefined),
    instanceId,
    node: at?.node.name,
    idle,
    releasable: leaked || verdict.class === 'sgp-branch' ? idle : idle && releasableOn(eni, used ?? NO_USE),
    leaked,
    since: eni.tags['node.k8s.amazonaws.com/createdAt'] ?? eni.attachment?.attachedAt,
  };
}

/**
 * A branch ENI has no attachment of its own, so it is leaked when its trunk is gone. A primary ENI that survived its
 * instance has ipamd's tag but not its description: nothing of the CNI's leaked there (`awsutils.go:getLeakedENIs`).
 */
function isLeaked(eni: NetworkInterface, ownerClass: OwnerClass, trunkGone: boolean): boolean {
  if (ownerClass === 'cni-secondary') return eni.status === 'available' && eni.origin.kind === 'cni-secondary';
  if (ownerClass === 'sgp-trunk' || ownerClass === 'resource-controller') return eni.status === 'available';
  if (ownerClass !== 'sgp-branch') return false;
  return eni.status === 'available' || (eni.tags[TRUNK_TAG] !== undefined && trunkGone);
}

/** Only this cluster's pods are known, so only its nodes' ENIs can be told idle; what is leaked is idle as a whole. */
function idleOn(
  eni: NetworkInterface,
  ownerClass: OwnerClass,
  leaked: boolean,
  platform: Platform | undefined,
  branchesInUse: ReadonlySet<string> | undefined,
  use: AddressUse | undefined,
): number | undefined {
  const slots = eni.secondaryIps.length + ADDRESSES_PER_PREFIX * eni.prefixes.length;
  if (leaked) return slots + (eni.primaryIp === undefined ? 0 : 1);
  if (platform !== 'vpc-cni') return undefined;
  if (ownerClass === 'sgp-branch') return branchesInUse && (branchesInUse.has(eni.eniId) ? 0 : 1);
  if (ownerClass !== 'cni-secondary' && ownerClass !== 'node-primary') return undefined;
  return use && slots - use.singles - use.inPrefixes;
}

function releasableOn(eni: NetworkInterface, use: AddressUse): number {
  return eni.secondaryIps.length - use.singles + ADDRESSES_PER_PREFIX * (eni.prefixes.length - use.usedPrefixes);
}
