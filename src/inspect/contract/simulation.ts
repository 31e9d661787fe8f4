/** What `simulate` reports. Field names are those of the ipamd model's own terms, and a public contract. */
import * as v from 'valibot';
import {
  boundedSchema,
  count,
  countOrUnknown,
  flag,
  headOf,
  list,
  modeSchema,
  object,
  patternSchema,
  table,
  text,
  textOrUnknown,
} from './fields.ts';

/** Successful EC2 calls, by name. */
export const ec2CallsSchema = object({
  allocENI: boundedSchema,
  allocIPs: boundedSchema,
  deallocCidrs: boundedSchema,
  freeENI: boundedSchema,
});

/** An ENI as it is drawn: its used slots, those with most pods first. */
export const eniViewSchema = object({
  id: count,
  kind: v.picklist(['primary', 'secondary', 'trunk', 'efa']),
  subnet: text,
  excluded: flag,
  ageSeconds: count,
  slots: list(object({ size: v.picklist([1, 16]), assigned: count, cooling: count })),
  /** Slots of the ENI, used or not; 0 for a trunk. */
  capacity: count,
});

/** A subnet the node takes addresses from; null where it never runs dry. */
export const simulatedSubnetSchema = object({
  /** `node`, `pod`, or another one that subnet discovery may use. */
  name: text,
  subnetId: textOrUnknown,
  freeIPs: countOrUnknown,
  freeBlocks28: countOrUnknown,
});

/** The node the questions are about. */
export const simulatedNodeSchema = object({
  instanceType: text,
  /** Its name in the cluster; null for one that does not exist. */
  name: textOrUnknown,
  cluster: textOrUnknown,
  eniLimit: count,
  ipv4PerEni: count,
  branchEniLimit: count,
  hypervisor: v.picklist(['nitro', 'xen', 'bare metal', 'unknown']),
  /** Day of the catalog or of the snapshot (YYYY-MM-DD), or `as given` on the command line. */
  limitsFrom: text,
  maxPods: count,
  maxPodsFrom: text,
  branchPods: count,
  seed: count,
  subnets: list(simulatedSubnetSchema),
});

/** Settings of the aws-node DaemonSet, and what ipamd makes of them on this node. */
export const simulatedSettingsSchema = object({
  /** Variables given, over `defaults`. */
  env: table(text),
  /** What an absent variable means: the shipped manifest's value, or the program's own on the cluster's DaemonSet. */
  defaults: v.picklist(['manifest', 'daemonset']),
  pattern: patternSchema,
  mode: modeSchema,
  /** The targets that make the pool grow, as ipamd reads them. */
  targets: list(object({ variable: text, value: count })),
  maxDataENIs: count,
  slotsPerENI: count,
  /** Addresses for pods at most. */
  maxPodIPs: count,
  /** False: aws-node exits, the node never becomes ready. */
  starts: flag,
  /** What ipamd ignores, replaces or refuses, the fatal ones first. */
  problems: list(object({ variable: text, value: text, effect: text, fatal: flag })),
  /** Variable names that look mistyped, or that ipamd does not know. */
  unknown: list(object({ variable: text, didYouMean: list(text) })),
});

/** A node as EC2 and the pod list show it. */
export const nodeNowSchema = object({
  pods: count,
  enis: count,
  podIPsHeld: count,
  assigned: count,
  subnetIPsBySubnet: table(count),
  eniViews: list(eniViewSchema),
});

/** The node settled with so many pods. */
export const timelineStepSchema = object({
  /** Pods that need an address from ipamd. */
  pods: count,
  nodeInitFails: flag,
  /** False where the node never comes to rest: its EC2 calls are then those of about an hour, and go on. */
  settled: flag,
  enis: boundedSchema,
  dataENIs: boundedSchema,
  trunkENIs: count,
  branchENIs: count,
  /** Slots used on each data ENI in the run that is drawn, most first. */
  perENI: list(count),
  secondaryIPs: boundedSchema,
  prefixes: boundedSchema,
  podIPsHeld: boundedSchema,
  podIPsFree: boundedSchema,
  podsWithoutIP: boundedSchema,
  subnetIPs: boundedSchema,
  subnetIPsBySubnet: table(boundedSchema),
  /** Since start-up began. */
  ec2Calls: ec2CallsSchema,
  failedCalls: boundedSchema,
  /** Pods so far that found no address when they came. */
  podsThatWaited: boundedSchema,
  /** False where a figure is a range; `reasons` say why. */
  exact: flag,
  reasons: list(text),
  /** /80 prefixes, in IPv6. */
  ipv6Prefixes80: v.optional(count),
  /** ENIs and slots of one run, to be drawn; empty in IPv6. */
  eniViews: list(eniViewSchema),
});

