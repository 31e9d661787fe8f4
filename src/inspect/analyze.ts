/** Runs every check over one snapshot: findings, causes with their symptoms folded, and coverage that adds up. */

import type { Check, Outcome } from './checks/define-check.ts';
import { CHECKS } from './checks/index.ts';
import type { Finding, Severity } from './contract/finding.ts';
import type { Coverage, NotEvaluated } from './contract/report.ts';
import { SCOPES } from './contract/scope.ts';
import { severityRank } from './contract/severity.ts';
import type { Run } from './facts/define-fact.ts';
import { networking } from './facts/networking.ts';
import { nodesServedByCni } from './facts/platforms.ts';
import { aimedFixes } from './facts/reach.ts';
import { addTo } from './facts/support/group-by.ts';
import { isSuppressed, type Policy } from './policy.ts';
import { isOptionalRight } from './snapshot/optional-tier.ts';

export interface Analysis {
  readonly findings: readonly Finding[];
  /** What the user does not want to hear of. It still accounts for its symptoms. */
  readonly suppressed: readonly Finding[];
  readonly coverage: Coverage;
}

export function analyze(run: Run, policy: Policy, checks: readonly Check[] = CHECKS): Analysis {
  const { findings, suppressed, coverage } = new Analyst(run, policy).judge(checks);
  const aim = (f: Finding) => ({ ...f, fixes: aimedFixes(run, f.fixes) });
  return { findings: findings.map(aim), suppressed: suppressed.map(aim), coverage };
}

/** Asked for few checks after few: each runs once. What it finds is not yet aimed, which takes longer than to find it. */
export class Analyst {
  readonly run: Run;
  readonly #policy: Policy;
  readonly #outcomes = new Map<Check, Outcome>();

  constructor(run: Run, policy: Policy) {
    this.run = run;
    this.#policy = policy;
  }

