import {
  DeleteNetworkInterfaceCommand,
  DetachNetworkInterfaceCommand,
  EC2ServiceException,
  type NetworkInterface,
  UnassignPrivateIpAddressesCommand,
} from '@aws-sdk/client-ec2';
import { addPrefixes, createPodEni } from '../build/aws-nodes.ts';
import { LIMITS } from '../scenarios/plan.ts';
import { canSpareEni, type Pool, prefixesOver, prefixesShort, type WarmTargets } from './warm-targets.ts';
import { instanceIdOf, type LiveNode, type World } from './world.ts';

export interface EniConfig {
  subnet: string;
  securityGroups: string[];
}

/** A node with what it holds for pods. */
export interface NodePool {
  node: LiveNode;
  /** ENIs that serve pods, in the order of their device index. */
  enis: NetworkInterface[];
  /** Pods that need an address, waiting ones too. */
  pods: number;
  /** Addresses that pods have. */
  taken: ReadonlySet<string>;
}

const prefixesOf = (eni: NetworkInterface): string[] => (eni.Ipv4Prefixes ?? []).map((p) => p.Ipv4Prefix ?? '');

function addressesIn(prefix: string): string[] {
  const [base = ''] = prefix.split('/');
  const [front, first] = [base.replace(/\d+$/, ''), Number(/\d+$/.exec(base)?.[0])];
  return Array.from({ length: 16 }, (_, i) => `${front}${first + i}`);
}

/** Addresses of a node that no pod has. */
export function freeAddresses({ enis, taken }: NodePool): string[] {
  const singles = enis.flatMap((eni) =>
    (eni.PrivateIpAddresses ?? []).flatMap((a) => (a.Primary ? [] : (a.PrivateIpAddress ?? []))),
  );
  return [...singles, ...enis.flatMap(prefixesOf).flatMap(addressesIn)].filter((address) => !taken.has(address));
}

const idle = (prefix: string, taken: ReadonlySet<string>): boolean => !addressesIn(prefix).some((a) => taken.has(a));

function poolOf(enis: NetworkInterface[], pods: number, taken: ReadonlySet<string>): Pool {
  const prefixes = enis.flatMap(prefixesOf);
  return { prefixes: prefixes.length, freePrefixes: prefixes.filter((p) => idle(p, taken)).length, pods };
}

const SHORTAGE = new Set([
  'InsufficientCidrBlocks',
  'InsufficientFreeAddressesInSubnet',
  'InvalidParameterValue',
  'PrivateIpAddressLimitExceeded',
  'AttachmentLimitExceeded',
]);

/** What the call gives, undefined on a shortage; other errors are thrown. */
export async function tried<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof EC2ServiceException && SHORTAGE.has(error.name)) return undefined;
    throw error;
  }
}

/**
 * Grows a pool to its target (`ipamd.go:increaseDatastorePool`): prefixes on an ENI with free slots, one where the subnet has
 * no more, else another ENI in the ENIConfig's subnet, until the target, the node or the subnet ends it.
 */
export async function growPool(world: World, pool: NodePool, config: EniConfig, targets: WarmTargets): Promise<void> {
  const limit = LIMITS[pool.node.metadata.labels?.['node.kubernetes.io/instance-type'] ?? ''];
  if (!limit) return;
  const slots = limit.addresses - 1;
  const maxPods = Number(pool.node.status.allocatable.pods);
  const start = poolOf(pool.enis, pool.pods, pool.taken);
  const held = pool.enis.map((e) => ({ id: e.NetworkInterfaceId ?? '', prefixes: prefixesOf(e).length }));
  for (;;) {
    const prefixes = held.reduce((sum, e) => sum + e.prefixes, 0);
    const fresh = prefixes - start.prefixes;
    const short = prefixesShort(targets, { ...start, prefixes, freePrefixes: start.freePrefixes + fresh }, maxPods);
    if (short === 0) return;
    if (await topUp(world, held, slots, short)) continue;
    if (held.length + 1 >= limit.enis) return; // the primary ENI serves no pods
    const count = Math.min(short, slots);
    const id = await tried(addEni(world, pool.node, config, held.length + 1, count));
    if (!id) return;
    held.push({ id, prefixes: count });
  }
}

/** One ENI gets what it has room for, or a single prefix. False where none can take any. */
async function topUp(
  { aws }: World,
  held: { id: string; prefixes: number }[],
  slots: number,
  short: number,
): Promise<boolean> {
  for (const eni of held.filter((e) => e.prefixes < slots)) {
    for (const count of new Set([Math.min(slots - eni.prefixes, short), 1])) {
      const done = await tried(addPrefixes(aws, eni.id, count).then(() => true));
      if (!done) continue;
      eni.prefixes += count;
      return true;
    }
  }
  return false;
}

async function addEni(
  { aws, scenario, ids }: World,
  node: LiveNode,
  config: EniConfig,
  deviceIndex: number,
  prefixes: number,
): Promise<string> {
  const id = await createPodEni(aws, {
    cluster: scenario.cluster.name,
    instanceId: instanceIdOf(node),
    subnetId: config.subnet,
    groups: config.securityGroups,
    createdAt: new Date(),
    deviceIndex,
    prefixes,
  });
  dataEnisOf(ids, node)?.push(id);
  return id;
}

function dataEnisOf(ids: World['ids'], node: LiveNode): string[] | undefined {
  return Object.values(ids.nodes).find((n) => n.instanceId === instanceIdOf(node))?.dataEnis;
}

/**
 * Gives back wholly free prefixes above the target, then ENIs that nothing needs (`ipamd.go:decreaseDatastorePool`,
 * `tryUnassignCidrsFromAll`, `data_store.go:getDeletableENI`). ipamd takes ENIs in no order; here the newest goes first. True
 * where something went back.
 */
export async function shrinkPool(world: World, pool: NodePool, targets: WarmTargets): Promise<boolean> {
  const { enis, pods, taken } = pool;
  let over = prefixesOver(targets, poolOf(enis, pods, taken));
  let less = false;
  for (const eni of enis.toReversed()) {
    const surplus = prefixesOf(eni)
      .filter((p) => idle(p, taken))
      .slice(0, over);
    if (surplus.length === 0) continue;
    over -= surplus.length;
    less = true;
    await world.aws.ec2.send(
      new UnassignPrivateIpAddressesCommand({ NetworkInterfaceId: eni.NetworkInterfaceId, Ipv4Prefixes: surplus }),
    );
    eni.Ipv4Prefixes = eni.Ipv4Prefixes?.filter((p) => !surplus.includes(p.Ipv4Prefix ?? ''));
  }
  if (pool.node.spec.unschedulable) return less;
  for (const eni of enis.toReversed()) {
    const others = enis.filter((e) => e !== eni);
    const empty = prefixesOf(eni).every((p) => idle(p, taken));
    if (!empty || !canSpareEni(targets, poolOf(others, pods, taken))) continue;
    await releaseEni(world, pool.node, eni);
    enis.splice(enis.indexOf(eni), 1);
    less = true;
  }
  return less;
}

async function releaseEni({ aws, ids }: World, node: LiveNode, eni: NetworkInterface): Promise<void> {
  const { NetworkInterfaceId = '', Attachment } = eni;
  await aws.ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: Attachment?.AttachmentId }));
  await aws.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  const known = dataEnisOf(ids, node);
  known?.splice(known.indexOf(NetworkInterfaceId), 1);
}
