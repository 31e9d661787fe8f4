/** One diagnostic: what it needs, how it decides, what it says and what to do. The engine does the rest (`analyze.ts`). */
import type * as v from 'valibot';
import type { Mode, Pattern } from '../../calc/patterns.ts';
import { byTimeToEffect } from '../contract/effects.ts';
import type { Confidence, Finding, Fix, Grain, Resource, Scope, Severity } from '../contract/finding.ts';
import { things } from '../contract/words.ts';
import {
  type Around,
  aroundOf,
  type Helps,
  type Inputs,
  type Run,
  read,
  type Sources,
  sourcesOf,
  type Values,
} from '../facts/define-fact.ts';
import type { StuckCause } from '../facts/stuck-causes.ts';
import type { Policy } from '../policy.ts';
import { withoutRefused } from '../reach.ts';
import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import type { Gap } from '../snapshot/section.ts';

export interface Explanation {
  /** Why it matters, in the words of someone who has the outage. */
  readonly why: string;
  /** How it is decided, with the thresholds. */
  readonly how: string;
  /** What to do, in general; the finding carries the exact commands. */
  readonly fix: string;
  /** How to see that it worked. */
  readonly verify: string;
  /** Upstream sources: `amazon-vpc-cni-k8s pkg/ipamd/ipamd.go decreaseDatastorePool`, a documentation page, an issue. */
  readonly references: readonly string[];
}

/** What `evaluate` returns for each thing it found. */
export interface Draft<E> {
  /** Key of the grain: a subnet id, a node group, a cluster name. Stable between runs. */
  readonly key: string;
  readonly subReason?: string;
  /** Unless given, the check's own. */
  readonly severity?: Severity;
  readonly confidence: Confidence;
  readonly resources: readonly Resource[];
  readonly scope: Scope;
  readonly evidence: E;
  readonly fixes: readonly Fix[];
  /** Of the symptoms the check may account for, those this finding can; all unless given. */
  readonly explains?: readonly string[];
}

/** Objects of a check of which it cannot tell whether they are in order. */
export interface Unjudged {
  readonly count: number;
  /** Of so many that it would judge. */
  readonly of: number;
  /** One of them, `node`. */
  readonly what: string;
  readonly gaps: readonly Gap[];
}

interface Declaration<N extends Inputs, H extends Inputs, S extends v.GenericSchema<Record<string, unknown>>> {
  /** `SUB001`. */
  readonly code: string;
  readonly title: string;
  readonly severity: Severity;
  /** The gravest severity it can reach; decides whether its absence leaves a gate without a verdict (optional rights apart). Default: `severity`. */
  readonly worst?: Severity;
  readonly grain: Grain;
  /** Facts or sections without which it is not evaluated. */
  readonly needs: N;
  /** Facts or sections that make it more certain, and those its fixes are made from: `...podRoomInputs`. */
  readonly helps?: H;
  /** Needs of which a part still allows a verdict, or true for all of them. The others must be whole: it concludes from what is absent there. */
  readonly partialOk?: true | readonly (keyof N)[];
  /** Patterns and modes it concerns; all unless given. */
  readonly patterns?: readonly Pattern[];
  readonly modes?: readonly Mode[];
  /** `vpc-cni`: only clusters with nodes that aws-node serves (the default); `any`: every cluster. */
  readonly platform?: 'vpc-cni' | 'any';
  /** Codes of symptoms its findings may account for. */
  readonly explains?: readonly string[];
  /** True for a symptom that is dropped, not folded, when a cause accounts for it. */
  readonly residual?: boolean;
  /** True where its findings name single ENIs. */
  readonly namesEnis?: true;
  /** Causes of waiting pods that its findings account for; `verdict` goes with them. */
  readonly accountsFor?: readonly StuckCause[];
  /** What the scheduler says of a pod without a node that its findings account for, where no finding names that pod. */
  readonly keepsOffNodes?: readonly ClusterEvent['kind'][];
  readonly evidence: S;
  /** A reason why it does not concern this cluster, or undefined. */
  readonly notApplicable?: (values: Values<N> & Helps<H>) => string | undefined;
  readonly evaluate: (
    values: Values<N> & Helps<H>,
    around: Around<keyof N | keyof H> & { readonly policy: Policy },
  ) => readonly Draft<v.InferOutput<S>>[];
  /** The objects it had to pass over because something about them is not known; undefined for none. */
  readonly unjudged?: (values: Values<N> & Helps<H>, around: Around<keyof N | keyof H>) => Unjudged | undefined;
  /** One plain line with the numbers in it. */
  readonly summary: (evidence: v.InferOutput<S>) => string;
  /** What it means to the pods that wait because of it, as in "3 pods have no address: no free /28". */
  readonly verdict?: (evidence: v.InferOutput<S>) => string;
  readonly explanation: Explanation;
}

export type Outcome =
  | { readonly kind: 'not-evaluated'; readonly missing: readonly Gap[]; readonly unjudged?: Unjudged }
  | { readonly kind: 'not-applicable'; readonly reason: string }
  | { readonly kind: 'evaluated'; readonly findings: readonly Finding[] };

