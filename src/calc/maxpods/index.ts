/** Max-pods arithmetic: how many pods fit on an instance type, and who decides. */
export {
  autoModePods,
  type CalculatorFlags,
  calculatorPods,
  effectivePods,
  eniDefault,
  type KarpenterFlags,
  karpenterPods,
  kubeReservedMemoryMiB,
  type Setting,
} from './authority-rules.ts';
export { eniBound, IPV6_ADDRESSES, type PodCapacity, podCapacity, prefixesWork, trunkSlotKept } from './capacity.ts';
export { KUBELET_DEFAULT, vcpuCeiling } from './ceiling.ts';
export { type CniVersion, formatCniVersion, has, parseCniVersion, SINCE } from './cni-version.ts';
export { HOST_PODS } from './formula.ts';
export type {
  Authority,
  AuthorityId,
  BoundBy,
  Ceiling,
  Deduction,
  MaxPodsGroup,
  MaxPodsItem,
  NodeAddresses,
  TypeLimits,
  Warning,
} from './item.ts';
export { allModes, groupOf, maxPods } from './max-pods.ts';
export { defaultsSuffice, type Paste, pasteFor } from './paste.ts';
export { type MaxPodsOptions, type Settings, settingsOf } from './settings.ts';
