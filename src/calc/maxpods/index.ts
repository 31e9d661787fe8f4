/** Max-pods arithmetic: how many pods fit on an instance type, and who decides. */
export { defaultsSuffice } from './authorities.ts';
export { calculatorPods, eniDefault } from './authority-rules.ts';
export { IPV6_ADDRESSES } from './capacity.ts';
export { KUBELET_DEFAULT, vcpuCeiling } from './ceiling.ts';
export {
  AGENT_SOCKET_RELEASE,
  BAD_RELEASES,
  badReleases,
  behind,
  OLDEST_RECOMMENDED,
  RELEASES_CHECKED,
  type ReleaseCondition,
  SOCKET_RELEASE,
} from './cni-releases.ts';
export {
  atLeastRelease,
  type Behaviour,
  type CniVersion,
  formatCniVersion,
  has,
  parseCniVersion,
  VARIABLE_SINCE,
} from './cni-version.ts';
export { HOST_PODS } from './formula.ts';
export type { Authority, AuthorityId, BoundBy, MaxPodsGroup, MaxPodsItem } from './item.ts';
export { allModes, groupOf, maxPods } from './max-pods.ts';
export { kubeReservedMemoryMiB, memoryAdvice, reservedMemoryAt } from './memory.ts';
export { type MaxPodsOptions, settingsOf } from './settings.ts';
