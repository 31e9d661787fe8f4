/** What changed between two snapshots, in the order in which it explains the new findings. */
import type { Analysis } from '../../analyze.ts';
import type { Finding } from '../../contract/finding.ts';
import { severityRank } from '../../contract/severity.ts';
import type { Difference, Since } from '../../contract/since.ts';
import type { Run } from '../../facts/define-fact.ts';
import { nodeChanges } from './changes/nodes.ts';
import { objectChanges } from './changes/objects.ts';
import { releaseChanges } from './changes/releases.ts';
import { settingChanges } from './changes/settings.ts';
import { subnetChanges } from './changes/subnets.ts';
import { workloadChanges } from './changes/workloads.ts';
import { type ChangeDraft, type Comparer, Pair } from './draft.ts';
import { type History, historyOfRuns, joined } from './history.ts';
import { subnetRunways } from './runways.ts';

const COMPARERS: readonly Comparer[] = [
  settingChanges,
  releaseChanges,
  objectChanges,
  nodeChanges,
  subnetChanges,
  workloadChanges,
];

export interface Older {
  /** Runs over older snapshots of the same cluster, in any order; none where only a series was read. */
  readonly runs: readonly Run[];
  /** Series read elsewhere, and where. */
  readonly history?: { readonly series: History; readonly from: string };
  /** What was asked for and could not be read, in a line each. */
  readonly unread?: readonly string[];
}

/** Made anew only where it is needed: an analysis runs every check. */
export type Analyze = (run: Run) => Analysis;

export function buildSince(run: Run, analysis: Analysis, older: Older, analyze: Analyze): Since {
  const past = older.runs.filter((r) => r.now < run.now).sort((a, b) => a.now - b.now);
  const base = past.at(-1);
  const own = historyOfRuns([...past, run]);
  const history = older.history ? joined(own, older.history.series) : own;
  const told = base ? compare(base, run, analysis, analyze(base)) : undefined;
  return {
    base: base ? { collectedAt: base.snapshot.collectedAt } : null,
    snapshots: [...past, run].map((r) => r.snapshot.collectedAt),
    history: older.history?.from ?? null,
    changes: told?.changes ?? [],
    findings: told?.findings ?? { new: [], gone: [] },
    // Two snapshots make no pace: with them alone nothing is said of one.
    runways: past.length >= 2 || older.history ? subnetRunways(run, history) : [],
    // what was asked for and not read first: a screen shows three
    notCompared: [...(older.unread ?? []), ...(told?.notCompared ?? [])],
  };
}

function compare(
  base: Run,
  run: Run,
  now: Analysis,
  then: Analysis,
): Pick<Since, 'changes' | 'findings' | 'notCompared'> {
  const pair = new Pair(base, run);
  const known = new Set([...then.findings, ...then.suppressed].map((f) => f.id));
  const current = new Set([...now.findings, ...now.suppressed].map((f) => f.id));
  const fresh = now.findings.filter((f) => !known.has(f.id));
  const changes = COMPARERS.flatMap((c) => c(pair)).map((draft) => judged(draft, fresh));
  // A finding whose check could not be evaluated now has not gone.
  const blind = new Set(now.coverage.notEvaluated.map((n) => n.code));
  const gone = then.findings.filter((f) => !current.has(f.id) && !blind.has(f.code));
  return {
    changes: changes
      .sort(
        (a, b) =>
          b.score - a.score ||
          rank(a.draft) - rank(b.draft) ||
          b.draft.weight - a.draft.weight ||
          (a.draft.subject < b.draft.subject ? -1 : 1),
      )
      .map(({ draft, explains }) => difference(draft, explains)),
    findings: {
      new: fresh.map((f) => f.id),
      gone: gone.map(({ id, code, severity, message }) => ({ id, code, severity, message })),
    },
    notCompared: pair.notCompared,
  };
}

interface Judged {
  readonly draft: ChangeDraft;
  readonly score: number;
  readonly explains: readonly string[];
}

/** What someone decided explains more than what followed from it. */
const DECIDED: Readonly<Record<ChangeDraft['kind'], number>> = {
  setting: 3,
  eniconfig: 3,
  'security-group-policy': 3,
  'network-policy': 3,
  addon: 2,
  daemonset: 2,
  'node-group': 2,
  cluster: 2,
  workload: 1.5,
  nodes: 1,
  owner: 1,
  subnet: 0.5,
};

const GRAVE: Readonly<Record<Finding['severity'], number>> = { error: 9, warning: 3, info: 1 };

function judged(draft: ChangeDraft, fresh: readonly Finding[]): Judged {
  const matches = fresh
    .map((finding) => ({ finding, fit: fitOf(draft, finding) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => severityRank(a.finding.severity) - severityRank(b.finding.severity) || b.fit - a.fit);
  const score = matches.reduce(
    (sum, { finding, fit }) => sum + fit * GRAVE[finding.severity] * (finding.causedBy ? 0.3 : 1),
    0,
  );
  return {
    draft,
    score: score * DECIDED[draft.kind] * draft.weight,
    explains: matches.map(({ finding }) => finding.id),
  };
}

/** 0 where it cannot be a reason; more where it touches just what the finding is about. */
function fitOf({ topics, touches }: ChangeDraft, { code, scope }: Finding): number {
  if (!topics.includes(code.slice(0, 3))) return 0;
  const kinds = ['subnets', 'nodes', 'zones', 'pods'] as const;
  const comparable = kinds.filter((k) => touches[k]?.length && scope[k]?.length);
  if (comparable.length === 0) return 1;
  const overlaps = comparable.some((k) => {
    const own = new Set(touches[k]);
    return scope[k]!.some((x) => own.has(x));
  });
  return overlaps ? 3 : 0;
}

function rank({ kind }: ChangeDraft): number {
  return -DECIDED[kind];
}

function difference({ kind, subject, before, after, statement }: ChangeDraft, explains: readonly string[]): Difference {
  return { kind, subject, before, after, statement, explains };
}
