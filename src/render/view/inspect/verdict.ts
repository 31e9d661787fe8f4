/** How it stands, in a line. */
import type { Verdict } from '../../../inspect/contract/report.ts';
import { type Block, span, type Tone } from '../../blocks.ts';

const MARKS: Readonly<Record<Verdict['severity'], { readonly mark: string; readonly tone: Tone }>> = {
  error: { mark: '✖', tone: 'error' },
  warning: { mark: '!', tone: 'warning' },
  info: { mark: 'i', tone: 'info' },
  ok: { mark: '✔', tone: 'ok' },
  unknown: { mark: '?', tone: 'warning' },
};

export function markOf(severity: Verdict['severity']): { readonly mark: string; readonly tone: Tone } {
  return MARKS[severity];
}

export function verdictLine(verdict: Verdict): Block {
  const { mark, tone } = MARKS[verdict.severity];
  return { kind: 'line', text: [span(mark, tone), ' ', span(verdict.text, 'strong')], hang: 2 };
}
