/** What was not evaluated, and what would allow it. */
import type { Inspection, NotEvaluated } from '../../../inspect/contract/report.ts';
import { things } from '../../../inspect/contract/words.ts';
import { type Block, span, unbroken } from '../../blocks.ts';

/** One thing that could not be read: what it is called, why, and which checks it silences. */
interface Hole {
  readonly permission: string | undefined;
  readonly reason: string;
  readonly sections: string[];
  readonly codes: string[];
}

export function notEvaluatedBlocks({ coverage, unread }: Inspection, wide: boolean): Block[] {
  const holes = holesOf(unread, coverage.notEvaluated);
  if (holes.length === 0) return [];
  const silencing = holes.filter((h) => h.codes.length > 0).sort((a, b) => b.codes.length - a.codes.length);
  const others = holes.filter((h) => h.codes.length === 0);
  const checks = coverage.notEvaluated.length;
  // a line under what it leaves poorer, no section of its own
  if (!wide && checks === 0) return otherBlocks(others);
  return [
    {
      kind: 'heading',
      text: checks > 0 ? 'NOT EVALUATED' : 'NOT READ',
      ...(checks > 0 ? { note: span(things(checks, 'check'), 'muted') } : {}),
    },
    ...silencing.flatMap((h) => holeBlocks(h, wide)),
    ...(wide ? others.flatMap((h) => holeBlocks(h, wide)) : otherBlocks(others)),
    ...(wide ? coverage.notEvaluated.map(checkLine) : []),
  ];
}

function holesOf(unread: Inspection['unread'], notEvaluated: readonly NotEvaluated[]): Hole[] {
  const holes = new Map<string, Hole>();
  const holeOf = (permission: string | undefined, reason: string): Hole => {
    const key = permission ?? reason;
    const hole = holes.get(key) ?? { permission, reason, sections: [], codes: [] };
    holes.set(key, hole);
    return hole;
  };
  for (const { section, gaps, used } of unread)
    for (const g of used ? gaps : []) holeOf(g.permission, g.reason).sections.push(section);
  const read = [...holes.values()];
  for (const { code, permissions, reasons, unjudged } of notEvaluated) {
    const told = unjudged ? `${code} (${unjudged.count} of ${things(unjudged.of, unjudged.what)})` : code;
    const known = read.filter((h) => (h.permission ? permissions.includes(h.permission) : reasons.includes(h.reason)));
    for (const h of known) h.codes.push(told);
    if (known.length === 0) for (const r of reasons) holeOf(undefined, r).codes.push(told);
  }
  return [...holes.values()];
}

function holeBlocks({ permission, reason, sections, codes }: Hole, wide: boolean): Block[] {
  const what = permission ? `needs ${permission}` : reason;
  const line: Block = {
    kind: 'line',
    hang: 4,
    text: [span('?', 'warning'), ` ${what}  `, span(codes.join(' '), 'muted')],
  };
  if (!wide) return [line];
  const more = [...(permission ? [reason] : []), ...(sections.length > 0 ? [`not read: ${sections.join(', ')}`] : [])];
  return [line, { kind: 'line', indent: 4, hang: 0, text: span(more.join('; '), 'muted') }];
}

/** What silences no check and leaves the report poorer all the same. */
function otherBlocks(holes: readonly Hole[]): Block[] {
  const permissions = holes.flatMap((h) => h.permission ?? []);
  const reasons = holes.filter((h) => h.permission === undefined);
  return [
    ...(permissions.length > 0 ? [dimLine('less certain without', permissions.map(unbroken).join(', '))] : []),
    ...reasons.map((h) => dimLine(`not read: ${h.sections.join(', ')};`, h.reason)),
  ];
}

function dimLine(what: string, text: string): Block {
  return { kind: 'line', hang: 4, text: [span('?', 'warning'), ` ${what} `, span(text, 'muted')] };
}

function checkLine({ code, title }: NotEvaluated): Block {
  return { kind: 'line', indent: 2, hang: 8, text: [span(code, 'warning'), '  ', title] };
}
