/** The last lines of the screen: what is broken and for how long, a row per cause with its fix, the rest in a line, what to type next. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import type { Inspection } from '../../../inspect/contract/report.ts';
import { age, count, freesBrief, things } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, joined, type Span, span, unbroken } from '../../blocks.ts';
import { tally } from './findings.ts';
import { sinceAnswer } from './since.ts';
import { markOf, verdictLine } from './verdict.ts';

/** Rows of causes; with heading, counts and next commands the block stays within ten lines. */
const ROWS = 5;

/** What a title goes on to say after what is done: its row has no room for it. */
const BESIDE = /(?:[,;:] | \(| with subnet-| in the launch template| where | which ).*$/;

interface Row {
  readonly pods: string;
  /** Null where no finding accounts for the pods. */
  readonly code: string | null;
  readonly finding: Finding | undefined;
  readonly what: Cell;
}

export function answerBlocks(report: Inspection, { wide, invocation }: { wide: boolean; invocation: string }): Block[] {
  const rows = rowsOf(report);
  const shown = rows.slice(0, ROWS);
  return [
    { kind: 'blank' },
    headline(report),
    ...(shown.length > 0 ? [table(shown)] : []),
    ...narrowingLine(report),
    ...(rows.length > shown.length
      ? [
          {
            kind: 'line',
            indent: 2,
            text: span(`and ${things(rows.length - shown.length, 'more cause')}`, 'muted'),
          } as const,
        ]
      : []),
    ...sinceAnswer(report),
    ...countsLine(report),
    ...nextBlocks(report, invocation, wide),
  ];
}

/** `20 pods have no address, the oldest for 52 min`; without waiting pods the whole verdict. */
function headline({ verdict, waitingPods }: Inspection): Block {
  const { mark, tone } = markOf(verdict.severity);
  if (!waitingPods?.length) return verdictLine(verdict);
  const oldest = age(Math.max(...waitingPods.map((p) => p.ageSeconds)));
  const one = waitingPods.length === 1;
  const text = `${things(waitingPods.length, 'pod')} ${one ? 'has' : 'have'} no address, ${one ? '' : 'the oldest '}for ${oldest}`;
  return { kind: 'line', hang: 2, text: [span(mark, tone), ' ', span(text, 'strong')] };
}

/** Causes of waiting pods, those left out aside; where none wait, the errors and warnings themselves. */
function rowsOf({ verdict, waitingPods, findings, narrowing }: Inspection): Row[] {
  const roots = findings.filter((f) => f.causedBy === undefined);
  if (verdict.causes.length === 0)
    return roots
      .filter((f) => f.severity !== 'info')
      .map((finding) => ({ pods: '', code: finding.code, finding, what: finding.title }));
  const rows = verdict.causes.map((cause) => ({
    pods: count(cause.pods),
    code: cause.code,
    finding: roots.find((f) => f.code === cause.code && waitingPods?.some((p) => p.cause === f.id)),
    what: cause.text.replaceAll(/\b[a-z]{2}(?:-[a-z]+)+-(\d[a-z])\b/g, '$1'),
  }));
  return narrowing ? rows.filter((row) => row.finding) : rows;
}

function table(rows: readonly Row[]): Block {
  const counted = rows.some((r) => r.pods !== '');
  const shows = rows.some((r) => r.finding?.fixes[0]?.frees);
  return {
    kind: 'table',
    indent: 2,
    columns: [
      ...(counted ? [{ title: 'PODS', align: 'right' } as const] : []),
      { title: 'CAUSE' },
      { title: '', flexible: true },
      { title: 'FIX', flexible: true },
      ...(shows ? [{ title: 'FREES' } as const] : []),
    ],
    rows: rows.map(({ pods, code, finding, what }): Cell[] => {
      const fix = finding?.fixes[0];
      return [
        ...(counted ? [pods] : []),
        code === null ? span('?', 'warning') : span(code, markOf(finding?.severity ?? 'error').tone),
        what,
        fix?.title.replace(BESIDE, '') ?? '',
        ...(shows ? [fix?.frees ? freesBrief(fix.frees) : ''] : []),
      ];
    }),
  };
}

function narrowingLine({ narrowing }: Inspection): Block[] {
  if (!narrowing) return [];
  const text = `shown: ${narrowing.by}; ${things(narrowing.hidden, 'finding')} left out, the exit code counts them`;
  const lines = [text, ...(narrowing.note === undefined ? [] : [narrowing.note])];
  return lines.map((line) => ({ kind: 'line', indent: 2, hang: 0, text: span(line, 'warning') }));
}

function countsLine(report: Inspection): Block[] {
  const counts = countsOf(report);
  return counts.length === 0 ? [] : [{ kind: 'line', indent: 2, hang: 0, text: joined(counts) }];
}

/** A verdict without faults has said already how many checks passed. */
function countsOf({ coverage, findings, verdict }: Inspection): (string | Span)[] {
  const fine = verdict.severity === 'ok';
  return [
    ...tally(findings),
    ...(fine ? [] : [unbroken(`✔ ${count(coverage.passed)} passed`)]),
    ...(coverage.notEvaluated.length > 0 ? [unbroken(`? ${coverage.notEvaluated.length} not evaluated`)] : []),
    ...(coverage.suppressed > 0 ? [unbroken(`${coverage.suppressed} suppressed`)] : []),
    ...(coverage.notApplicable > 0
      ? [unbroken(`${coverage.notApplicable} ${fine ? 'do not apply here' : 'n/a'}`)]
      : []),
  ];
}

function nextBlocks({ findings, coverage }: Inspection, invocation: string, wide: boolean): Block[] {
  const code = findings.find((f) => f.causedBy === undefined)?.code;
  const program = programOf(invocation);
  const denied = coverage.notEvaluated.some((n) => n.permissions.length > 0);
  const next: readonly (readonly [string, string])[] = [
    ...(findings.some((f) => f.fixes.length > 0) ? [['commands', `${invocation} -o commands=fix.sh`] as const] : []),
    ...(denied ? [['rights', `${program} permissions`] as const] : []),
    ...(code ? [['why', `${program} explain ${code}`] as const] : []),
    ...(wide ? [] : [['more', '-o wide'] as const]),
  ];
  const parts = next.flatMap(([word, command], i) => [
    ...(i > 0 ? ['   '] : []),
    span(unbroken(`${word}  `), 'muted'),
    unbroken(command),
  ]);
  return [{ kind: 'line', hang: 2, text: parts }];
}

/** `vpccni` or `kubectl vpccni`, as it was called. */
function programOf(invocation: string): string {
  return /^(?:kubectl )?\S+/.exec(invocation)![0];
}
