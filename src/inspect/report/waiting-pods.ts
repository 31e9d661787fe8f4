/** Pods without an address, each with the one finding that accounts for it. */

import type { Check } from '../checks/define-check.ts';
import { CHECKS } from '../checks/index.ts';
import type { Finding } from '../contract/finding.ts';
import type { WaitingElsewhere, WaitingPod } from '../contract/report.ts';
import { severityRank } from '../contract/severity.ts';
import type { Run } from '../facts/define-fact.ts';
import { type StuckCause, stuckCauses } from '../facts/stuck-causes.ts';
import { type StuckPod, stuckPods, waitingElsewhere } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';

/** The symptom that stands for a pod without an address. */
const STUCK_SYMPTOM = 'HLT001';

/** The checks that may account for a pod whose cause is not settled. */
export const EXPLAIN_STUCK: readonly Check[] = CHECKS.filter(
  (c) => c.code === STUCK_SYMPTOM || c.explains.includes(STUCK_SYMPTOM),
);

/** The oldest first; null where it cannot be told which pods wait. */
export function waitingPods(run: Run, findings: readonly Finding[]): WaitingPod[] | null {
  const stuck = run.valueOf(stuckPods);
  if (!stuck) return null;
  const settled = run.valueOf(stuckCauses);
  const codes = (cause: StuckCause | undefined) => accountingFor(cause).map((c) => c.code);
  return stuck.map((pod) => ({
    pod: pod.pod,
    node: pod.node,
    zone: pod.zone ?? null,
    owner: pod.owner ?? null,
    since: pod.since,
    ageSeconds: pod.ageSeconds,
    wantsBranch: pod.wantsBranch,
    cause: causeOf(pod, codes(settled?.get(pod.pod)), findings)?.id ?? null,
  }));
}

/** By what they wait for, most pods first; null where it cannot be told which pods wait. */
export function waitingForOther(run: Run): WaitingElsewhere[] | null {
  const others = run.valueOf(waitingElsewhere);
  if (!others) return null;
  return [...groupBy(others, (p) => p.waitsFor)]
    .map(([waitsFor, pods]) => ({
      waitsFor,
      pods: pods.map((p) => p.pod),
      oldestSeconds: Math.max(...pods.map((p) => p.ageSeconds)),
    }))
    .sort((a, b) => b.pods.length - a.pods.length || (a.waitsFor < b.waitsFor ? -1 : 1));
}

/**
 * The finding that accounts for a pod without an address: the one of the cause settled for this pod, else the gravest that
 * covers it, among equals the one that names it most closely. A symptom hands the pod on to its cause.
 */
export function causeOf(pod: StuckPod, codes: readonly string[], findings: readonly Finding[]): Finding | undefined {
  return settledCause(pod, codes, findings) ?? atRoot(gravest(pod, findings), findings);
}

/** The one of the cause settled for it alone. */
export function settledCause(
  pod: Pick<StuckPod, 'pod' | 'node' | 'zone'>,
  codes: readonly string[],
  findings: readonly Finding[],
): Finding | undefined {
  return atRoot(
    findings.find((f) => codes.includes(f.code) && closenessOf(pod, f) !== undefined),
    findings,
  );
}

function atRoot(finding: Finding | undefined, findings: readonly Finding[]): Finding | undefined {
  return findings.find((f) => f.id === finding?.causedBy) ?? finding;
}

/** The checks whose findings account for a cause. */
export function accountingFor(cause: StuckCause | undefined): readonly Check[] {
  return CHECKS.filter((c) => cause !== undefined && c.accountsFor.includes(cause));
}

function gravest(pod: StuckPod, findings: readonly Finding[]): Finding | undefined {
  const [first] = findings
    .filter((f) => f.code === STUCK_SYMPTOM || f.explains.includes(STUCK_SYMPTOM))
    .map((finding) => ({ finding, closeness: closenessOf(pod, finding) }))
    .filter((c) => c.closeness !== undefined)
    .sort(
      (a, b) =>
        severityRank(a.finding.severity) - severityRank(b.finding.severity) ||
        Number(a.finding.code === STUCK_SYMPTOM) - Number(b.finding.code === STUCK_SYMPTOM) ||
        a.closeness! - b.closeness!,
    );
  return first?.finding;
}

function closenessOf(pod: Pick<StuckPod, 'pod' | 'node' | 'zone'>, { scope }: Finding): number | undefined {
  if (scope.pods?.includes(pod.pod)) return 0;
  // one that names the pods it keeps waiting keeps no other
  if (scope.pods === undefined && scope.nodes?.includes(pod.node)) return 1;
  const wide = !scope.pods?.length && !scope.nodes?.length;
  if (wide && pod.zone !== undefined && scope.zones?.includes(pod.zone)) return 2;
  return undefined;
}
