/** The screen of `why`: whom it is about, the chain, and last what to type. */
import type { Link, Why, WhyState } from '../../inspect/contract/why.ts';
import { count, moment, things, UNKNOWN } from '../../inspect/contract/words.ts';
import { type Block, type Cell, span, type Tone, unbroken } from '../blocks.ts';
import { enisBlocks } from './why/enis.ts';
import { fixesBlocks } from './why/fixes.ts';

const BLANK: Block = { kind: 'blank' };
const PODS_SHOWN = 10;
const CAVEATS_SHOWN = 4;

const STATES: Readonly<Record<WhyState, { readonly mark: string; readonly tone: Tone }>> = {
  stuck: { mark: '✖', tone: 'error' },
  pending: { mark: '?', tone: 'warning' },
  running: { mark: '✔', tone: 'ok' },
  finished: { mark: '·', tone: 'muted' },
  held: { mark: '✔', tone: 'ok' },
  free: { mark: '·', tone: 'muted' },
  unknown: { mark: '?', tone: 'warning' },
};

const LINKS: Readonly<Record<Link['status'], { readonly mark: string; readonly tone: Tone }>> = {
  ok: { mark: '✔', tone: 'ok' },
  broken: { mark: '✖', tone: 'error' },
  unknown: { mark: '?', tone: 'warning' },
  skipped: { mark: '·', tone: 'muted' },
};

export function whyView(report: Why, { wide }: { readonly wide: boolean }): Block[] {
  return [
    headline(report),
    ...chainBlocks(report.chain, wide),
    ...enisBlocks(report, wide),
    ...podsBlocks(report, wide),
    ...caveatBlocks(report.caveats, wide),
    ...answer(report),
    ...fixesBlocks(report.fixes, wide, report.setup),
  ];
}

function headline({ subject, cluster, generatedAt }: Why): Block {
  const name = subject.namespace === undefined ? subject.id : `${subject.namespace}/${subject.id}`;
  const of = [...(cluster === null ? [] : [cluster]), moment(generatedAt)].join(', ');
  return { kind: 'line', hang: 2, text: [span(`${subject.kind} ${name}`, 'strong'), span(` · ${of}`, 'muted')] };
}

function chainBlocks(chain: readonly Link[], wide: boolean): Block[] {
  const width = Math.max(...chain.map((l) => l.step.length));
  return [
    BLANK,
    ...chain.flatMap((l): Block[] => {
      const { mark, tone } = LINKS[l.status];
      const step = span(unbroken(`${l.step.padEnd(width)}  `), 'muted');
      const text = l.status === 'broken' ? span(l.statement, 'strong') : l.statement;
      return [
        { kind: 'line', indent: 0, hang: width + 4, text: [span(mark, tone), unbroken(' '), step, text] },
        ...(wide ? evidenceBlocks(l, width + 4) : []),
      ];
    }),
  ];
}

/** What proves a link, as `name: value`. */
function evidenceBlocks({ evidence }: Link, indent: number): Block[] {
  const told = Object.entries(evidence).filter(([, value]) => value !== null && value !== undefined);
  if (told.length === 0) return [];
  const parts = told.map(([name, value]) => `${name} ${valueText(value)}`);
  return [{ kind: 'line', indent, hang: 2, text: span(parts.join(' · '), 'muted') }];
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The node of a node's own pods goes without saying; of others its first label tells it from the rest where all is not asked for. */
function podsBlocks({ pods, subject }: Why, wide: boolean): Block[] {
  if (pods === null || pods.length === 0) return [];
  const nodes = subject.kind !== 'node';
  const short = (name: string) => (wide ? name : name.split('.')[0]!);
  const shown = wide ? pods : pods.slice(0, PODS_SHOWN);
  const hidden = pods.length - shown.length;
  return [
    { kind: 'heading', text: 'PODS', note: span(things(pods.length, 'pod'), 'muted') },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'STATE' },
        { title: 'CAUSE' },
        { title: 'ADDRESS' },
        { title: 'POD', flexible: true },
        ...(nodes ? [{ title: 'NODE', flexible: true, drop: 1 } as const] : []),
      ],
      rows: shown.map((p): Cell[] => [
        [span(STATES[p.state].mark, STATES[p.state].tone), ` ${p.state}`],
        p.code ?? '',
        p.ip ?? '',
        p.pod,
        ...(nodes ? [p.node === null ? UNKNOWN : short(p.node)] : []),
      ]),
    },
    ...(hidden > 0
      ? [{ kind: 'line', indent: 2, text: span(`and ${count(hidden)} more: -o wide`, 'muted') } as const]
      : []),
  ];
}

function caveatBlocks(caveats: readonly string[], wide: boolean): Block[] {
  if (caveats.length === 0) return [];
  const shown = wide ? caveats : caveats.slice(0, CAVEATS_SHOWN);
  const more = caveats.length > shown.length ? ` and ${caveats.length - shown.length} more: -o wide` : '';
  return [BLANK, { kind: 'line', hang: 2, text: span(`not read: ${shown.join('; ')}${more}`, 'muted') }];
}

/** The sentence that says it all stands last but for the commands, next to the prompt. */
function answer({ state, summary, cause }: Why): Block[] {
  const { mark, tone } = STATES[state];
  const code = cause?.code ? [span(` (${cause.code})`, tone)] : [];
  return [BLANK, { kind: 'line', hang: 2, text: [span(mark, tone), ' ', span(summary, 'strong'), ...code] }];
}
