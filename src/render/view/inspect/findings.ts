/** Findings, each with its numbers, what follows from it, and the commands that mend it. */
import { type Finding, type Fix, SEVERITIES } from '../../../inspect/contract/finding.ts';
import type { Inspection } from '../../../inspect/contract/report.ts';
import { type Block, joined, type Span, span, unbroken } from '../../blocks.ts';
import { things } from '../words.ts';
import { markOf } from './verdict.ts';

const BLANK: Block = { kind: 'blank' };
const INDENT = 10;
const RESOURCES_SHOWN = 5;
const CAVEATS_SHOWN = 4;
const CAVEAT_WIDTH = 60;

const EFFECTS: Readonly<Record<Fix['effect'], string>> = {
  immediate: 'at once',
  minutes: 'within minutes',
  'node-replacement': 'as nodes are replaced',
};

export function findingsBlocks({ findings }: Inspection, wide: boolean): Block[] {
  const causes = findings.filter((f) => f.causedBy === undefined);
  if (causes.length === 0) return [];
  return [
    { kind: 'heading', text: 'FINDINGS', note: joined(tally(findings)) },
    ...causes.flatMap((f, i) => [
      ...(i > 0 && (wide || f.severity !== 'info' || causes[i - 1]?.severity !== 'info') ? [BLANK] : []),
      ...findingBlocks(
        f,
        findings.filter((s) => s.causedBy === f.id),
        fixesBefore(causes.slice(0, i)),
        wide,
      ),
    ]),
  ];
}

/** The first fix of each finding above, by its commands: the same commands are not printed twice. */
function fixesBefore(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const shown = new Map<string, string>();
  for (const { code, severity, fixes } of findings) {
    const key = severity === 'info' ? '' : keyOf(fixes[0]);
    if (key && !shown.has(key)) shown.set(key, code);
  }
  return shown;
}

function keyOf(fix: Fix | undefined): string {
  return fix?.commands.join('\n') ?? '';
}

/** `2 errors`, `1 warning`: how many of each severity there are, and how many more follow from those. */
export function tally(findings: readonly Finding[]): Span[] {
  const causes = findings.filter((f) => f.causedBy === undefined);
  const symptoms = findings.length - causes.length;
  const counts = SEVERITIES.flatMap((severity) => {
    const n = causes.filter((f) => f.severity === severity).length;
    if (n === 0) return [];
    const { mark, tone } = markOf(severity);
    return [span(unbroken(`${mark} ${severity === 'info' ? `${n} info` : things(n, severity)}`), tone)];
  });
  return symptoms === 0 ? counts : [...counts, span(unbroken(`${symptoms} more caused by these`), 'muted')];
}

function findingBlocks(
  finding: Finding,
  symptoms: readonly Finding[],
  shown: ReadonlyMap<string, string>,
  wide: boolean,
): Block[] {
  const { mark, tone } = markOf(finding.severity);
  const detailed = wide || finding.severity !== 'info';
  return [
    {
      kind: 'line',
      hang: INDENT,
      text: [
        span(mark, tone),
        ' ',
        span(finding.code.padEnd(INDENT - 2), tone),
        span(finding.message, finding.severity === 'info' ? 'plain' : 'strong'),
      ],
    },
    ...(wide ? [detail('id', finding.id)] : []),
    ...(detailed ? resourceBlocks(finding) : []),
    ...symptoms.map(symptomBlock),
    ...(detailed && finding.confidence !== 'observed' && wide ? [detail('confidence', finding.confidence)] : []),
    ...(detailed ? caveatBlocks(finding.caveats, wide) : []),
    ...(detailed ? fixBlocks(finding.fixes, shown, wide) : []),
  ];
}

function detail(word: string, text: string): Block {
  return { kind: 'line', indent: INDENT, hang: 2, text: [span(`${word}: `, 'muted'), text] };
}

/** A handful of permissions is named; a longer tale stands once, at the end of the screen. */
function caveatBlocks(caveats: readonly string[], wide: boolean): Block[] {
  if (caveats.length === 0) return [];
  const short = caveats.length <= CAVEATS_SHOWN && caveats.every((c) => c.length <= CAVEAT_WIDTH);
  const text = wide || short ? caveats.join(', ') : `${things(caveats.length, 'source')}, see the end`;
  return [detail('less certain, not read', text)];
}

/** The things concerned, unless the message names them all already. */
function resourceBlocks({ resources, resourcesTotal, message }: Finding): Block[] {
  if (resources.every((r) => message.includes(r.id))) return [];
  const shown = resources.slice(0, RESOURCES_SHOWN).map((r) => unbroken(r.name ? `${r.id} (${r.name})` : r.id));
  const more = resourcesTotal - shown.length;
  return [
    {
      kind: 'line',
      indent: INDENT,
      hang: 0,
      text: span(`${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`, 'muted'),
    },
  ];
}

function symptomBlock(symptom: Finding): Block {
  const { mark, tone } = markOf(symptom.severity);
  return {
    kind: 'line',
    indent: INDENT,
    hang: 2,
    text: [span('causes ', 'muted'), span(unbroken(`${mark} ${symptom.code}`), tone), ' ', symptom.message],
  };
}

/** The quickest fix with its commands, the others by their titles; everything in the wide format. */
function fixBlocks(fixes: readonly Fix[], shown: ReadonlyMap<string, string>, wide: boolean): Block[] {
  return fixes.flatMap((fix, i) => {
    const before = shown.get(keyOf(fix));
    if (before)
      return [
        {
          kind: 'line',
          indent: INDENT,
          hang: 2,
          text: [
            span(i === 0 ? '→ ' : 'or ', 'accent'),
            fix.title,
            span(`: the commands under ${before} above`, 'muted'),
          ],
        },
      ];
    const full = wide || i === 0;
    const beside = [
      EFFECTS[fix.effect],
      ...(fix.frees ? [`frees ${fix.frees}`] : []),
      ...(full && fix.risk ? [`risk: ${fix.risk}`] : []),
    ];
    const line: Block = {
      kind: 'line',
      indent: INDENT,
      hang: 2,
      text: [span(i === 0 ? '→ ' : 'or ', 'accent'), fix.title, span(` · ${beside.join(' · ')}`, 'muted')],
    };
    if (!full) return [line];
    return [line, { kind: 'commands', indent: INDENT + 2, commands: fix.commands }];
  });
}
