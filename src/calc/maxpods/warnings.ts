import { type InstanceType, supportsPrefixes } from '../catalog/instance-type.ts';
import { SOURCES } from '../catalog/sources.generated.ts';
import { eniDefault } from './authority-rules.ts';
import { eniBound, type PodCapacity, trunkFits, trunkSlotKept } from './capacity.ts';
import { KUBELET_DEFAULT } from './ceiling.ts';
import { CATALOG_RELEASE, type CniVersion, formatCniVersion, has, SINCE } from './cni-version.ts';
import { HOST_PODS } from './formula.ts';
import type { Authority, AuthorityId, ReservedMemory, Warning } from './item.ts';
import { memoryAdvice } from './memory.ts';
import type { Settings } from './settings.ts';

export interface Subject {
  /** With the limits the CNI release in question reads. */
  readonly type: InstanceType;
  /** With those of the catalog's release. */
  readonly listed: InstanceType;
  readonly settings: Settings;
  readonly capacity: PodCapacity;
  readonly authorities: readonly Authority[];
  readonly maxPods: number;
  readonly kubeReserved: ReservedMemory | null;
}

type Source = (subject: Subject) => readonly (Warning | undefined | false)[];

/** Everything a reader must know before trusting the numbers, the gravest first. */
export function warningsOf(subject: Subject): readonly Warning[] {
  const sources: readonly Source[] = [
    modeWarnings,
    windowsWarnings,
    trunkWarnings,
    limitWarnings,
    overcommit,
    memoryWarnings,
    dataWarnings,
  ];
  return sources.flatMap((source) => source(subject)).filter((w): w is Warning => Boolean(w));
}

const warn = (id: string, message: string): Warning => ({ id, message });

const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
const addresses = (n: number): string => counted(n, 'address', 'addresses');
const enis = (n: number): string => counted(n, 'ENI', 'ENIs');

const tooOld = (version: CniVersion, behaviour: keyof typeof SINCE): string =>
  `CNI ${formatCniVersion(version)} is too old for it (needs ${formatCniVersion(SINCE[behaviour])})`;

function hypervisorName(type: InstanceType): string {
  return type.hypervisor === 'xen' ? 'a Xen type' : 'neither Nitro nor bare metal';
}

function modeWarnings({ type, settings, capacity }: Subject): readonly (Warning | false)[] {
  const { cniVersion, windows } = settings;
  const name = type.instanceType;
  if (settings.ipv6) {
    const refused = 'the CNI does not start and no pod gets an address';
    return [
      !supportsPrefixes(type) &&
        warn('ipv6-on-xen', `IPv6 needs prefixes, and ${name} is ${hypervisorName(type)}: ${refused}`),
      settings.customNetworking && warn('ipv6-custom-networking', `custom networking is refused with IPv6: ${refused}`),
      windows && warn('ipv6-windows', 'Windows nodes do not support IPv6 clusters'),
      !has(cniVersion, 'ipv6') && warn('ipv6-cni-too-old', `IPv6: ${tooOld(cniVersion, 'ipv6')}`),
      has(cniVersion, 'ipv6') &&
        type.bareMetal &&
        !has(cniVersion, 'prefixOnBareMetal') &&
        warn('ipv6-metal-cni-too-old', `IPv6 on bare metal: ${tooOld(cniVersion, 'prefixOnBareMetal')}`),
      settings.maxEni !== undefined &&
        warn('max-eni-ignored', 'MAX_ENI has no effect with IPv6: one /80 serves all pods'),
    ];
  }
  if (!settings.prefix || capacity.mode === 'prefix') return [];
  if (!supportsPrefixes(type)) {
    return [warn('prefix-on-xen', `${name} is ${hypervisorName(type)}: it falls back to secondary addresses`)];
  }
  const behaviour = type.bareMetal ? 'prefixOnBareMetal' : 'prefix';
  const id = type.bareMetal && has(cniVersion, 'prefix') ? 'prefix-metal-cni-too-old' : 'prefix-cni-too-old';
  return [
    warn(id, `prefix delegation${type.bareMetal ? ' on bare metal' : ''} is ignored: ${tooOld(cniVersion, behaviour)}`),
  ];
}

