/** `maxpods -o csv`: one row a type and pair. */
import type { MaxPodsReport } from '../../../inspect/contract/report.ts';
import { type Rows, rowsOf } from './cells.ts';

export function maxPodsRows({ items }: MaxPodsReport): Rows {
  return rowsOf(items, {
    instanceType: (i) => i.instanceType,
    os: (i) => i.os,
    pattern: (i) => i.pattern,
    mode: (i) => i.mode,
    requestedMode: (i) => i.requestedMode,
    supported: (i) => i.supported,
    maxPods: (i) => i.maxPods,
    maxPodsWithBranch: (i) => i.maxPodsWithBranch,
    theoreticalMaxPods: (i) => i.theoreticalMaxPods,
    boundBy: (i) => i.boundBy,
    enis: (i) => i.enis,
    usableEnis: (i) => i.usableEnis,
    ipv4PerEni: (i) => i.ipv4PerEni,
    ipsForPods: (i) => i.ipsForPods,
    branchEnis: (i) => i.branchEnis,
    vcpus: (i) => i.vcpus,
    warnings: (i) => i.warnings.map(({ id }) => id),
  });
}
