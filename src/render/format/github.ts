/**
 * `-o github`: findings as annotations of a GitHub Actions step. The runner keeps ten errors, ten warnings and ten notices of
 * a step; what is more, and everything at a glance, goes to the job summary.
 */
import type { Finding, Severity } from '../../inspect/contract/finding.ts';
import type { Block } from '../blocks.ts';
import { renderMarkdown } from '../markdown.ts';
import { sanitize, sanitizeLines } from '../sanitize.ts';
import { type FormatOptions, formatByKind, type Written } from './define-format.ts';
import { bodyOf, FINDING_SETS, type FindingSet, whyNot } from './findings/finding-set.ts';

const MOST = 10;
/** A summary holds 1 MiB (GitHub Actions, workflow commands). */
const MOST_ROWS = 500;
const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

export const github = formatByKind('github', FINDING_SETS, writeAnnotations);

function writeAnnotations(set: FindingSet, { artifact, ascii }: FormatOptions): Written {
  const left: Record<Severity, number> = { error: MOST, warning: MOST, info: MOST };
  const lines: string[] = [];
  if (set.notEvaluated.length > 0) {
    left.warning -= 1;
    lines.push(annotation('warning', 'Not evaluated', set.notEvaluated.map(whyNot).join('\n'), artifact));
  }
  for (const finding of set.findings) {
    if (left[finding.severity] === 0) continue;
    left[finding.severity] -= 1;
    lines.push(annotation(finding.severity, `${finding.code} ${finding.title}`, bodyOf(finding).join('\n'), artifact));
  }
  const unsaid = set.findings.length - (lines.length - (set.notEvaluated.length > 0 ? 1 : 0));
  const rest = unsaid > 0 ? `${unsaid} more in the job summary\n` : '';
  return {
    text: `${lines.map((line) => `${line}\n`).join('')}${rest}`,
    jobSummary: renderMarkdown(summaryBlocks(set), { ascii }),
  };
}

/** `::error title=…,file=…::message`, escaped as the runner undoes it (actions/toolkit: command.ts). */
function annotation(severity: Severity, title: string, message: string, file: string | undefined): string {
  const properties = [
    `title=${escapeProperty(sanitize(title))}`,
    ...(file === undefined ? [] : [`file=${escapeProperty(sanitize(file))}`, 'line=1']),
  ];
  return `::${COMMANDS[severity]} ${properties.join(',')}::${escapeData(sanitizeLines(message))}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function summaryBlocks({ tool, subject, findings, notEvaluated, passed, suppressed }: FindingSet): readonly Block[] {
  const shown = findings.slice(0, MOST_ROWS);
  const counts = [`${findings.length} findings`, `${passed} checks passed`, `${notEvaluated.length} not evaluated`];
  return [
    { kind: 'heading', text: `${tool.name} ${subject}` },
    { kind: 'line', text: [...counts, `${suppressed} suppressed`].join(' · ') },
    ...(shown.length > 0 ? [tableOf(shown)] : []),
    ...(findings.length > shown.length
      ? [{ kind: 'line' as const, text: `${findings.length - shown.length} more: see -o json` }]
      : []),
    ...notEvaluated.map((check): Block => ({ kind: 'line', text: whyNot(check) })),
  ];
}

function tableOf(findings: readonly Finding[]): Block {
  return {
    kind: 'table',
    columns: [{ title: 'SEVERITY' }, { title: 'FINDING' }, { title: 'WHAT' }, { title: 'FIRST FIX' }],
    rows: findings.map(({ severity, id, message, fixes }) => [severity, id, message, fixes[0]?.title ?? '']),
  };
}