function windowsWarnings({ settings, capacity }: Subject): readonly (Warning | false)[] {
  if (!settings.windows) return [];
  const ignored = [
    settings.customNetworking && 'custom networking',
    settings.sgp && 'security groups for pods',
    settings.maxEni !== undefined && 'MAX_ENI',
    settings.unmanagedEnis > 0 && 'unmanaged ENIs',
    settings.multiNic && 'multi-NIC',
  ].filter((x) => x !== false);
  return [
    ignored.length > 0 && warn('windows-ignores', `no effect on Windows nodes: ${ignored.join(', ')}`),
    capacity.ipsForPods < KUBELET_DEFAULT &&
      warn(
        'windows-default-above-addresses',
        `kubelet on Windows admits ${KUBELET_DEFAULT} pods for ${addresses(capacity.ipsForPods)}; only the PrivateIPv4Address request of each pod keeps scheduling safe`,
      ),
  ];
}

function trunkWarnings({ type, settings }: Subject): readonly (Warning | false)[] {
  const { cniVersion, sgp, windows } = settings;
  if (!sgp || windows) return [];
  const name = type.instanceType;
  if (!has(cniVersion, 'podEni'))
    return [warn('sgp-cni-too-old', `security groups for pods: ${tooOld(cniVersion, 'podEni')}`)];
  const slot = trunkSlotKept(type, settings) && !settings.ipv6;
  return [
    type.trunkingCompatible === false &&
      warn(
        'sgp-incompatible',
        `${name} cannot carry a trunk ENI: pods with a SecurityGroupPolicy stay Pending${slot ? `, and CNI ${formatCniVersion(cniVersion)} keeps a slot for the trunk all the same` : ''}`,
      ),
    type.trunkingCompatible === undefined &&
      warn(
        'sgp-unlisted',
        `${name} is in no trunk list: no branch ENIs are offered${slot ? ', yet the CNI keeps a slot for the trunk' : ''}`,
      ),
    !has(cniVersion, 'podEniSupported') &&
      warn(
        'sgp-cni-early',
        `security groups for pods are supported from CNI ${formatCniVersion(SINCE.podEniSupported)}`,
      ),
    settings.ipv6 &&
      !has(cniVersion, 'podEniWithIpv6') &&
      warn('sgp-ipv6-cni-too-old', `security groups for pods with IPv6: ${tooOld(cniVersion, 'podEniWithIpv6')}`),
    type.trunkingCompatible === true &&
      !settings.ipv6 &&
      !trunkFits(type, settings) &&
      warn('trunk-has-no-slot', `no ENI slot is left for the trunk: no branch pod can start`),
    settings.customNetworking &&
      slot &&
      eniBound(type, settings.maxEni) <= 2 &&
      warn(
        'custom-sgp-two-enis',
        `custom networking and security groups for pods take every ENI: nothing is left for ordinary pods, and the trunk may not come up`,
      ),
  ];
}

function limitWarnings({ type, settings, capacity }: Subject): readonly (Warning | false)[] {
  const { maxEni, podsPerCore, multiNic, windows, ipv6 } = settings;
  const linuxIpv4 = !windows && !ipv6;
  return [
    linuxIpv4 &&
      capacity.usableEnis === 0 &&
      warn(
        'no-address-left',
        `no ENI is left for pod addresses: only host-network${capacity.branchEnis > 0 ? ' and branch' : ''} pods can run`,
      ),
    linuxIpv4 &&
      maxEni !== undefined &&
      maxEni < 1 &&
      warn('max-eni-ignored', `MAX_ENI ${maxEni} is ignored by the CNI: it counts from 1`),
    linuxIpv4 &&
      maxEni !== undefined &&
      maxEni > type.maxEnis &&
      warn('max-eni-clamped', `MAX_ENI ${maxEni} exceeds what ${type.instanceType} can attach: ${type.maxEnis}`),
    podsPerCore > 0 &&
      type.vcpus === undefined &&
      warn('pods-per-core-unknown', 'vCPUs are unknown: what podsPerCore allows cannot be computed'),
    multiNic &&
      !windows &&
      !has(settings.cniVersion, 'multiNic') &&
      warn('multi-nic-cni-too-old', `multi-NIC: ${tooOld(settings.cniVersion, 'multiNic')}`),
    multiNic &&
      type.networkCards === 1 &&
      warn('multi-nic-one-card', `${type.instanceType} has one network card: multi-NIC changes nothing`),
    multiNic &&
      type.networkCards > 1 &&
      warn(
        'multi-nic-no-gain',
        `multi-NIC gives a pod one address per card and the node no room for more pods; each further card takes at least 2 subnet addresses`,
      ),
  ];
}

