import type { InstanceType } from '../../calc/catalog/instance-type.ts';
import { calculatorPods, eniDefault, KUBELET_DEFAULT, parseCniVersion, settingsOf } from '../../calc/maxpods/index.ts';
import type { Nodegroup } from '../snapshot/aws.ts';
import { defineFact, section } from './define-fact.ts';
import { instanceLimits } from './instance-limits.ts';
import { networking } from './networking.ts';

/** The one number EKS writes for all nodes of a managed group without an image of its own: that of its smallest type. */
export interface ManagedMaxPods {
  /** By the CNI's settings of today. EKS knows neither a trunk nor MAX_ENI nor subnets (`maxpods` authority managed-node-group). */
  readonly maxPods: number;
  /** With single addresses: what a group that was made before prefixes still has. */
  readonly single: number;
  /** The type that decides. */
  readonly smallest: string;
  /** Whether EKS heeds custom networking was documented in 2023 and never confirmed since. */
  readonly certain: boolean;
}

/** By node group name; groups with an image of their own, and those of types that are not known, are left out. */
export const managedMaxPods = defineFact({
  id: 'managedMaxPods',
  needs: { nodegroups: section('nodegroups'), networking, limitsOf: instanceLimits },
  helps: { launchTemplates: section('launchTemplates') },
  derive: ({ nodegroups, networking: net, limitsOf, launchTemplates }): ReadonlyMap<string, ManagedMaxPods> => {
    const { customNetworking } = net.settings;
    const cniVersion = (net.cniVersion && parseCniVersion(net.cniVersion)) || settingsOf({}).cniVersion;
    const prefix = net.mode !== 'secondary';
    const numbersOf = (type: InstanceType): ManagedMaxPods => ({
      maxPods: calculatorPods(type, { prefix, customNetworking, cniVersion }).maxPods,
      single: Math.min(calculatorPods(type, { prefix: false, customNetworking, cniVersion }).maxPods, eniDefault(type)),
      smallest: type.instanceType,
      certain: !customNetworking,
    });
    return new Map(
      nodegroups.flatMap((group) => {
        const template = launchTemplates?.find((t) => t.id === group.launchTemplate?.id);
        if (group.amiType === 'CUSTOM' || template?.imageId !== undefined) return [];
        if (group.amiType?.startsWith('WINDOWS')) return [[group.name, WINDOWS] as const];
        const types = typesOf(group, template?.instanceType).map(limitsOf);
        const known = types.flatMap((t) => (t ? [numbersOf(t)] : []));
        if (known.length === 0 || known.length < types.length) return [];
        const [least] = [...known].sort((a, b) => a.maxPods - b.maxPods || a.single - b.single);
        return [[group.name, { ...least!, single: Math.min(...known.map((k) => k.single)) }] as const];
      }),
    );
  },
});

const WINDOWS: ManagedMaxPods = { maxPods: KUBELET_DEFAULT, single: KUBELET_DEFAULT, smallest: '', certain: true };

function typesOf(group: Nodegroup, ofTemplate: string | undefined): readonly string[] {
  return group.instanceTypes.length > 0 ? group.instanceTypes : ofTemplate ? [ofTemplate] : [];
}
