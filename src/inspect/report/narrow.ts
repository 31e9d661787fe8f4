/** What of a report the user wants to see. The verdict, the counts and the exit code stay those of the whole. */
import type { Finding, Severity } from '../contract/finding.ts';
import type { Inspection } from '../contract/report.ts';
import { atLeast } from '../contract/severity.ts';

export interface Narrowing {
  /** Codes (`SUB001`), families (`SUB`) or ids; empty: all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly minSeverity?: Severity;
  readonly namespace?: string;
  readonly node?: string;
  readonly subnet?: string;
  /** Why nothing can be shown: no such thing was read. */
  readonly note?: string;
  /** Ids of findings that were there before a change. */
  readonly before?: ReadonlySet<string>;
}

/** The report with the findings wanted; a symptom goes with its cause. */
export function narrowed(report: Inspection, wanted: Narrowing): Inspection {
  const words = inWords(wanted);
  if (words === '') return report;
  const causes = new Set(
    report.findings.filter((f) => f.causedBy === undefined && isWanted(f, wanted)).map((f) => f.id),
  );
  const findings = report.findings.filter(
    (f) => causes.has(f.causedBy ?? f.id) || (f.causedBy !== undefined && named(f, wanted.only)),
  );
  const { note } = wanted;
  const hidden = report.findings.length - findings.length;
  const narrowing = { by: words, hidden, ...(note === undefined ? {} : { note }) };
  return { ...report, findings, narrowing };
}

function isWanted(finding: Finding, wanted: Narrowing): boolean {
  const { only, skip, minSeverity, namespace, node, subnet, before } = wanted;
  const { scope, severity, resources } = finding;
  if (only.length > 0 && !named(finding, only)) return false;
  if (named(finding, skip) || before?.has(finding.id)) return false;
  if (minSeverity && !atLeast(severity, minSeverity)) return false;
  if (namespace !== undefined && !scope.pods?.some((p) => p.startsWith(`${namespace}/`))) return false;
  if (node !== undefined && !scope.nodes?.includes(node) && !resources.some((r) => r.id === node)) return false;
  return subnet === undefined || Boolean(scope.subnets?.includes(subnet) || resources.some((r) => r.id === subnet));
}

function named({ code, longCode, id }: Finding, names: readonly string[]): boolean {
  return names.some(
    (n) => n === code || n === longCode || n === id || n === id.split(':')[0] || n === code.slice(0, 3),
  );
}

function inWords({ only, skip, minSeverity, namespace, node, subnet, before }: Narrowing): string {
  return [
    ...(only.length > 0 ? [`--only ${only.join(',')}`] : []),
    ...(skip.length > 0 ? [`--skip ${skip.join(',')}`] : []),
    ...(minSeverity ? [`--min-severity ${minSeverity}`] : []),
    ...(namespace === undefined ? [] : [`--namespace ${namespace}`]),
    ...(node === undefined ? [] : [`--node ${node}`]),
    ...(subnet === undefined ? [] : [`--subnet ${subnet}`]),
    ...(before ? ['--change'] : []),
  ].join(' ');
}
