import type { InstanceType } from '../catalog/instance-type.ts';
import { PAIRS, usesCustomNetworking, usesSecurityGroupsForPods } from '../patterns.ts';
import { authoritiesOf } from './authorities.ts';
import { effectivePods } from './authority-rules.ts';
import { limitsFor, type PodCapacity, podCapacity } from './capacity.ts';
import { ceilingOf } from './ceiling.ts';
import { formulaOf, HOST_PODS } from './formula.ts';
import type { BoundBy, Deduction, MaxPodsGroup, MaxPodsItem, TypeLimits } from './item.ts';
import { reservedMemoryOf } from './memory.ts';
import { nodeAddressesOf } from './node-addresses.ts';
import { type MaxPodsOptions, type Settings, settingsOf } from './settings.ts';
import { warningsOf } from './warnings.ts';

/**
 * How many pods fit on a node of this type, who decides it, and what to watch.
 * @throws RangeError for counts that are not whole numbers, or negative ones other than `maxEni`.
 */
export function maxPods(listed: InstanceType, options: MaxPodsOptions): MaxPodsItem {
  const settings = settingsOf(options);
  const type = limitsFor(listed, settings.cniVersion);
  const capacity = podCapacity(type, settings);
  const formula = formulaOf(type, settings, capacity);
  const ceiling = ceilingOf(type, settings);
  const cap = ceiling.value ?? Number.POSITIVE_INFINITY;
  const recommended = Math.min(cap, formula.value);
  const admitted = effectivePods(recommended, settings.podsPerCore, type.vcpus);
  const withBranch = Math.min(cap, withBranchPods(formula.value, settings, capacity));
  const authorities = authoritiesOf(type, settings);
  const kubeReserved = reservedMemoryOf(type, settings, admitted);
  return {
    instanceType: type.instanceType,
    os: settings.windows ? 'windows' : 'linux',
    pattern: settings.pattern,
    mode: capacity.mode,
    requestedMode: settings.requestedMode,
    supported: capacity.supported,
    maxPods: admitted,
    maxPodsWithBranch: effectivePods(withBranch, settings.podsPerCore, type.vcpus),
    theoreticalMaxPods: formula.value,
    boundBy: admitted < recommended ? 'pods-per-core' : boundBy(type, settings, capacity, recommended < formula.value),
    enis: type.maxEnis,
    usableEnis: capacity.usableEnis,
    ipv4PerEni: type.ipv4PerEni,
    ipsForPods: capacity.ipsForPods,
    branchEnis: capacity.branchEnis,
    vcpus: type.vcpus ?? null,
    formula: formula.text,
    warnings: warningsOf({ type, listed, settings, capacity, authorities, maxPods: admitted, kubeReserved }),
    authorities,
    deductions: capacity.deductions,
    ceiling,
    nodeAddresses: nodeAddressesOf(type, settings, capacity, admitted),
    kubeReserved,
    limits: limitsOf(type),
  };
}

/** The ten pairs of pattern and mode side by side; what else the options say holds for each. */
export function allModes(type: InstanceType, options: MaxPodsOptions): readonly MaxPodsItem[] {
  return PAIRS.map(({ pattern, mode }) =>
    maxPods(type, {
      ...options,
      prefix: mode === 'prefix',
      ipv6: mode === 'ipv6',
      customNetworking: usesCustomNetworking(pattern),
      sgp: usesSecurityGroupsForPods(pattern),
    }),
  );
}

/** One setting for several types, as a managed node group injects it: the smallest. Undefined for none. */
export function groupOf(items: readonly MaxPodsItem[]): MaxPodsGroup | undefined {
  const [first] = items;
  if (!first) return undefined;
  const least = Math.min(...items.map((item) => item.maxPods));
  const smallest = items.filter((item) => item.maxPods === least);
  const [only] = smallest;
  const bounds = new Set(smallest.map((item) => item.boundBy));
  return {
    maxPods: least,
    becauseOf: smallest.length === 1 && items.length > 1 ? only!.instanceType : null,
    smallest: smallest.length,
    boundBy: bounds.size === 1 ? only!.boundBy : null,
  };
}

/** Branch pods need no address, so with IPv6 they add nothing to what policy allows. */
function withBranchPods(formula: number, settings: Settings, capacity: PodCapacity): number {
  if (settings.ipv6 || settings.windows) return formula;
  return capacity.ipsForPods + capacity.branchEnis + HOST_PODS;
}

function boundBy(type: InstanceType, { windows }: Settings, capacity: PodCapacity, capped: boolean): BoundBy {
  // The one ENI of a Windows node is no deduction: the controller never asks for another.
  if (windows) return capped ? 'kubelet-default' : 'eni-slots';
  if (capped) return 'vcpu-ceiling';
  if (capacity.mode === 'ipv6') return 'none';
  if (costsAddresses(type, capacity, 'max-eni')) return 'max-eni';
  return costsAddresses(type, capacity, 'trunk') ? 'trunk' : 'eni-slots';
}

/** Whether pods would have more ENIs without this deduction: not where others leave none anyway. */
function costsAddresses(
  type: InstanceType,
  { deductions, usableEnis }: PodCapacity,
  reason: Deduction['reason'],
): boolean {
  const others = deductions.filter((d) => d.reason !== reason).reduce((sum, { enis }) => sum + enis, 0);
  return Math.max(0, type.maxEnis - others) > usableEnis;
}

function limitsOf(type: InstanceType): TypeLimits {
  const { hypervisor, bareMetal, networkCards, maxEnisTotal, branchEnis } = type;
  return {
    hypervisor,
    bareMetal,
    memoryMiB: type.memoryMiB ?? null,
    networkCards,
    maxEnisTotal,
    trunkingCompatible: type.trunkingCompatible ?? null,
    branchEnis,
  };
}
