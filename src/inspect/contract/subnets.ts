/**
 * What `subnets` answers with: each subnet's account, who holds it, its /28 blocks, and which drains free some of them.
 * The types are inferred from these schemas, and so is the JSON Schema that is shipped.
 */
import * as v from 'valibot';
import { gapSchema } from '../snapshot/section.ts';
import { count, countOrUnknown, headOf, list, object, text, textOrUnknown } from './fields.ts';
import { addressAccountSchema, blockAccountSchema, blockStates } from './subnet-account.ts';

const confidence = v.picklist(['high', 'medium', 'low']);

const owner = object({
  class: text,
  /** Cluster, instance, load balancer or service. */
  name: text,
  confidence,
  /** This cluster's; false for another's and for what nothing tells of. */
  ours: v.boolean(),
  /** Addresses outside prefixes. */
  addresses: count,
  prefixes: count,
  enis: count,
  /** Addresses held and used by no pod; null where that cannot be told. */
  idle: countOrUnknown,
  reclaimable: countOrUnknown,
});

/** One network interface, its description and requester verbatim. */
const networkInterface = object({
  eniId: text,
  class: text,
  name: text,
  /** Which of a service's resources it belongs to. */
  detail: textOrUnknown,
  confidence,
  cluster: textOrUnknown,
  instanceId: textOrUnknown,
  node: textOrUnknown,
  status: text,
  type: text,
  description: textOrUnknown,
  requesterId: textOrUnknown,
  addresses: list(text),
  prefixes: list(text),
  idle: countOrUnknown,
  /** Left behind by the CNI or the resource controller. */
  leaked: v.boolean(),
});

/** The blocks as a picture: one letter each, in address order; `letters` says what they stand for. */
const map = object({
  states: text,
  letters: v.pipe(v.record(text, text), v.readonly()),
  /** Who sits in blocks; `held` points here. */
  holders: list(object({ name: text, cluster: textOrUnknown })),
  /** Blocks that hold addresses: how many, and of whom. */
  held: list(object({ block: count, addresses: count, holders: list(count) })),
});

const fragmentation = object({
  /** Whole /28 without an address in use, those kept by reservations included. */
  emptyBlocks: count,
  /** Of those, the ones a prefix can take: what explicit reservations keep is left out. */
  usableBlocks: count,
  /** Of all blocks that could serve a prefix and do not yet, the share that cannot: 0 to 100, rounded up; null where there is none. */
  score: countOrUnknown,
  /** The longest row of neighbouring blocks a prefix can take; null where there is none. */
  largestRun: v.nullable(object({ block: count, cidr: text, blocks: count })),
  /** Free addresses outside whole free blocks. */
  strandedAddresses: count,
});

const drain = object({
  wantBlocks: count,
  /** Nodes to drain. */
  nodes: list(text),
  /** Interfaces to delete that no node needs any more. */
  interfaces: list(text),
  freesBlocks: count,
  /** Numbers of the blocks that come free. */
  blocks: list(count),
  /** Pods that move; null where pods were not read. */
  pods: countOrUnknown,
  /** Budgets, `namespace/name`, that let none of their pods go now; null where they were not read. */
  blockedByPdb: v.nullable(list(text)),
  /** No smaller set frees as much: proven. */
  optimal: v.boolean(),
  /** No set smaller than this does. */
  bound: count,
  commands: list(text),
});

/** Blocks that no drain frees, by who holds them. */
const pinned = object({ class: text, name: text, blocks: list(count) });

