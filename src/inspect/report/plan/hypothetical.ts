/** Pod subnets that a pair with custom networking is reckoned with where nobody named any. */
import { type Cidr, formatCidr, parseCidr } from '../../../calc/cidr.ts';
import { mayAssociate, POD_RANGES } from '../../../calc/vpc-ranges.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { capacityNodes } from '../../projection/nodes.ts';
import type { PodSubnet } from '../../projection/placement.ts';

/** One a zone, each a quarter of a /16 or less. */
const LARGEST = 18;

/** Cut from the first range that the VPC may get beside those it has; none where its ranges or its nodes' zones are not known. */
export function hypotheticalSubnets(run: Run): readonly PodSubnet[] {
  const ranges = run.valueOf(section('vpc'))?.cidrs.map((c) => c.cidr);
  const zones = [...new Set(capacityNodes(run)?.nodes.flatMap((n) => n.zone ?? []))].sort();
  if (!ranges || zones.length === 0) return [];
  const subnets = run.valueOf(section('subnets'))?.map((s) => s.cidr) ?? [];
  const present = [...ranges, ...subnets].flatMap((text): Cidr[] => {
    const cidr = parseCidr(text);
    return cidr ? [cidr] : [];
  });
  const range = POD_RANGES.find((r) => mayAssociate(present, r));
  if (!range) return [];
  const length = Math.max(range.length + Math.ceil(Math.log2(zones.length)), LARGEST);
  return zones.map((zone, i) => {
    const cidr = formatCidr({ first: range.first + i * 2 ** (32 - length), length });
    return { subnetId: `assumed-${zone}`, zone, cidr };
  });
}