/** A check with its types closed over, so that checks of all shapes stand in one registry. */
export interface Check {
  readonly code: string;
  readonly longCode: string;
  readonly title: string;
  readonly severity: Severity;
  readonly worst: Severity;
  readonly grain: Grain;
  readonly patterns?: readonly Pattern[];
  readonly modes?: readonly Mode[];
  readonly platform: 'vpc-cni' | 'any';
  readonly explains: readonly string[];
  readonly residual: boolean;
  readonly namesEnis: boolean;
  readonly accountsFor: readonly StuckCause[];
  readonly keepsOffNodes: readonly ClusterEvent['kind'][];
  /** The sections behind the facts it reads. */
  readonly sources: Sources;
  readonly explanation: Explanation;
  /** What `Finding.evidence` holds. */
  readonly evidence: v.GenericSchema<Record<string, unknown>>;
  readonly run: (run: Run, policy: Policy) => Outcome;
  /** What one of its findings means to the pods that wait because of it. */
  readonly verdict: (finding: Finding) => string;
}

/** `SUB001` → `VPCCNI-SUB-001`. */
export function longCode(code: string): string {
  return `VPCCNI-${code.slice(0, 3)}-${code.slice(3)}`;
}

export function defineCheck<
  const N extends Inputs,
  const H extends Inputs,
  const S extends v.GenericSchema<Record<string, unknown>>,
>(d: Declaration<N, H, S>): Check {
  const helps = d.helps ?? ({} as H);
  return {
    code: d.code,
    longCode: longCode(d.code),
    title: d.title,
    severity: d.severity,
    worst: d.worst ?? d.severity,
    grain: d.grain,
    patterns: d.patterns,
    modes: d.modes,
    platform: d.platform ?? 'vpc-cni',
    explains: d.explains ?? [],
    residual: d.residual ?? false,
    namesEnis: d.namesEnis ?? false,
    accountsFor: d.accountsFor ?? [],
    keepsOffNodes: d.keepsOffNodes ?? [],
    sources: sourcesOf(d.needs, helps),
    explanation: d.explanation,
    evidence: d.evidence,
    run(run, policy) {
      const inputs = read(run, d.needs, helps);
      if (!inputs.known) return { kind: 'not-evaluated', missing: inputs.missing };
      const holes = gapsThatForbid(run, d.needs, d.partialOk ?? []);
      if (holes.length > 0) return { kind: 'not-evaluated', missing: holes };
      const reason = d.notApplicable?.(inputs.value);
      if (reason !== undefined) return { kind: 'not-applicable', reason };
      const around = aroundOf(run, d.needs, helps);
      const drafts = d.evaluate(inputs.value, { ...around, policy });
      const unjudged = d.unjudged?.(inputs.value, around);
      const unread = [...inputs.gaps, ...(unjudged?.gaps ?? [])];
      // What was not looked at may be the faulty part, so silence about the rest is no pass.
      if (drafts.length === 0 && unread.length > 0) return { kind: 'not-evaluated', missing: unread, unjudged };
      const told = [...unread, ...inputs.caveats].map((g) => g.permission ?? g.reason);
      const caveats = [...new Set([...(unjudged ? [unjudgedText(unjudged)] : []), ...told])];
      return { kind: 'evaluated', findings: drafts.map((draft) => toFinding(d, draft, caveats)) };
    },
    verdict: (finding) => d.verdict?.(finding.evidence as v.InferOutput<S>) ?? lowered(d.title),
  };
}

/** `2 of 5 nodes could not be judged`. */
function unjudgedText({ count, of, what }: Unjudged): string {
  return `${count} of ${things(of, what)} could not be judged`;
}

/** A title within a sentence: names and abbreviations stay as they are written. */
function lowered(text: string): string {
  return /^(?:.[A-Z]|Auto Mode|Fargate|Karpenter|Windows)/.test(text)
    ? text
    : `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** What the inputs lack that must be whole. */
function gapsThatForbid<N extends Inputs>(run: Run, needs: N, partialOk: true | readonly (keyof N)[]): readonly Gap[] {
  if (partialOk === true) return [];
  return Object.entries(needs)
    .filter(([name]) => !partialOk.includes(name))
    .flatMap(([, fact]) => {
      const result = run.get(fact);
      return result.known ? result.gaps : result.missing;
    });
}

function toFinding<N extends Inputs, H extends Inputs, S extends v.GenericSchema<Record<string, unknown>>>(
  d: Declaration<N, H, S>,
  draft: Draft<v.InferOutput<S>>,
  caveats: readonly string[],
): Finding {
  const code = draft.subReason ? `${d.code}/${draft.subReason}` : d.code;
  return {
    id: `${code}:${draft.key}`,
    code: d.code,
    longCode: longCode(d.code),
    ...(draft.subReason ? { subReason: draft.subReason } : {}),
    severity: capped(draft.severity ?? d.severity, draft.confidence),
    confidence: draft.confidence,
    title: d.title,
    message: d.summary(draft.evidence),
    grain: d.grain,
    resources: draft.resources,
    resourcesTotal: draft.resources.length,
    scope: draft.scope,
    evidence: draft.evidence,
    fixes: draft.fixes.map(withoutRefused).sort(byTimeToEffect),
    explains: draft.explains ?? d.explains ?? [],
    caveats,
  };
}

/** A usual pattern alone is never an error. */
function capped(severity: Severity, confidence: Confidence): Severity {
  return confidence === 'heuristic' && severity === 'error' ? 'warning' : severity;
}
