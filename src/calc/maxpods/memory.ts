import type { InstanceType } from '../catalog/instance-type.ts';
import type { ReservedMemory } from './item.ts';
import type { Settings } from './settings.ts';

/** Share of a node's memory beyond which kubelet's own reservation crowds the pods out. */
const TOO_MUCH = 1 / 3;
const BASE_MIB = 255;
const POD_MIB = 11;

/** MiB kubelet reserves for itself on the EKS AMIs, by the maxPods the AMI computed (`nodeadm`, AL2 `bootstrap.sh`, Bottlerocket). */
export function kubeReservedMemoryMiB(maxPods: number): number {
  return POD_MIB * maxPods + BASE_MIB;
}

/** What kubelet keeps of this type's memory at `maxPods`; null where the memory is unknown, and on Windows. */
export function reservedMemoryOf(type: InstanceType, settings: Settings, maxPods: number): ReservedMemory | null {
  const { memoryMiB } = type;
  if (memoryMiB === undefined || settings.windows) return null;
  return reservedMemoryAt(maxPods, memoryMiB);
}

/** The same for a node of so many MiB. */
export function reservedMemoryAt(maxPods: number, memoryMiB: number): ReservedMemory {
  const mib = kubeReservedMemoryMiB(maxPods);
  const most = Math.floor((memoryMiB * TOO_MUCH - BASE_MIB) / POD_MIB);
  return {
    mib,
    ofMib: memoryMiB,
    excessive: mib > memoryMiB * TOO_MUCH,
    roomyMaxPods: Math.max(most, 0),
  };
}

/** Both numbers and the way out, for a reservation that is excessive. */
export function memoryAdvice({ mib, ofMib, roomyMaxPods }: ReservedMemory, setting: string): string {
  const share = `${mib} of ${ofMib} MiB (${Math.round((mib / ofMib) * 100)} %)`;
  const way =
    roomyMaxPods > 0
      ? `${setting}${roomyMaxPods} leaves two thirds to the pods`
      : `the ${BASE_MIB} MiB without any pod are too much already`;
  return `${share}; ${way}`;
}