const subnet = object({
  subnetId: text,
  name: textOrUnknown,
  availabilityZone: text,
  cidr: text,
  /** Where the subnet was found: `control-plane`, `nodegroup:workers`, `eniconfig:eu-west-1a`, `tag:kubernetes.io/role/cni`. */
  sources: list(text),
  /** The account that shares it with this one. */
  sharedBy: textOrUnknown,
  ipv6Cidrs: list(text),
  addresses: addressAccountSchema,
  /** Null where interfaces could not be read. */
  blocks: v.nullable(blockAccountSchema),
  /** What the numbers had to assume. */
  notes: list(text),
  fragmentation: v.nullable(fragmentation),
  /** Addresses of interfaces by EKS cluster. */
  clusters: v.nullable(list(object({ name: text, ours: v.boolean(), addresses: count }))),
  owners: v.nullable(list(owner)),
  /** On unattached interfaces that the CNI left behind; null where interfaces could not be read. */
  leakedAddresses: countOrUnknown,
  reservations: v.nullable(list(object({ id: text, cidr: text, type: v.picklist(['prefix', 'explicit']) }))),
  map: v.nullable(map),
  drains: list(drain),
  /** Most blocks that drains and deletions could free together; null where that cannot be told. */
  drainable: countOrUnknown,
  pinned: list(pinned),
  interfaces: v.nullable(list(networkInterface)),
});

/** Who sits in one block. */
const blockDetail = object({
  subnetId: text,
  block: count,
  cidr: text,
  state: v.picklist(Object.keys(blockStates) as [keyof typeof blockStates, ...(keyof typeof blockStates)[]]),
  free: count,
  /** Reservations that keep it, by id. */
  reservations: list(text),
  holders: list(
    object({
      eniId: text,
      class: text,
      name: text,
      cluster: textOrUnknown,
      node: textOrUnknown,
      instanceId: textOrUnknown,
      prefix: textOrUnknown,
      addresses: list(text),
      /** `namespace/name` of the pods that have an address here. */
      pods: list(object({ pod: text, address: text })),
      /** Leaves when its node is drained or the interface deleted. */
      movable: v.boolean(),
    }),
  ),
});

/** Ranges to reserve for prefixes. */
const reservePlan = object({
  subnetId: text,
  wantBlocks: count,
  /** In the order in which to create them; `drainFirst` names who must leave before all of it is free. */
  ranges: list(object({ cidr: text, blocks: count, freeNow: count, drainFirst: list(text) })),
  /** Blocks that no range could be found for. */
  shortBy: count,
  commands: list(text),
  note: textOrUnknown,
});

/** Where one more subnet fits. */
const growPlan = object({
  zone: text,
  length: count,
  cidr: textOrUnknown,
  /** The range the VPC gets first, where its own have no room. */
  newVpcCidr: textOrUnknown,
  addresses: countOrUnknown,
  blocks: countOrUnknown,
  commands: list(text),
  note: textOrUnknown,
});

export const subnetsSchema = object({
  ...headOf('Subnets'),
  /** Commands to run once before the others, so that those reach this cluster. */
  setup: list(text),
  cluster: v.nullable(object({ name: text, region: textOrUnknown, account: textOrUnknown, mode: textOrUnknown })),
  vpcId: textOrUnknown,
  vpcCidrs: v.nullable(list(text)),
  items: list(subnet),
  /** Interfaces whose owner nothing tells. */
  unknownOwners: object({ enis: count, addresses: count }),
  /** Answers `--block`. */
  block: v.nullable(list(blockDetail)),
  /** Answers `--reserve`. */
  reserve: v.nullable(list(reservePlan)),
  /** Answers `--grow`. */
  grow: v.nullable(list(growPlan)),
  /** What could not be read, by section. */
  unread: list(object({ section: text, gaps: list(gapSchema) })),
});

export type SubnetsReport = v.InferOutput<typeof subnetsSchema>;
export type SubnetItem = SubnetsReport['items'][number];
export type SubnetBlocks = NonNullable<SubnetItem['blocks']>;
export type SubnetMap = NonNullable<SubnetItem['map']>;
export type SubnetInterface = NonNullable<SubnetItem['interfaces']>[number];
export type DrainReport = SubnetItem['drains'][number];
export type Pinned = SubnetItem['pinned'][number];
export type BlockDetail = NonNullable<SubnetsReport['block']>[number];
export type ReservePlan = NonNullable<SubnetsReport['reserve']>[number];
export type GrowPlan = NonNullable<SubnetsReport['grow']>[number];
