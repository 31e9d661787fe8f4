import { defineFact, section } from './define-fact.ts';
import { launchSubnets } from './launch-subnets.ts';

/** Zones in which nodes may be launched, as far as that was read. */
export const launchZones = defineFact({
  id: 'launchZones',
  needs: { subnets: section('subnets') },
  helps: { launch: launchSubnets },
  derive: ({ subnets, launch }): readonly string[] => {
    const zoneOf = new Map(subnets.map((s) => [s.subnetId, s.availabilityZone]));
    return [...new Set(launch.flatMap((id) => zoneOf.get(id) ?? []))].sort();
  },
});
