/** What changed since the older snapshot, what is new and gone among the findings, and how long the subnets last. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import type { Inspection } from '../../../inspect/contract/report.ts';
import type { Difference, Since, SubnetRunway } from '../../../inspect/contract/since.ts';
import { age, count, listed, moment, shortZone, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, span, spansOf, type Text } from '../../blocks.ts';
import { markOf } from './verdict.ts';

const CHANGES_SHOWN = 8;
const RUNWAYS_SHOWN = 8;
const DAY_SECONDS = 86_400;

export function sinceBlocks({ since, findings, generatedAt }: Inspection, wide: boolean): Block[] {
  if (!since) return [];
  return [...changeBlocks(since, findings, generatedAt, wide), ...runwayBlocks(since, wide)];
}

/** For the last screen: the change that explains most, and the subnet that lasts shortest. */
export function sinceAnswer({ since, findings }: Inspection): Block[] {
  if (!since) return [];
  const [change, ...others] = since.changes;
  const [runway] = since.runways;
  const short = runway && (runway.now <= 0 || (runway.daysLeft !== null && runway.daysLeft < SOON_DAYS));
  return [
    ...(change
      ? [changeLine(change, findings, ['changed  '], others.length > 0 ? ` · ${count(others.length)} more above` : '')]
      : []),
    ...(short ? [runwayLine(runway)] : []),
  ];
}

function runwayLine(runway: SubnetRunway): Block {
  const what = runway.of === 'blocks' ? '/28' : 'addresses';
  const text = [span('lasts  ', 'muted'), `${what} of ${runway.subnetId}: `, ...spansOf(lasts(runway))];
  return { kind: 'line', indent: 2, hang: 2, text };
}

/** Days; below them a subnet's end is worth a line next to the prompt. */
const SOON_DAYS = 60;

function changeLine(
  { statement, explains }: Difference,
  findings: readonly Finding[],
  before: readonly string[] = [],
  after = '',
): Block {
  const codeOf = new Map(findings.filter((f) => f.causedBy === undefined).map((f) => [f.id, f.code]));
  const codes = [...new Set(explains.flatMap((id) => codeOf.get(id) ?? []))].slice(0, 3);
  const tail = `${codes.length > 0 ? ` · may explain ${listed(codes)}` : ''}${after}`;
  return {
    kind: 'line',
    indent: 2,
    hang: 2,
    text: [...before.map((b) => span(b, 'muted')), statement, ...(tail ? [span(tail, 'muted')] : [])],
  };
}

function changeBlocks(since: Since, findings: readonly Finding[], now: string, wide: boolean): Block[] {
  if (!since.base) return [];
  const { collectedAt } = since.base;
  const seconds = (Date.parse(now) - Date.parse(collectedAt)) / 1000;
  const shown = wide ? since.changes : since.changes.slice(0, CHANGES_SHOWN);
  const hidden = since.changes.length - shown.length;
  return [
    { kind: 'heading', text: 'CHANGED SINCE', note: span(`${moment(collectedAt)}, ${age(seconds)} before`, 'muted') },
    ...freshBlocks(since, findings),
    ...(since.changes.length === 0 ? [line('nothing that was compared has changed')] : []),
    ...shown.map((c) => changeLine(c, findings)),
    ...(hidden > 0 ? [line(`and ${things(hidden, 'change')} more: -o wide`)] : []),
    ...(since.notCompared.length > 0
      ? [line(`not compared: ${since.notCompared.slice(0, wide ? undefined : 3).join('; ')}`)]
      : []),
  ];
}

function line(text: string): Block {
  return { kind: 'line', indent: 2, hang: 2, text: span(text, 'muted') };
}

function freshBlocks({ findings: { new: fresh, gone } }: Since, findings: readonly Finding[]): Block[] {
  const ids = new Set(fresh);
  const come = findings.filter((f) => ids.has(f.id) && f.causedBy === undefined);
  const codes = (list: readonly { readonly code: string }[]) => [...new Set(list.map((f) => f.code))].join(', ');
  if (come.length === 0 && gone.length === 0) return [line('findings: the same as then')];
  const [worst] = come;
  const { mark, tone } = markOf(worst?.severity ?? 'ok');
  return [
    {
      kind: 'line',
      indent: 2,
      hang: 2,
      text: [
        ...(come.length > 0 ? [span(`${mark} new: ${codes(come)}`, tone)] : ['no new findings']),
        ...(gone.length > 0 ? [span(` · gone: ${codes(gone)}`, 'ok')] : []),
      ],
    },
  ];
}

function runwayBlocks({ base, runways, snapshots, history, notCompared }: Since, wide: boolean): Block[] {
  // without an older snapshot nothing above says why
  if (runways.length === 0)
    return base || notCompared.length === 0
      ? []
      : [{ kind: 'heading', text: 'RUNWAY' }, line(`unknown: ${notCompared.join('; ')}`)];
  const from = history ?? things(snapshots.length, 'snapshot');
  const shown = wide ? runways : runways.slice(0, RUNWAYS_SHOWN);
  return [
    { kind: 'heading', text: 'RUNWAY', note: span(`at the pace of ${from}`, 'muted') },
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'AZ' },
        { title: 'SUBNET' },
        { title: 'OF' },
        { title: 'FREE', align: 'right' },
        { title: 'A DAY', align: 'right' },
        { title: 'BETWEEN', align: 'right', drop: 1 },
        { title: 'LASTS' },
      ],
      rows: shown.map((r): Cell[] => [
        r.availabilityZone ? shortZone(r.availabilityZone) : UNKNOWN,
        r.subnetId,
        r.of === 'blocks' ? '/28' : 'addresses',
        count(r.now),
        perDay(r.perDay),
        r.interval ? `${perDay(r.interval.min)} … ${perDay(r.interval.max)}` : '',
        lasts(r),
      ]),
    },
    ...(shown.length < runways.length ? [line(`and ${runways.length - shown.length} more: -o wide`)] : []),
  ];
}

/** `−12.5`, `+3`, `0`; a tenth is shown below ten. */
function perDay(value: number | null): string {
  if (value === null) return UNKNOWN;
  const digits = Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return digits === 0 ? '0' : `${digits < 0 ? '−' : '+'}${Math.abs(digits)}`;
}

function lasts({ now, trend, daysLeft, daysLeftRange, samples }: SubnetRunway): Text {
  if (now <= 0) return span('none left', 'error');
  if (trend === 'unknown')
    return span(
      samples.length < 3 ? 'unknown: fewer than three samples' : 'unknown: no trend beyond the swings',
      'muted',
    );
  if (daysLeft === null) return trend === 'growing' ? 'grows' : 'does not shrink';
  const [least, most] = daysLeftRange
    ? [days(daysLeftRange.min), daysLeftRange.max === null ? 'no end' : days(daysLeftRange.max)]
    : [];
  const range = least === most ? '' : ` (${least} to ${most})`;
  return [span(days(daysLeft), daysLeft < 14 ? 'error' : daysLeft < 60 ? 'warning' : 'plain'), span(range, 'muted')];
}

function days(value: number): string {
  return age(value * DAY_SECONDS);
}
