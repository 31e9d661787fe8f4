/** What was not evaluated and what would allow it, and the closing line. */
import type { Inspection, NotEvaluated } from '../../../inspect/report.ts';
import { type Block, joined, type Span, span, unbroken } from '../../blocks.ts';
import { things } from '../words.ts';
import { tally } from './findings.ts';

export function notEvaluatedBlocks({ coverage, unread }: Inspection, wide: boolean): Block[] {
  const groups = byCause(coverage.notEvaluated);
  const sections = wide ? unread.map((u) => unreadLine([u.section], u.gaps)) : unreadLines(untold(unread, coverage));
  if (groups.length === 0 && sections.length === 0) return [];
  return [
    {
      kind: 'heading',
      text: groups.length > 0 ? 'NOT EVALUATED' : 'NOT READ',
      ...(groups.length > 0 ? { note: span(things(coverage.notEvaluated.length, 'check'), 'muted') } : {}),
    },
    ...groups.flatMap(({ cause, checks }) => [
      { kind: 'line', hang: 2, text: [span('?', 'warning'), ' ', cause] } as const,
      ...(wide ? checks.map(checkLine) : [checksLine(checks)]),
    ]),
    ...sections,
  ];
}

function checkLine({ code, title }: NotEvaluated): Block {
  return { kind: 'line', indent: 4, hang: 8, text: [span(code, 'warning'), '  ', title] };
}

function checksLine(checks: readonly NotEvaluated[]): Block {
  return { kind: 'line', indent: 4, text: span(checks.map((c) => c.code).join(' '), 'muted') };
}

/** Sections whose reason no check above has given yet. */
function untold(unread: Inspection['unread'], { notEvaluated }: Inspection['coverage']): Inspection['unread'] {
  const told = new Set(notEvaluated.flatMap((n) => n.reasons));
  return unread.filter(({ gaps }) => !gaps.every((g) => told.has(g.reason)));
}

/** Sections that could not be read, those of one reason together. */
function unreadLines(unread: Inspection['unread']): Block[] {
  const byReason = new Map<string, { sections: string[]; gaps: Inspection['unread'][number]['gaps'] }>();
  for (const { section, gaps } of unread) {
    const known = byReason.get(JSON.stringify(gaps));
    if (known) known.sections.push(section);
    else byReason.set(JSON.stringify(gaps), { sections: [section], gaps });
  }
  return [...byReason.values()].map(({ sections, gaps }) => unreadLine(sections, gaps));
}

function unreadLine(sections: readonly string[], gaps: Inspection['unread'][number]['gaps']): Block {
  const why = gaps.map((g) => because(g.permission ? [g.permission] : [], [g.reason])).join('; ');
  return {
    kind: 'line',
    hang: 2,
    text: [span('? not read: ', 'muted'), sections.join(', '), span(`  ${why}`, 'muted')],
  };
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
  return because(permissions, reasons);
}

/** `needs ec2:X`, with the reasons that say more than that. */
function because(permissions: readonly string[], reasons: readonly string[]): string {
  if (permissions.length === 0) return reasons.join('; ');
  const more = reasons.filter((r) => !permissions.some((p) => r.includes(p)));
  return `needs ${permissions.join(', ')}${more.length > 0 ? `: ${more.join('; ')}` : ''}`;
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
    ...(coverage.notApplicable > 0 ? [unbroken(`${coverage.notApplicable} not applicable`)] : []),
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
