import type { ScenarioResult } from './plan.ts';
import type { NotEvaluated } from './report.ts';

/** A scenario that could not be completed is a check that was not evaluated. */
export function unfinished(scenarios: readonly ScenarioResult[]): NotEvaluated[] {
  return scenarios
    .filter((s) => s.verdict === 'incomplete')
    .map((s) => ({
      code: 'SUB002',
      title: s.id,
      permissions: s.incomplete.flatMap((i) => i.permission ?? []),
      reasons: [
        ...s.incomplete.map((i) => i.reason),
        ...s.subnets.filter((n) => n.verdict === 'incomplete').map((n) => `${n.subnetId}: ${n.reasons.join('; ')}`),
      ],
      severity: 'error',
      byChoice: false,
    }));
}
