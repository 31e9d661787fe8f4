import type { InstanceType } from '../catalog/instance-type.ts';
import { type PodCapacity, PREFIX_SIZE } from './capacity.ts';
import type { Settings } from './settings.ts';

/** aws-node and kube-proxy: on the host network of every Linux node, counted by kubelet, in need of no pod address. */
export const HOST_PODS = 2;

export interface Formula {
  readonly value: number;
  /** With the numbers in, `3×(10−1)+2 = 29`. */
  readonly text: string;
}

/** kubelet's maxPods by addresses alone, before any ceiling (`nodeadm eni_max_pods.go`, header of `eni-max-pods.txt`). */
export function formulaOf(type: InstanceType, settings: Settings, capacity: PodCapacity): Formula {
  const perEni = type.ipv4PerEni - 1;
  if (settings.ipv6) return ipv6Formula(type, capacity);
  if (settings.windows) {
    const slots = `${type.ipv4PerEni}−1`;
    const text = capacity.mode === 'prefix' ? `(${slots})×${PREFIX_SIZE}` : slots;
    return { value: capacity.ipsForPods, text: `${text} = ${capacity.ipsForPods}` };
  }
  const value = capacity.usableEnis * perEni * capacity.addressesPerSlot + HOST_PODS;
  const prefix = capacity.mode === 'prefix' ? `×${PREFIX_SIZE}` : '';
  return { value, text: `${eniTerm(type, capacity)}×(${type.ipv4PerEni}−1)${prefix}+${HOST_PODS} = ${value}` };
}

/** With IPv6 addresses never bind; AWS recommends what prefixes would give (EKS best practices, IPv6). */
function ipv6Formula(type: InstanceType, capacity: PodCapacity): Formula {
  if (!capacity.supported) return { value: HOST_PODS, text: `0+${HOST_PODS} = ${HOST_PODS}` };
  const value = type.maxEnis * (type.ipv4PerEni - 1) * PREFIX_SIZE + HOST_PODS;
  return { value, text: `${type.maxEnis}×(${type.ipv4PerEni}−1)×${PREFIX_SIZE}+${HOST_PODS} = ${value}` };
}

/** ENIs the CNI may attach, less each that serves no pod; floored where more are taken than there are. */
function eniTerm(type: InstanceType, { deductions, usableEnis }: PodCapacity): string {
  const takenBy = (byMaxEni: boolean): number =>
    deductions.filter(({ reason }) => (reason === 'max-eni') === byMaxEni).reduce((sum, { enis }) => sum + enis, 0);
  const attachable = type.maxEnis - takenBy(true);
  const taken = deductions.filter(({ reason }) => reason !== 'max-eni').map(({ enis }) => `−${enis}`);
  if (taken.length === 0) return String(attachable);
  const term = `${attachable}${taken.join('')}`;
  return attachable - takenBy(false) < usableEnis ? `max(${term},${usableEnis})` : `(${term})`;
}
