import type { InstanceType } from '../catalog/instance-type.ts';
import type { Ceiling } from './item.ts';
import type { Settings } from './settings.ts';

/** kubelet's own default, and the Kubernetes scalability threshold. */
export const KUBELET_DEFAULT = 110;
const LARGE_NODE = 250;
/** vCPUs up to which 110 holds. The retired calculator drew the line here; no type has 25 to 31 vCPUs. */
const SMALL_NODE_VCPUS = 30;

/** AWS's recommendation by node size (EKS user guide, choosing an instance type). Undefined where vCPUs are unknown. */
export function vcpuCeiling(vcpus: number | undefined): number | undefined {
  if (vcpus === undefined) return undefined;
  return vcpus > SMALL_NODE_VCPUS ? LARGE_NODE : KUBELET_DEFAULT;
}

export function ceilingOf(type: InstanceType, settings: Settings): Ceiling {
  if (settings.windows) return { value: KUBELET_DEFAULT, reason: 'Windows nodes start kubelet with 110' };
  if (settings.uncapped) return { value: null, reason: 'left out as asked: more than AWS recommends' };
  const value = vcpuCeiling(type.vcpus);
  if (value === undefined)
    return { value: null, reason: 'no source publishes its vCPUs, so there is no recommendation' };
  const size = value === LARGE_NODE ? `above ${SMALL_NODE_VCPUS}` : `up to ${SMALL_NODE_VCPUS}`;
  return { value, reason: `AWS's advice ${size} vCPUs; managed groups apply it` };
}
