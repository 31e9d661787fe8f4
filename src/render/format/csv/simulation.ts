/** `simulate -o csv`: one row a number of pods, a group of settings and number of pods, or a case of a file. */
import type { SimulationReport } from '../../../inspect/contract/simulation.ts';
import { type CsvValue, type Rows, rowsOf } from './cells.ts';

export function simulationRows(report: SimulationReport): Rows {
  switch (report.question) {
    case 'node':
      return rowsOf(report.items, {
        pods: (i) => i.pods,
        nodeInitFails: (i) => i.nodeInitFails,
        settled: (i) => i.settled,
        exact: (i) => i.exact,
        enis: (i) => i.enis,
        dataENIs: (i) => i.dataENIs,
        trunkENIs: (i) => i.trunkENIs,
        branchENIs: (i) => i.branchENIs,
        secondaryIPs: (i) => i.secondaryIPs,
        prefixes: (i) => i.prefixes,
        podIPsHeld: (i) => i.podIPsHeld,
        podIPsFree: (i) => i.podIPsFree,
        podsWithoutIP: (i) => i.podsWithoutIP,
        subnetIPs: (i) => i.subnetIPs,
        allocENI: (i) => i.ec2Calls.allocENI,
        allocIPs: (i) => i.ec2Calls.allocIPs,
        deallocCidrs: (i) => i.ec2Calls.deallocCidrs,
        freeENI: (i) => i.ec2Calls.freeENI,
        failedCalls: (i) => i.failedCalls,
        podsThatWaited: (i) => i.podsThatWaited,
      });
    case 'comparison':
      return rowsOf(
        report.items.flatMap((item) => item.steps.map((step) => ({ ...item, step }))),
        {
          label: (i) => i.label,
          nodeInitFails: (i) => i.nodeInitFails,
          pods: (i) => i.step.pods,
          enis: (i) => i.step.enis,
          podIPsHeld: (i) => i.step.podIPsHeld,
          podIPsFree: (i) => i.step.podIPsFree,
          podsWithoutIP: (i) => i.step.podsWithoutIP,
          subnetIPs: (i) => i.step.subnetIPs,
          calls: (i) => i.calls,
          failedCalls: (i) => i.failedCalls,
          podsThatWaited: (i) => i.podsThatWaited,
          longestWaitSeconds: (i) => i.longestWaitSeconds,
        },
      );
    case 'batch':
      return caseRows(report.items);
  }
}

/** Each kind of case answers with its own fields: every one that some case has is a column, but for what is nested. */
function caseRows(items: readonly object[]): Rows {
  const head = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const values = (name: string) => items.map((item) => (item as Record<string, unknown>)[name]);
  const flat = head.filter((name) => values(name).every(isCsvValue));
  return rowsOf(
    items,
    Object.fromEntries(flat.map((name) => [name, (item) => (item as Record<string, CsvValue>)[name]])),
  );
}

function isCsvValue(value: unknown): value is CsvValue {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((each) => typeof each === 'string');
  return Object.keys(value).join() === 'min,max';
}
