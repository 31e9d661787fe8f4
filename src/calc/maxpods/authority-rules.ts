import type { InstanceType } from '../catalog/instance-type.ts';
import { PREFIX_SIZE } from './capacity.ts';
import { KUBELET_DEFAULT, vcpuCeiling } from './ceiling.ts';
import type { CniVersion } from './cni-version.ts';
import { HOST_PODS } from './formula.ts';

/** What a program sets, before and after its own ceiling. */
export interface Setting {
  readonly uncapped: number;
  readonly maxPods: number;
}

/** `E × (I − 1) + 2` over the default card: the published table, AL2, nodeadm and Karpenter without further settings. */
export function eniDefault(type: InstanceType): number {
  return type.maxEnis * (type.ipv4PerEni - 1) + HOST_PODS;
}

export interface CalculatorFlags {
  readonly prefix: boolean;
  readonly customNetworking: boolean;
  /** Taken literally, also below 1. */
  readonly maxEni?: number;
  readonly cniVersion: CniVersion;
}

/**
 * The script of the Amazon Linux 2 AMI (amazon-eks-ami, removed 2026-03), as it was after 2024-08-21. It takes prefixes on
 * Nitro only, EC2 naming no hypervisor for bare metal, and neither ignores a MAX_ENI below 1 nor stops at 0 ENIs.
 */
export function calculatorPods(type: InstanceType, flags: CalculatorFlags): Setting {
  const { major, minor } = flags.cniVersion;
  const prefix = flags.prefix && type.hypervisor === 'nitro' && (major > 1 || (major === 1 && minor > 8));
  const bound = Math.min(type.maxEnis, flags.maxEni ?? type.maxEnis);
  const enis = flags.customNetworking ? bound - 1 : bound;
  const uncapped = enis * (type.ipv4PerEni - 1) * (prefix ? PREFIX_SIZE : 1) + HOST_PODS;
  return { uncapped, maxPods: Math.min(uncapped, vcpuCeiling(type.vcpus) ?? uncapped) };
}

export interface KarpenterFlags {
  readonly windows?: boolean;
  readonly bottlerocket?: boolean;
  readonly reservedEnis?: number;
  /** EFA-only interfaces the EC2NodeClass declares on card 0. */
  readonly efaOnlyEnis?: number;
  /** `spec.kubelet.maxPods`; 0 is allowed and means no pods. */
  readonly maxPods?: number;
  readonly podsPerCore?: number;
}

/** Karpenter v1 `pkg/providers/instancetype/types.go:pods`, `ENILimitedPods`. Prefixes are no input. */
export function karpenterPods(type: InstanceType, flags: KarpenterFlags): Setting {
  const enis = Math.max(0, type.maxEnis - (flags.reservedEnis ?? 0) - (flags.efaOnlyEnis ?? 0));
  const byEnis = enis === 0 ? 0 : enis * (type.ipv4PerEni - 1) + HOST_PODS;
  const uncapped = flags.maxPods ?? (flags.windows ? KUBELET_DEFAULT : byEnis);
  return { uncapped, maxPods: flags.bottlerocket ? uncapped : effectivePods(uncapped, flags.podsPerCore, type.vcpus) };
}

/** EKS Auto Mode (EKS user guide, choosing an instance type): no `+2`, its networking and proxy are not pods. */
export function autoModePods(type: InstanceType): Setting {
  const uncapped = type.maxEnis * (type.ipv4PerEni - 1);
  return { uncapped, maxPods: Math.min(KUBELET_DEFAULT, uncapped) };
}

/** Pods kubelet admits: `podsPerCore`, when above 0, lowers maxPods and never raises it. */
export function effectivePods(maxPods: number, podsPerCore: number | undefined, cores: number | undefined): number {
  if (!podsPerCore || cores === undefined) return maxPods;
  return Math.min(maxPods, podsPerCore * cores);
}
