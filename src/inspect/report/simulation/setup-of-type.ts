/** A fresh node of an instance type. */
import type { Catalog } from '../../../calc/catalog/index.ts';
import type { InstanceType } from '../../../calc/catalog/instance-type.ts';
import { type IpamdSettings, type NodeSubnets, nodeLimits, TRUNK_VLANS } from '../../../calc/ipamd/index.ts';
import { HOST_PODS, KUBELET_DEFAULT, maxPods } from '../../../calc/maxpods/index.ts';
import type { SimulatedNode } from '../../contract/simulation.ts';
import { AS_GIVEN, type SimulationSetup } from './simulation-setup.ts';

export interface TypeQuestion {
  readonly instanceType: string;
  readonly env: Readonly<Record<string, string>>;
  readonly branchPods: number;
  /** Over the catalog; both are needed for a type it does not have. */
  readonly eniLimit?: number;
  readonly ipv4PerEni?: number;
  readonly maxPods?: number;
  readonly subnets?: NodeSubnets;
}

/** Undefined for a type the catalog does not have and whose limits are not given. */
export function setupOfType(catalog: Catalog, question: TypeQuestion): SimulationSetup | undefined {
  const type = typeOf(catalog, question);
  if (!type) return undefined;
  const known = catalog.has(question.instanceType);
  const given = question.eniLimit !== undefined || question.ipv4PerEni !== undefined;
  return {
    instanceType: question.instanceType,
    name: null,
    cluster: null,
    hypervisor: hypervisorOf(type),
    limits: nodeLimits(type),
    limitsFrom: given ? AS_GIVEN : catalog.dataDate,
    occupied: {},
    ...(question.subnets === undefined ? {} : { subnets: question.subnets }),
    subnetIds: {},
    now: null,
    hostPods: HOST_PODS,
    branchPods: question.branchPods,
    env: question.env,
    defaults: 'manifest',
    maxPods: maxPodsOf(type, question),
    adapt: (settings) => settings,
    assumptions: known ? [] : [`${question.instanceType} is not in the catalog: Nitro and able to trunk are assumed`],
  };
}

function typeOf(catalog: Catalog, { instanceType, eniLimit, ipv4PerEni }: TypeQuestion): InstanceType | undefined {
  const known = catalog.get(instanceType);
  const over = {
    ...(eniLimit === undefined ? {} : { maxEnis: eniLimit, maxEnisTotal: eniLimit }),
    ...(ipv4PerEni === undefined ? {} : { ipv4PerEni }),
  };
  if (known) return { ...known, ...over };
  if (eniLimit === undefined || ipv4PerEni === undefined) return undefined;
  return {
    instanceType,
    maxEnis: eniLimit,
    maxEnisTotal: eniLimit,
    networkCards: 1,
    ipv4PerEni,
    hypervisor: 'nitro',
    bareMetal: false,
    branchEnis: TRUNK_VLANS,
    sources: [],
  };
}

/** Given, else the safe maximum for this pattern and mode. */
function maxPodsOf(type: InstanceType, question: TypeQuestion): SimulationSetup['maxPods'] {
  const { branchPods, maxPods: given } = question;
  if (given !== undefined) return () => ({ maxPods: given, from: AS_GIVEN });
  return (settings) => {
    const item = maxPods(type, optionsOf(settings));
    const withBranch = Math.min(item.maxPods + branchPods, item.maxPodsWithBranch);
    const safe = settings.podEni ? Math.max(item.maxPods, withBranch) : item.maxPods;
    if (item.ceiling.value === null && safe > KUBELET_DEFAULT)
      return { maxPods: KUBELET_DEFAULT, from: "kubelet's default; vCPUs unknown" };
    if (item.boundBy === 'vcpu-ceiling') return { maxPods: safe, from: 'recommended cap for its vCPUs' };
    const formula = item.formula.slice(0, item.formula.indexOf(' = '));
    return { maxPods: safe, from: branchPods > 0 ? `${formula}, and branch pods` : formula };
  };
}

function optionsOf(settings: IpamdSettings) {
  return {
    prefix: settings.prefixDelegation,
    customNetworking: settings.customNetworking,
    sgp: settings.podEni,
    ipv6: settings.ipv6,
    ...(settings.maxEni >= 1 ? { maxEni: settings.maxEni } : {}),
  };
}

export function hypervisorOf(type: InstanceType): SimulatedNode['hypervisor'] {
  return type.bareMetal ? 'bare metal' : type.hypervisor;
}
