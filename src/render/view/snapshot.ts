/** `vpccni snapshot`: what was collected, what was not and why, and what it took. */
import type { SnapshotSummary } from '../../inspect/contract/snapshot-summary.ts';
import { type Block, span, type Text, type Tone } from '../blocks.ts';

type Status = SnapshotSummary['sections'][number]['status'];

const TONES: Readonly<Record<Status, Tone>> = {
  ok: 'ok',
  partial: 'warning',
  denied: 'warning',
  failed: 'error',
  skipped: 'muted',
};

export function snapshotView(summary: SnapshotSummary, { wide }: { readonly wide: boolean }): Block[] {
  return [
    { kind: 'line', text: title(summary) },
    { kind: 'line', text: span(counts(summary), 'muted') },
    { kind: 'heading', text: 'SECTIONS' },
    {
      kind: 'table',
      columns: [
        { title: 'SECTION' },
        { title: 'STATUS' },
        { title: 'ITEMS', align: 'right' },
        { title: 'WHAT IS LACKING', flexible: true },
      ],
      rows: summary.sections.map((s) => [
        s.name,
        span(s.status, TONES[s.status]),
        s.items === null ? '' : s.items.toLocaleString('en'),
        s.lacking.join('; '),
      ]),
    },
    ...calls(summary, wide),
    { kind: 'blank' },
    {
      kind: 'line',
      text: span('Write it to a file with -o json=NAME.json.gz; --redact replaces names, ids and addresses.', 'muted'),
    },
  ];
}

/** One line for stderr beside a file: what it lacks must not go unnoticed. Undefined where nothing is lacking. */
export function snapshotNotice({ sections }: SnapshotSummary): string | undefined {
  const lacking = sections.filter((s) => s.status === 'denied' || s.status === 'failed' || s.status === 'partial');
  if (lacking.length === 0) return undefined;
  const list = lacking.map((s) => `${s.name} ${s.status}`).join(', ');
  return `${lacking.length} of ${sections.length} sections are not whole: ${list}; -o table tells why`;
}

function title(s: SnapshotSummary): Text {
  const known = [s.kubernetesVersion ? `EKS ${s.kubernetesVersion}` : '', s.region ?? ''].filter(Boolean);
  const rest = [...known, `collected ${s.collectedAt}`, ...(s.redacted ? ['redacted'] : [])];
  return [span(s.cluster ?? 'unknown cluster', 'strong'), ` · ${rest.join(' · ')}`];
}

function counts({ sections, sources }: SnapshotSummary): string {
  const whole = sections.filter((s) => s.status === 'ok').length;
  const requests = sources.reduce((n, s) => n + s.requests, 0);
  return `${whole} of ${sections.length} sections whole · ${requests} requests · read-only`;
}

/** All calls when asked for, else those that did not end well. */
function calls({ sources }: SnapshotSummary, wide: boolean): Block[] {
  const shown = wide ? sources : sources.filter((s) => s.outcome !== 'ok' || s.retries > 0);
  if (shown.length === 0) return [];
  return [
    { kind: 'heading', text: wide ? 'CALLS' : 'CALLS REFUSED OR REPEATED' },
    {
      kind: 'table',
      columns: [
        { title: 'CALL', flexible: true },
        { title: 'SECTION' },
        { title: 'REQUESTS', align: 'right' },
        { title: 'ITEMS', align: 'right' },
        { title: 'RETRIES', align: 'right' },
        { title: 'MS', align: 'right' },
        { title: 'OUTCOME', flexible: true },
      ],
      rows: shown.map((s) => [
        s.call,
        s.section,
        String(s.requests),
        s.items.toLocaleString('en'),
        String(s.retries),
        s.milliseconds.toLocaleString('en'),
        span(s.outcome, s.outcome === 'ok' ? 'plain' : 'warning'),
      ]),
    },
  ];
}
