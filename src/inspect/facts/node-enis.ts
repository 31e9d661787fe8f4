import { ADDRESSES_PER_PREFIX, type IpamdSettings, isSubnetExcluded } from '../../calc/ipamd/index.ts';
import { type Mode, type Pair, patternOf } from '../../calc/patterns.ts';
import type { NetworkInterface, Subnet } from '../snapshot/ec2.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type AddressUse, addressUse, NO_USE } from './address-use.ts';
import { defineFact, section } from './define-fact.ts';
import { type Networking, networking } from './networking.ts';
import { nodeInstances } from './node-instances.ts';
import { nodesServedByCni } from './platforms.ts';
import { behaves } from './support/cni-release.ts';
import { groupBy } from './support/group-by.ts';
import { modeOn } from './support/node-mode.ts';

/** What EC2 shows of one node's network card 0. */
export interface NodeEnis {
  readonly node: Node;
  readonly instanceId: string;
  readonly primary?: NetworkInterface;
  /** ENIs ipamd manages, the primary included, the trunk not. */
  readonly data: readonly NetworkInterface[];
  /** Those of `data` in a subnet tagged away from this cluster: they get no new pod addresses. */
  readonly excluded: readonly NetworkInterface[];
  readonly trunk?: NetworkInterface;
  /** `no_manage`, EFA-only, or untagged where MANAGE_UNTAGGED_ENI is off (`ipamd.go:setUnmanagedENIs`). */
  readonly unmanaged: readonly NetworkInterface[];
  /** Branch ENIs of the trunk, those in cool-down included. */
  readonly branch: readonly NetworkInterface[];
  /** ENIs on further network cards. */
  readonly otherCards: readonly NetworkInterface[];
  /** Pod addresses held in the node's mode: a prefix counts as 16; ENIs in excluded subnets do not count. */
  readonly held: number;
  /** Held addresses that a live pod has; undefined where pods were not read. */
  readonly assigned?: number;
  /** `held - assigned`, addresses in cool-down included. */
  readonly warm?: number;
  /** Slots filled in the other mode: single addresses in prefix mode, prefixes in secondary mode. */
  readonly otherModeCidrs: number;
  readonly prefixes: number;
  /** Prefixes with at least one live pod; undefined where pods were not read. */
  readonly usedPrefixes?: number;
  /** ENIs of `data` with at least one live pod; undefined where pods were not read. */
  readonly occupiedEnis?: number;
  /** The pattern and mode the node's ENIs show; what they leave open is as configured. */
  readonly observed: Pair;
}

export const NO_MANAGE_TAG = 'node.k8s.amazonaws.com/no_manage';
export const INSTANCE_TAG = 'node.k8s.amazonaws.com/instance_id';
export const TRUNK_TAG = 'vpcresources.k8s.aws/trunk-eni-id';

/** ENIs by node name. Served nodes that are EC2 instances only. */
export const nodeEnis = defineFact({
  id: 'nodeEnis',
  needs: { nodes: nodesServedByCni, enis: section('networkInterfaces') },
  helps: { networking, instances: nodeInstances, subnets: section('subnets'), use: addressUse },
  derive: ({ nodes, enis, networking: net, instances, subnets, use }): ReadonlyMap<string, NodeEnis> => {
    const attached = groupBy(enis, (e) => e.attachment?.instanceId);
    const branches = groupBy(
      enis.filter((e) => e.tags[TRUNK_TAG] !== undefined),
      (e) => e.tags[TRUNK_TAG],
    );
    const byId = new Map(subnets?.map((s) => [s.subnetId, s]));
    const away = new Set(net && subnets?.filter((s) => isExcluded(s, net)).map((s) => s.subnetId));
    const isAway = (subnetId: string) => away.size > 0 && away.has(subnetId);
    const found = new Map<string, NodeEnis>();
    for (const node of nodes.served) {
      if (node.instanceId === undefined) continue;
      const mode = net && modeOn(net, instances?.get(node.name)?.limits);
      const all = attached.get(node.instanceId) ?? [];
      const parts = sortOut(node.instanceId, all, branches, net?.settings);
      const excluded = parts.data.filter((e) => isAway(e.subnetId));
      const pool = poolOf(parts.data, excluded, mode, use);
      found.set(node.name, {
        node,
        instanceId: node.instanceId,
        primary: parts.primary,
        trunk: parts.trunk,
        data: parts.data,
        unmanaged: parts.unmanaged,
        branch: parts.branch,
        otherCards: parts.otherCards,
        excluded,
        held: pool.held,
        assigned: pool.assigned,
        warm: pool.warm,
        otherModeCidrs: pool.otherModeCidrs,
        prefixes: pool.prefixes,
        usedPrefixes: pool.usedPrefixes,
        occupiedEnis: pool.occupiedEnis,
        observed: observe(parts, excluded, net, mode, byId),
      });
    }
    return found;
  },
});

type Parts = Pick<NodeEnis, 'primary' | 'data' | 'trunk' | 'unmanaged' | 'branch' | 'otherCards'>;

function sortOut(
  instanceId: string,
  all: readonly NetworkInterface[],
  branches: ReadonlyMap<string | undefined, readonly NetworkInterface[]>,
  settings: IpamdSettings | undefined,
): Parts {
  let primary: NetworkInterface | undefined;
  let trunk: NetworkInterface | undefined;
  const otherCards: NetworkInterface[] = [];
  for (const eni of all) {
    if (eni.attachment?.networkCardIndex !== 0) otherCards.push(eni);
    else {
      if (eni.attachment.deviceIndex === 0) primary ??= eni;
      if (eni.type === 'trunk' || eni.origin.kind === 'cni-trunk') trunk ??= eni;
    }
  }
  const data: NetworkInterface[] = [];
  const unmanaged: NetworkInterface[] = [];
  for (const eni of all) {
    if (eni.attachment?.networkCardIndex !== 0 || eni === trunk || eni.type === 'branch') continue;
    (eni !== primary && isUnmanaged(eni, instanceId, settings) ? unmanaged : data).push(eni);
  }
  return { primary, trunk, data, unmanaged, branch: trunk ? (branches.get(trunk.eniId) ?? []) : [], otherCards };
}

