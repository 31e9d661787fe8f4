/** What `maxpods` reports. The items are what the arithmetic answers; a test holds their schema and its types equal. */
import * as v from 'valibot';
import {
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

export const authoritySchema = object({
  id: v.picklist([
    'eni-max-pods.txt',
    'max-pods-calculator.sh',
    'al2-bootstrap',
    'nodeadm',
    'bottlerocket',
    'managed-node-group',
    'karpenter',
    'eks-auto-mode',
    'windows',
    'fargate',
    'kubelet-default',
  ]),
  /** What it sets for this type; null where it has no value. */
  maxPods: countOrUnknown,
  /** The same before its ceiling and podsPerCore. */
  uncappedMaxPods: countOrUnknown,
  /** True for the one the options select. */
  applies: flag,
  /** How recent our knowledge of it is: a date, or the version of its interface. */
  asOf: text,
  note: text,
});

/** What keeps `maxPods` from being higher; `kubelet-default` is kubelet's own 110, on Windows. */
export const boundBySchema = v.picklist([
  'eni-slots',
  'vcpu-ceiling',
  'kubelet-default',
  'max-eni',
  'trunk',
  'pods-per-core',
  'none',
]);

export const maxPodsItemSchema = object({
  instanceType: text,
  os: v.picklist(['linux', 'windows']),
  pattern: patternSchema,
  /** The address mode in force, where the requested one falls back. */
  mode: modeSchema,
  requestedMode: modeSchema,
  /** False where the CNI refuses to start like this: then no pod gets an address. */
  supported: flag,
  /** What to give kubelet: safe for any mix of pods, host-network pods included. */
  maxPods: count,
  /** The same when branch ENIs are used in full. */
  maxPodsWithBranch: count,
  /** The formula before ceiling and podsPerCore. */
  theoreticalMaxPods: count,
  boundBy: boundBySchema,
  /** ENIs attachable to the default network card. */
  enis: count,
  usableEnis: count,
  ipv4PerEni: count,
  /** Addresses for pods that are neither host-network nor branch pods; 2^48 with IPv6. */
  ipsForPods: count,
  branchEnis: count,
  vcpus: countOrUnknown,
  formula: text,
  warnings: list(object({ id: text, message: text })),
  authorities: list(authoritySchema),
  deductions: list(
    object({
      reason: v.picklist(['max-eni', 'unmanaged', 'trunk', 'custom-networking', 'excluded-primary']),
      enis: count,
      note: text,
    }),
  ),
  ceiling: object({ value: countOrUnknown, reason: text }),
  /** IPv4 addresses a node takes from its subnets when maxPods is full, warm pool included. */
  nodeAddresses: object({ nodeSubnet: count, podSubnet: count }),
  /** Memory kubelet keeps for itself where the AMI sizes it by `maxPods`, MiB of MiB. */
  kubeReserved: v.nullable(
    object({
      mib: count,
      ofMib: count,
      /** True where that is more than a third. */
      excessive: flag,
      /** The most pods for which it is not; 0 where none is few enough. */
      roomyMaxPods: count,
    }),
  ),
  limits: object({
    hypervisor: v.picklist(['nitro', 'xen', 'unknown']),
    bareMetal: flag,
    /** Null where no source tells. */
    memoryMiB: countOrUnknown,
    networkCards: count,
    maxEnisTotal: count,
    trunkingCompatible: v.nullable(flag),
    branchEnis: count,
  }),
});

/** Text to put into a configuration, and the nodes it reaches. */
export const kubeletSnippetSchema = object({
  id: v.picklist([
    'nodeconfig',
    'nodeconfig-expression',
    'bottlerocket',
    'ec2nodeclass',
    'reserved-enis',
    'eksctl',
    'windows-bootstrap',
  ]),
  title: text,
  appliesTo: text,
  text,
  note: v.optional(text),
});

export const maxPodsSchema = object({
  ...headOf('MaxPods'),
  /** The data the numbers stand on, and how old each part of it is. */
  catalog: object({
    date: text,
    cniRelease: text,
    sources: table(object({ what: text, date: text, version: v.optional(text) })),
  }),
  /** Types in the order asked for; with all modes, ten items a type. */
  items: list(maxPodsItemSchema),
  /** Several types under one pair of pattern and mode: what one setting for all of them can be. */
  group: v.optional(
    object({
      maxPods: count,
      /** The type that alone comes to so few; null where several do. */
      becauseOf: textOrUnknown,
      /** Types that come to no more, and what holds them all down; null where that differs. */
      smallest: count,
      boundBy: v.nullable(boundBySchema),
    }),
  ),
  /** Empty with all modes: there is not one answer to paste. */
  paste: list(kubeletSnippetSchema),
});

export type KubeletSnippet = v.InferOutput<typeof kubeletSnippetSchema>;
export type MaxPodsReport = v.InferOutput<typeof maxPodsSchema>;