  judge(checks: readonly Check[]): Analysis {
    const policy = this.#policy;
    const outcomes = checks.map((check) => ({ check, outcome: this.#outcomeOf(check) }));
    const found = outcomes
      .flatMap(({ outcome }) => (outcome.kind === 'evaluated' ? outcome.findings : []))
      .map((f) => ({ ...f, severity: policy.severities?.[f.code] ?? f.severity }));
    const folded = fold(found, checks).sort(byGravity);
    const unwanted = new Set(folded.filter((f) => isSuppressed(policy, f)).map((f) => f.id));
    // A symptom goes with its cause: who knows the cause knows what follows from it.
    const isHidden = (f: Finding) => unwanted.has(f.id) || (f.causedBy !== undefined && unwanted.has(f.causedBy));
    const suppressed = folded.filter(isHidden);
    const findings = folded.filter((f) => !isHidden(f));
    return { findings, suppressed, coverage: coverageOf(outcomes, codesOf(findings), codesOf(suppressed)) };
  }

  /** The gravest severity its findings can have. */
  worstOf({ code, worst }: Check): Severity {
    return this.#policy.severities?.[code] ?? worst;
  }

  #outcomeOf(check: Check): Outcome {
    const known = this.#outcomes.get(check);
    if (known) return known;
    const outcome = evaluate(check, this.run, this.#policy);
    this.#outcomes.set(check, outcome);
    return outcome;
  }
}

function codesOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.map((f) => f.code));
}

function evaluate(check: Check, run: Run, policy: Policy): Outcome {
  const reason = notConcerned(check, run);
  if (reason !== undefined) return { kind: 'not-applicable', reason };
  const outcome = check.run(run, policy);
  const nodes = run.get(nodesServedByCni);
  if (outcome.kind !== 'not-evaluated' || nodes.known || check.platform !== 'vpc-cni') return outcome;
  // had the nodes been read, the check might not concern them at all
  const known = new Set(outcome.missing.map((g) => g.permission ?? g.reason));
  return {
    ...outcome,
    missing: [...outcome.missing, ...nodes.missing.filter((g) => !known.has(g.permission ?? g.reason))],
  };
}

/** Why a check does not concern this cluster's pattern, mode or platform; unknown facts never exclude a check. */
function notConcerned(check: Check, run: Run): string | undefined {
  const nodes = run.valueOf(nodesServedByCni);
  if (check.platform === 'vpc-cni' && nodes && nodes.served.length === 0 && nodes.others.length > 0)
    return 'no node of this cluster is served by aws-node';
  const inForce = run.valueOf(networking);
  if (!inForce) return undefined;
  if (check.patterns && !check.patterns.includes(inForce.pattern)) return `pattern ${inForce.pattern} is in force`;
  if (check.modes && !check.modes.includes(inForce.mode)) return `mode ${inForce.mode} is in force`;
  return undefined;
}

/** Marks symptoms with the cause at the bottom of it; residual symptoms that have a cause are dropped. */
function fold(findings: readonly Finding[], checks: readonly Check[]): Finding[] {
  const residual = new Set(checks.filter((c) => c.residual).map((c) => c.code));
  const causeOf = directCauses(findings, residual);
  return findings.flatMap((symptom) => {
    const cause = rootCause(symptom, causeOf);
    if (cause === symptom) return [symptom];
    return residual.has(symptom.code) ? [] : [{ ...symptom, causedBy: cause.id }];
  });
}

/** Follows causes of causes; a chain that comes back to itself ends where it would. */
function rootCause(symptom: Finding, causeOf: ReadonlyMap<Finding, Finding>): Finding {
  const seen = new Set([symptom]);
  let at = symptom;
  for (let next = causeOf.get(at); next && !seen.has(next); next = causeOf.get(at)) {
    seen.add(next);
    at = next;
  }
  return at;
}

/**
 * The first finding that accounts for each: it explains the code and shares a member of the scope. Two that explain each other
 * both stand for themselves. Causes are looked up by scope member and code, since thousands of nodes make thousands of findings;
 * members count only of those that explain another one here, or are explained by one.
 * A residual symptom is dropped for its node's sake only where what is wrong there stops every pod of it.
 */
function directCauses(findings: readonly Finding[], residual: ReadonlySet<string>): ReadonlyMap<Finding, Finding> {
  const here = codesOf(findings);
  const explained = new Set<string>();
  const byMember = new Map<string, number[]>();
  findings.forEach((cause, i) => {
    const codes = cause.explains.filter((code) => here.has(code));
    for (const code of codes) explained.add(code);
    for (const member of codes.length > 0 ? membersOf(cause) : [])
      for (const code of codes) addTo(byMember, `${code} ${member}`, i);
  });
  const causes = new Map<Finding, Finding>();
  for (const symptom of findings) {
    let first = findings.length;
    for (const member of explained.has(symptom.code) ? membersOf(symptom) : []) {
      const ofNode = residual.has(symptom.code) && member.startsWith('nodes ');
      const candidates = byMember.get(`${symptom.code} ${member}`) ?? [];
      const i = candidates.find((c) => {
        const cause = findings[c]!;
        return cause !== symptom && !symptom.explains.includes(cause.code) && (!ofNode || stopsNode(cause));
      });
      if (i !== undefined && i < first) first = i;
    }
    if (first < findings.length) causes.set(symptom, findings[first]!);
  }
  return causes;
}

/** Broken for certain, and about its nodes as a whole: one that knows which pods it keeps waiting names them. */
function stopsNode({ severity, scope }: Finding): boolean {
  return severity === 'error' && scope.pods === undefined;
}

function membersOf({ scope }: Finding): string[] {
  return SCOPES.flatMap((kind) => (scope[kind] ?? []).map((id) => `${kind} ${id}`));
}

/** Gravest first, then by how much is hit, then by id so that the order is stable. */
function byGravity(a: Finding, b: Finding): number {
  return (
    severityRank(a.severity) - severityRank(b.severity) ||
    (b.scope.pods?.length ?? 0) - (a.scope.pods?.length ?? 0) ||
    (b.scope.nodes?.length ?? 0) - (a.scope.nodes?.length ?? 0) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** A check whose every finding was dropped, because a cause accounts for it, has passed: it found nothing of its own. */
function coverageOf(
  outcomes: readonly { readonly check: Check; readonly outcome: Outcome }[],
  failedCodes: ReadonlySet<string>,
  suppressedCodes: ReadonlySet<string>,
): Coverage {
  let passed = 0;
  let failed = 0;
  let notApplicable = 0;
  let suppressed = 0;
  const notEvaluated: NotEvaluated[] = [];
  for (const { check, outcome } of outcomes) {
    if (outcome.kind === 'not-evaluated') notEvaluated.push(toNotEvaluated(check, outcome));
    else if (outcome.kind === 'not-applicable') notApplicable++;
    else if (failedCodes.has(check.code)) failed++;
    else if (suppressedCodes.has(check.code)) suppressed++;
    else passed++;
  }
  return { passed, failed, notApplicable, notEvaluated, suppressed };
}

function toNotEvaluated(check: Check, outcome: Extract<Outcome, { kind: 'not-evaluated' }>): NotEvaluated {
  const { unjudged } = outcome;
  return {
    code: check.code,
    title: check.title,
    permissions: [...new Set(outcome.missing.flatMap((g) => g.permission ?? []))],
    reasons: [...new Set(outcome.missing.map((g) => g.reason))],
    severity: outcome.missing.every(isOptionalRight) ? 'info' : check.worst,
    byChoice: outcome.missing.every((g) => g.kind === 'switched-off'),
    ...(unjudged ? { unjudged: { count: unjudged.count, of: unjudged.of, what: unjudged.what } } : {}),
  };
}
