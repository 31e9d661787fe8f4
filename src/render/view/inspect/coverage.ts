/** What was not evaluated and what would allow it, and the closing line. */
import type { Inspection, NotEvaluated } from '../../../inspect/report.ts';
import { type Block, joined, type Span, span, unbroken } from '../../blocks.ts';
import { things } from '../words.ts';
import { tally } from './findings.ts';

export function notEvaluatedBlocks({ coverage, unread }: Inspection, wide: boolean): Block[] {
  const groups = byCause(coverage.notEvaluated);
  if (groups.length === 0 && (!wide || unread.length === 0)) return [];
  return [
    { kind: 'heading', text: 'NOT EVALUATED', note: span(things(coverage.notEvaluated.length, 'check'), 'muted') },
    ...groups.flatMap(({ cause, checks }) => [
      {
        kind: 'line',
        hang: 2,
        text: [span('?', 'warning'), ' ', cause],
      } as const,
      ...(wide
        ? checks.map(
            (c) => ({ kind: 'line', indent: 4, hang: 8, text: [span(c.code, 'warning'), '  ', c.title] }) as const,
          )
        : [{ kind: 'line', indent: 4, text: span(checks.map((c) => c.code).join(' '), 'muted') } as const]),
    ]),
    ...(wide ? unread.map(unreadLine) : []),
  ];
}

function unreadLine({ section, gaps }: Inspection['unread'][number]): Block {
  const text = gaps.map((g) => (g.permission ? `${g.permission}: ${g.reason}` : g.reason)).join('; ');
  return { kind: 'line', indent: 2, hang: 4, text: [span(`not read: ${section}  `, 'muted'), text] };
}

interface Group {
  readonly cause: string;
  readonly checks: readonly NotEvaluated[];
}

/** Checks that fail for the same reasons stand together; what the user switched off himself comes last. */
function byCause(notEvaluated: readonly NotEvaluated[]): readonly Group[] {
  const groups = new Map<string, NotEvaluated[]>();
  for (const n of [...notEvaluated].sort((a, b) => Number(a.byChoice) - Number(b.byChoice)))
    groups.set(causeOf(n), [...(groups.get(causeOf(n)) ?? []), n]);
  return [...groups].map(([cause, checks]) => ({ cause, checks }));
}

function causeOf({ permissions, reasons }: NotEvaluated): string {
  const needed = permissions.length > 0 ? `needs ${permissions.join(', ')}: ` : '';
  return needed + reasons.join('; ');
}

/** What was checked, and where to read on. */
export function closingBlocks(
  { coverage, findings }: Inspection,
  { wide, capacityWaits }: { readonly wide: boolean; readonly capacityWaits: boolean },
): Block[] {
  const counts: (string | Span)[] = [
    span(unbroken(`✔ ${things(coverage.passed, 'check')} passed`), 'ok'),
    ...tally(findings),
    ...(coverage.notEvaluated.length > 0
      ? [span(unbroken(`? ${coverage.notEvaluated.length} not evaluated`), 'warning')]
      : []),
    ...(coverage.suppressed > 0 ? [unbroken(`${coverage.suppressed} suppressed`)] : []),
    ...(coverage.notApplicable > 0 ? [unbroken(`${coverage.notApplicable} do not apply`)] : []),
  ];
  const code = findings[0]?.code;
  const next = [
    ...(code ? [unbroken(`vpccni explain ${code}`)] : []),
    ...(wide
      ? []
      : [unbroken(capacityWaits ? '-o wide: capacity, every node, every fix' : '-o wide: every node, every fix')]),
    unbroken('-o json'),
  ];
  return [
    { kind: 'blank' },
    { kind: 'line', hang: 2, text: joined(counts) },
    { kind: 'line', hang: 2, text: [span('more: ', 'muted'), ...joined(next)] },
  ];
}