/** Who starts Linux nodes on their own say-so, by the name people know. */
const NODE_MAKERS: Partial<Record<AuthorityId, string>> = {
  'al2-bootstrap': 'AL2',
  nodeadm: 'AL2023',
  bottlerocket: 'Bottlerocket',
  'managed-node-group': 'managed node groups',
  karpenter: 'Karpenter',
};

/** Authorities that admit more pods than get an address: such pods hang in ContainerCreating. */
function overcommit({ type, settings, capacity, authorities }: Subject): readonly Warning[] {
  if (settings.ipv6 || settings.windows) return [];
  const room = capacity.ipsForPods + HOST_PODS;
  const byValue = new Map<number, string[]>();
  for (const { id, maxPods } of authorities) {
    const maker = NODE_MAKERS[id];
    const elsewhere = id === 'bottlerocket' && !type.sources.includes('bottlerocket');
    if (maker === undefined || elsewhere || maxPods === null || maxPods <= room) continue;
    byValue.set(maxPods, [...(byValue.get(maxPods) ?? []), maker]);
  }
  return [...byValue].map(([value, makers]) => {
    const branch = capacity.branchEnis > 0 ? ` (branch pods aside)` : '';
    return warn(
      'maxpods-above-addresses',
      `${makers.join(', ')}: ${value} pods admitted, ${addresses(capacity.ipsForPods)} + ${HOST_PODS} host-network pods${branch}: the rest hang in ContainerCreating`,
    );
  });
}

/** Memory that no pod can use: the AMIs reserve by maxPods, whatever the type has. */
function memoryWarnings({ maxPods, kubeReserved, capacity }: Subject): readonly (Warning | false)[] {
  return [
    capacity.supported &&
      kubeReserved?.excessive === true &&
      warn(
        'memory-reserved',
        `kubelet would reserve memory for ${counted(maxPods, 'pod', 'pods')}: ${memoryAdvice(kubeReserved, 'maxPods ')}`,
      ),
  ];
}

/** Types whose limits depend on the CNI release: both numbers are right, each for its releases. */
function releaseWarning({ type, listed, settings }: Subject): Warning | undefined {
  const { later } = listed;
  if (!later) return undefined;
  const used = (here: boolean): string => (here ? `, used here for ${formatCniVersion(settings.cniVersion)}` : '');
  const before = `up to CNI ${formatCniVersion(CATALOG_RELEASE)} ${enis(listed.maxEnis)} on one card (formula ${eniDefault(listed)}${used(type === listed)})`;
  const after = `later, and for EC2, ${later.maxEnis} on the first of ${later.networkCards} (${eniDefault({ ...listed, maxEnis: later.maxEnis })}${used(type !== listed)})`;
  return warn('limits-by-cni', `${before}; ${after}`);
}

function dataWarnings(subject: Subject): readonly (Warning | false | undefined)[] {
  const { type, settings, capacity } = subject;
  const name = type.instanceType;
  const lists = (source: string): boolean => type.sources.includes(source);
  const linux = !settings.windows;
  return [
    type.networkCards > 1 &&
      warn(
        'multi-card',
        `${type.networkCards} network cards: pods use the ${enis(type.maxEnis)} of the default card, not all ${type.maxEnisTotal} that EC2 adds up`,
      ),
    releaseWarning(subject),
    type.sizeInferred &&
      warn('vcpus-inferred', `${type.vcpus} vCPUs are inferred from a sibling type, and the ceiling with them`),
    type.vcpus === undefined &&
      warn('vcpus-unknown', 'no source publishes its vCPUs: the number is uncapped and no recommendation'),
    linux &&
      !lists('eni-max-pods') &&
      warn(
        'not-in-published-table',
        `${name} is in neither the published table nor the CNI's limits: the CNI asks EC2${type.maxEnisTotal > type.maxEnis ? ' and counts the ENIs of all cards' : ''}`,
      ),
    linux &&
      !lists('nodeadm') &&
      warn(
        'not-in-nodeadm',
        `AL2023 does not list ${name}: it asks EC2 at boot and takes ${KUBELET_DEFAULT} if that fails`,
      ),
    linux &&
      !lists('bottlerocket') &&
      warn(
        'not-in-bottlerocket',
        `a Bottlerocket as old as ${SOURCES.bottlerocket.date} does not list ${name} and admits ${KUBELET_DEFAULT} pods${capacity.ipsForPods + HOST_PODS < KUBELET_DEFAULT ? ` for ${addresses(capacity.ipsForPods)}` : ` (listed types: ${eniDefault(type)})`}`,
      ),
  ];
}
