/** The finding that accounts for a subject, at the root of its chain of causes. */
import type { Analyst } from '../../analyze.ts';
import type { Check } from '../../checks/define-check.ts';
import { CHECKS } from '../../checks/index.ts';
import type { Finding } from '../../contract/finding.ts';
import { severityRank } from '../../contract/severity.ts';
import type { WhyCause } from '../../contract/why.ts';
import type { Run } from '../../facts/define-fact.ts';
import { nodeTroubles } from '../../facts/node-troubles.ts';
import { stuckCauses } from '../../facts/stuck-causes.ts';
import { type StuckPod, stuckPods } from '../../facts/stuck-pods.ts';
import { unscheduledPods } from '../../facts/unscheduled-pods.ts';
import { accountingFor, causeOf, EXPLAIN_STUCK, settledCause } from '../waiting-pods.ts';

/** Whoever runs the checks. */
type Asked = Pick<Analyst, 'run' | 'judge' | 'worstOf'>;

/** These and all that may be the cause of one of their findings, in the order of the registry: so they fold as in a full run. */
function withCauses(checks: readonly Check[]): readonly Check[] {
  const codes = new Set(checks.map((c) => c.code));
  for (let before = 0; before < codes.size; ) {
    before = codes.size;
    for (const c of CHECKS) if (c.explains.some((e) => codes.has(e))) codes.add(c.code);
  }
  return CHECKS.filter((c) => codes.has(c.code));
}

/**
 * What the causes of a story are looked up in. Checks run when first asked for, and only those that can account for the subject:
 * the answer is that of a run of all of them.
 */
export class Causes {
  readonly #analyst: Asked;
  readonly #run: Run;
  readonly #findings = new Map<string, readonly Finding[]>();
  #stuck?: ReadonlyMap<string, StuckPod>;

  constructor(analyst: Asked) {
    this.#analyst = analyst;
    this.#run = analyst.run;
  }

  /** The finding that accounts for a pod (`namespace/name`) in trouble. */
  ofPod(id: string): Finding | undefined {
    this.#stuck ??= new Map(this.#run.valueOf(stuckPods)?.map((p) => [p.pod, p]));
    const stuck = this.#stuck.get(id);
    const settled = stuck && this.#ofStuck(stuck);
    const named = settled ?? this.#gravest((f) => f.scope.pods?.includes(id) ?? false);
    return named ?? this.#ofUnscheduled(id);
  }

  /** The gravest error or warning about a node. */
  ofNode(name: string): Finding | undefined {
    return this.#gravest((f) => f.scope.nodes?.includes(name) ?? false);
  }

  /** Why aws-node does not run on a node. */
  ofAwsNode(node: string): Finding | undefined {
    const own = accountingFor(this.#run.valueOf(nodeTroubles)?.get(node) ?? 'aws-node-down');
    const codes = own.map((c) => c.code);
    return settledCause({ pod: '', node }, codes, this.#of(own)) ?? this.ofNode(node);
  }

  ofEni(eniId: string): Finding | undefined {
    const lists = CHECKS.filter((c) => c.namesEnis);
    return gravestOf(this.#of(lists), (f) => f.resources.some((r) => r.kind === 'eni' && r.id === eniId));
  }

  /** By what the scheduler says last of a pod that no node takes. */
  #ofUnscheduled(id: string): Finding | undefined {
    const kind = this.#run.valueOf(unscheduledPods)?.find((p) => p.pod === id)?.event?.kind;
    const own = CHECKS.filter((c) => kind !== undefined && c.keepsOffNodes.includes(kind));
    const codes = own.map((c) => c.code);
    return own.length === 0
      ? undefined
      : gravestOf(this.#of(own), (f) => f.severity !== 'info' && codes.includes(f.code));
  }

  /** By the cause settled for it, else by those that account for pods without an address at all. */
  #ofStuck(pod: StuckPod): Finding | undefined {
    const own = accountingFor(this.#run.valueOf(stuckCauses)?.get(pod.pod));
    const codes = own.map((c) => c.code);
    return (
      (own.length > 0 ? settledCause(pod, codes, this.#of(own)) : undefined) ??
      causeOf(pod, codes, this.#of([...own, ...EXPLAIN_STUCK]))
    );
  }

  /** At the root of its causes. Where it is an error, the checks that know none are not asked. */
  #gravest(covers: (finding: Finding) => boolean): Finding | undefined {
    const able = this.#of(CHECKS.filter((c) => this.#analyst.worstOf(c) === 'error'));
    const error = gravestOf(able, (f) => f.severity === 'error' && covers(f));
    return error ?? gravestOf(this.#of(CHECKS), (f) => f.severity !== 'info' && covers(f));
  }

  /** Findings of these checks and of all that may be the cause of one of theirs. */
  #of(checks: readonly Check[]): readonly Finding[] {
    const all = withCauses(checks);
    const key = all.map((c) => c.code).join();
    const known = this.#findings.get(key);
    if (known) return known;
    const { findings, suppressed } = this.#analyst.judge(all);
    const found = [...findings, ...suppressed];
    this.#findings.set(key, found);
    return found;
  }
}

/** At the root of its causes. */
function gravestOf(findings: readonly Finding[], covers: (finding: Finding) => boolean): Finding | undefined {
  const [best] = findings.filter(covers).sort((a, b) => severityRank(a.severity) - severityRank(b.severity));
  return findings.find((f) => f.id === best?.causedBy) ?? best;
}

export function causeFrom({ code, id, severity, message }: Finding): WhyCause {
  return { code, findingId: id, severity, network: true, statement: message };
}