/** In IMDS-only mode ipamd sees neither tags nor types and takes every ENI for its own (`ipamd.go:enableImdsOnlyMode`). */
function isUnmanaged(eni: NetworkInterface, instanceId: string, settings: IpamdSettings | undefined): boolean {
  if (settings?.imdsOnly) return false;
  const tag = eni.tags[NO_MANAGE_TAG];
  if (tag !== undefined) return tag === 'true';
  if (eni.type === 'efa-only') return true;
  return settings?.manageUntaggedEnis === false && eni.tags[INSTANCE_TAG] !== instanceId;
}

/** Tags count from the release that knows exclusion, and only while subnet discovery is on (`awsutils.go:IsSubnetExcluded`). */
export function isExcluded(subnet: Subnet | undefined, net: Networking): boolean {
  if (!subnet || !net.settings.subnetDiscovery || !behaves(net.cniVersion, 'subnetTagValues')) return false;
  return isSubnetExcluded(subnet.tags, net.settings.clusterName);
}

type Pool = Pick<
  NodeEnis,
  'held' | 'assigned' | 'warm' | 'otherModeCidrs' | 'prefixes' | 'usedPrefixes' | 'occupiedEnis'
>;

/** Where the mode is unknown, everything the ENIs hold counts. */
function poolOf(
  data: readonly NetworkInterface[],
  excluded: readonly NetworkInterface[],
  mode: Mode | undefined,
  use: ReadonlyMap<string, AddressUse> | undefined,
): Pool {
  const pool = { singles: 0, prefixes: 0, usedSingles: 0, usedInPrefixes: 0, usedPrefixes: 0, occupied: 0 };
  for (const eni of data) {
    if (excluded.length > 0 && excluded.includes(eni)) continue;
    const u = use?.get(eni.eniId) ?? NO_USE;
    pool.singles += eni.secondaryIps.length;
    pool.prefixes += eni.prefixes.length;
    pool.usedSingles += u.singles;
    pool.usedInPrefixes += u.inPrefixes;
    pool.usedPrefixes += u.usedPrefixes;
    if (u.singles + u.inPrefixes > 0) pool.occupied++;
  }
  const countsSingles = mode === undefined || mode === 'secondary';
  const countsPrefixes = mode === undefined || mode === 'prefix';
  const held = (countsSingles ? pool.singles : 0) + (countsPrefixes ? pool.prefixes * ADDRESSES_PER_PREFIX : 0);
  const assigned = (countsSingles ? pool.usedSingles : 0) + (countsPrefixes ? pool.usedInPrefixes : 0);
  const otherModeCidrs = (countsSingles ? 0 : pool.singles) + (countsPrefixes ? 0 : pool.prefixes);
  if (!use) return { held, otherModeCidrs, prefixes: pool.prefixes };
  return {
    held,
    assigned,
    warm: held - assigned,
    otherModeCidrs,
    prefixes: pool.prefixes,
    usedPrefixes: pool.usedPrefixes,
    occupiedEnis: pool.occupied,
  };
}

function observe(
  parts: Parts,
  excluded: readonly NetworkInterface[],
  net: Networking | undefined,
  mode: Mode | undefined,
  subnets: ReadonlyMap<string, Subnet>,
): Pair {
  const custom = showsCustomNetworking(parts, excluded, net, subnets) ?? net?.settings.customNetworking ?? false;
  // A trunk outlives the setting that asked for it, so it alone does not show that pods get branch ENIs.
  const configured = net?.settings.podEni ?? false;
  const trunked = parts.trunk !== undefined && (configured || parts.branch.length > 0);
  return {
    pattern: patternOf({ customNetworking: custom, securityGroupsForPods: parts.primary ? trunked : configured }),
    mode: showsMode(parts.data) ?? mode ?? 'secondary',
  };
}

/** Undefined where the ENIs show neither: no pod address is held yet, or discovery would look the same. */
function showsCustomNetworking(
  { primary, data }: Parts,
  excluded: readonly NetworkInterface[],
  net: Networking | undefined,
  subnets: ReadonlyMap<string, Subnet>,
): boolean | undefined {
  if (!primary || excluded.includes(primary)) return undefined;
  if (slotsOf(primary) > 0) return false;
  const further = data.filter((e) => e !== primary && slotsOf(e) > 0);
  if (further.length === 0) return undefined;
  const elsewhere = further.filter((e) => e.subnetId !== primary.subnetId);
  const discovered = elsewhere.some((e) => (subnets.get(e.subnetId)?.tags['kubernetes.io/role/cni'] ?? '') !== '');
  if (discovered && !net?.settings.customNetworking) return undefined;
  return elsewhere.length > 0 ? true : undefined;
}

function slotsOf(eni: NetworkInterface): number {
  return eni.secondaryIps.length + eni.prefixes.length;
}

/** The mode in which most slots are filled; undefined where none is. */
function showsMode(data: readonly NetworkInterface[]): Mode | undefined {
  let singles = 0;
  let prefixes = 0;
  let v6 = 0;
  for (const eni of data) {
    singles += eni.secondaryIps.length;
    prefixes += eni.prefixes.length;
    v6 += eni.ipv6Prefixes.length;
  }
  if (singles + prefixes === 0) return v6 > 0 ? 'ipv6' : undefined;
  return prefixes >= singles ? 'prefix' : 'secondary';
}
