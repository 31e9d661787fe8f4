/** The one line that says how the cluster stands. */
import type { Analysis } from '../analyze.ts';
import { checkByCode } from '../checks/index.ts';
import type { Finding } from '../contract/finding.ts';
import type { Verdict, WaitingPod } from '../contract/report.ts';
import { atLeast } from '../contract/severity.ts';
import { age } from '../contract/words.ts';
import type { Run } from '../facts/define-fact.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { Gap } from '../snapshot/section.ts';

/** @param waiting the pods without an address; null where that could not be told */
export function verdictOf(run: Run, analysis: Analysis, waiting: readonly WaitingPod[] | null): Verdict {
  if (waiting && waiting.length > 0) return waitingVerdict(waiting, analysis);
  const stuck = run.get(stuckPods);
  return quietVerdict(analysis, stuck.known ? undefined : stuck.missing);
}

function waitingVerdict(waiting: readonly WaitingPod[], { findings, suppressed }: Analysis): Verdict {
  const byId = new Map([...findings, ...suppressed].map((f) => [f.id, f]));
  const hidden = new Set(suppressed.map((f) => f.code));
  const groups = groupBy(waiting, (p) => {
    const finding = byId.get(p.cause ?? '');
    return `${finding?.code ?? ''} ${phrase(finding)}`;
  });
  const causes = [...groups.values()]
    .map((pods) => {
      const finding = byId.get(pods[0]?.cause ?? '');
      return { code: finding?.code ?? null, pods: pods.length, text: `${phrase(finding)}${placeOf(finding, pods)}` };
    })
    .sort((x, y) => y.pods - x.pods || ((x.code ?? '') < (y.code ?? '') ? -1 : 1));
  const oldest = Math.max(...waiting.map((p) => p.ageSeconds));
  const one = waiting.length === 1;
  const lead = `${waiting.length} ${one ? 'pod has' : 'pods have'} no address (${one ? '' : 'oldest '}${age(oldest)})`;
  const parts = causes.map(
    ({ code, pods, text }) =>
      `${causes.length === 1 ? '' : `${pods} `}${text}${code ? ` (${code}${hidden.has(code) ? ', suppressed' : ''})` : ''}`,
  );
  return { severity: 'error', text: `${lead}: ${parts.join(', ')}`, stuckPods: waiting.length, causes };
}

/** What a finding means to the pods that wait because of it, in the words of its check. */
function phrase(finding: Finding | undefined): string {
  return (finding && checkByCode(finding.code)?.verdict(finding)) ?? 'no cause established';
}

/** ` in eu-west-1a`: the zones of its pods, where the finding is about a place. */
function placeOf(finding: Finding | undefined, pods: readonly WaitingPod[]): string {
  if (finding?.grain !== 'subnet' && finding?.grain !== 'zone') return '';
  const zones = [...new Set(pods.flatMap((p) => p.zone ?? []))].sort();
  return zones.length > 0 ? ` in ${zones.join(', ')}` : '';
}

/** No pod is known to wait: the gravest finding, or what the silence is worth. */
function quietVerdict({ findings, coverage }: Analysis, missing: readonly Gap[] | undefined): Verdict {
  const top = findings.find((f) => f.causedBy === undefined) ?? findings[0];
  const blind = missing ? `whether pods wait for an address is unknown (${reasonOf(missing)})` : undefined;
  const stuck = { stuckPods: missing ? null : 0, causes: [] };
  if (top && atLeast(top.severity, 'warning')) {
    const others = remaining(findings, top);
    const text = [`${top.message} (${top.code})`, ...(others ? [others] : []), ...(blind ? [blind] : [])].join('; ');
    return { severity: top.severity, text, ...stuck };
  }
  const grave = coverage.notEvaluated.filter((n) => atLeast(n.severity, 'warning'));
  if (coverage.passed + coverage.failed === 0)
    return { severity: 'unknown', text: 'Nothing could be evaluated: neither faults nor health can be told', ...stuck };
  if (grave.length > 0 || blind) {
    const checks = `${grave.length} of ${total(coverage)} checks could not be evaluated`;
    const text = [
      'Nothing wrong in what could be read',
      ...(grave.length > 0 ? [checks] : []),
      ...(blind ? [blind] : []),
    ];
    return { severity: 'unknown', text: text.join('; '), ...stuck };
  }
  const skipped = coverage.notEvaluated.length;
  const text = `No errors or warnings: ${coverage.passed} checks passed${skipped > 0 ? `, ${skipped} not evaluated` : ''}`;
  return { severity: 'ok', text, ...stuck };
}

function remaining(findings: readonly Finding[], top: Finding): string {
  const count = (severity: Finding['severity']) =>
    findings.filter((f) => f !== top && f.causedBy === undefined && f.severity === severity).length;
  const errors = count('error');
  const warnings = count('warning');
  const parts = [
    ...(errors > 0 ? [`${errors} more ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(warnings > 0
      ? [`${warnings} ${top.severity === 'warning' ? 'more ' : ''}${warnings === 1 ? 'warning' : 'warnings'}`]
      : []),
  ];
  return parts.join(', ');
}

function total({ passed, failed, notApplicable, notEvaluated, suppressed }: Analysis['coverage']): number {
  return passed + failed + notApplicable + notEvaluated.length + suppressed;
}

function reasonOf(missing: readonly Gap[]): string {
  const gap = missing.find((g) => g.permission) ?? missing[0];
  return gap ? (gap.permission ? `needs ${gap.permission}` : gap.reason) : 'not read';
}