export const comparedSettingsSchema = object({
  nodeInitFails: flag,
  reasons: list(text),
  /** Settled, at each count of pods. */
  steps: list(
    object({
      pods: count,
      enis: boundedSchema,
      podIPsHeld: boundedSchema,
      podIPsFree: boundedSchema,
      podsWithoutIP: boundedSchema,
      subnetIPs: boundedSchema,
      subnetIPsBySubnet: table(boundedSchema),
    }),
  ),
  /** Addresses taken from subnets, averaged over the steps and rounded; then those of them that no pod uses. */
  averageSubnetIPs: boundedSchema,
  averageFree: boundedSchema,
  ec2Calls: ec2CallsSchema,
  calls: boundedSchema,
  failedCalls: boundedSchema,
  /** Pods that found no address when they came, those that never got one included. */
  podsThatWaited: boundedSchema,
  /** Longest wait that ended, in seconds, to the length of a pass. */
  longestWaitSeconds: boundedSchema,
  /** Seeded runs behind the figures. */
  runs: count,
  /** As given on the command line; `as it is` or `manifest defaults` for what the others are compared with. */
  label: text,
  settings: simulatedSettingsSchema,
});

/** The answer to one case of a file: the fields of its kind; `notes` say what was assumed. */
export const batchItemSchema = v.pipe(
  v.objectWithRest(
    { id: text, kind: text, exact: flag, reasons: list(text), notes: v.optional(list(text)) },
    v.unknown(),
  ),
  v.readonly(),
);

export const batchSimulationSchema = object({
  ...headOf('Simulation'),
  question: v.literal('batch'),
  items: list(batchItemSchema),
});

export const nodeSimulationSchema = object({
  ...headOf('Simulation'),
  question: v.literal('node'),
  node: simulatedNodeSchema,
  settings: simulatedSettingsSchema,
  /** What EC2 shows of the node at the time of the snapshot; null for a node that does not exist. */
  now: v.nullable(nodeNowSchema),
  items: list(timelineStepSchema),
  assumptions: list(text),
  /** Commands that ask the next question. */
  next: list(text),
});

export const comparedSimulationSchema = object({
  ...headOf('Simulation'),
  question: v.literal('comparison'),
  node: simulatedNodeSchema,
  now: v.nullable(nodeNowSchema),
  /** The pods every group of settings was asked to run, in order. */
  pods: list(count),
  items: list(comparedSettingsSchema),
  assumptions: list(text),
});

/** `question` tells what `items` are: one per case of a file, one per number of pods, or one per group of settings. */
export const simulationSchema = v.variant('question', [
  batchSimulationSchema,
  nodeSimulationSchema,
  comparedSimulationSchema,
]);

export type SimulatedSubnet = v.InferOutput<typeof simulatedSubnetSchema>;
export type SimulatedNode = v.InferOutput<typeof simulatedNodeSchema>;
export type SimulatedSettings = v.InferOutput<typeof simulatedSettingsSchema>;
export type NodeNow = v.InferOutput<typeof nodeNowSchema>;
export type ComparedSettings = v.InferOutput<typeof comparedSettingsSchema>;
export type BatchItem = v.InferOutput<typeof batchItemSchema>;
export type BatchSimulation = v.InferOutput<typeof batchSimulationSchema>;
export type NodeSimulation = v.InferOutput<typeof nodeSimulationSchema>;
export type ComparedSimulation = v.InferOutput<typeof comparedSimulationSchema>;
export type SimulationReport = v.InferOutput<typeof simulationSchema>;
