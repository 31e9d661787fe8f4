import type { InstanceType } from '../../calc/catalog/instance-type.ts';
import type { Ec2InstanceType } from '../snapshot/ec2.ts';
import { defineFact, section } from './define-fact.ts';

export type LimitsOf = (instanceType: string) => InstanceType | undefined;

/** Limits of an instance type: what EC2 says now over the catalog; undefined where neither knows it. */
export const instanceLimits = defineFact({
  id: 'instanceLimits',
  needs: {},
  helps: { instanceTypes: section('instanceTypes') },
  derive: ({ instanceTypes }, { catalog }): LimitsOf => {
    const seen = new Map((instanceTypes ?? []).map((t) => [t.instanceType, t]));
    const known = new Map<string, InstanceType | undefined>();
    return (name) => {
      if (!known.has(name)) known.set(name, merge(catalog.get(name), seen.get(name)));
      return known.get(name);
    };
  },
});

/** EC2 does not say which types can trunk, and leaves the hypervisor of some Nitro types empty: there the catalog decides. */
function merge(listed: InstanceType | undefined, seen: Ec2InstanceType | undefined): InstanceType | undefined {
  if (!seen) return listed;
  return {
    branchEnis: 0,
    sources: ['ec2'],
    ...listed,
    instanceType: seen.instanceType,
    vcpus: seen.vcpus,
    sizeInferred: undefined,
    later: undefined,
    maxEnis: seen.maxEnis,
    maxEnisTotal: seen.maxEnisTotal,
    networkCards: seen.networkCards,
    ipv4PerEni: seen.ipv4PerEni,
    bareMetal: seen.bareMetal,
    hypervisor: hypervisorOf(listed, seen),
  };
}

function hypervisorOf(listed: InstanceType | undefined, seen: Ec2InstanceType): InstanceType['hypervisor'] {
  if (listed && listed.hypervisor !== 'unknown') return listed.hypervisor;
  return seen.hypervisor === 'nitro' || seen.hypervisor === 'xen' ? seen.hypervisor : 'unknown';
}
