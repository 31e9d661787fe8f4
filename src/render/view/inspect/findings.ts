/** Findings, each with its numbers and the commands that mend it; the gravest last, next to the prompt. */
import { EFFECTS } from '../../../inspect/contract/effects.ts';
import type { Finding, Fix } from '../../../inspect/contract/finding.ts';
import type { Inspection } from '../../../inspect/contract/report.ts';
import { SEVERITIES } from '../../../inspect/contract/severity.ts';
import { freesBrief, freesText, things } from '../../../inspect/contract/words.ts';
import { type Block, NO_BREAK, type Span, span, unbroken } from '../../blocks.ts';
import { commandsShown, minding } from './commands.ts';
import { resourcesText } from './resources.ts';
import { markOf } from './verdict.ts';

const INDENT = 10;
/** How many of the gravest carry their commands on the short screen, and how many stand on it at all. */
const WITH_COMMANDS = 1;
const SHOWN = 12;
const INFO_SHOWN = 4;
const CAVEATS_SHOWN = 4;
const CAVEAT_WIDTH = 60;

/** `page`: read from its top, so that the gravest comes first. */
export function findingsBlocks({ findings, waitingPods, setup }: Inspection, wide: boolean, page = false): Block[] {
  const causes = findings.filter((f) => f.causedBy === undefined);
  if (causes.length === 0) return [];
  const symptoms = symptomsByCause(findings);
  const grave = causes.filter((f) => f.severity !== 'info');
  const notes = causes.filter((f) => f.severity === 'info');
  const shown = wide ? grave : grave.slice(0, SHOWN);
  const firstUse = firstUseOfFixes(shown);
  // While pods wait, what keeps them waiting has the room; the rest is a line each.
  const keeping = new Set(waitingPods?.map((p) => p.cause));
  const urgent = (f: Finding) => wide || keeping.size === 0 || keeping.has(f.id);
  const inOrder = (groups: readonly Block[][]) => (page ? groups : groups.toReversed()).flat();
  return [
    wide ? { kind: 'heading', text: 'FINDINGS' } : { kind: 'blank' },
    ...(wide && setup.length > 0 ? setupBlocks(setup) : []),
    ...(page ? [] : inOrder(noteBlocks(notes, wide))),
    ...(grave.length > shown.length
      ? [
          {
            kind: 'line',
            text: span(`  ${things(grave.length - shown.length, 'more finding')}: -o wide`, 'muted'),
          } as const,
        ]
      : []),
    ...inOrder(
      shown.map((finding, rank) =>
        !urgent(finding)
          ? [headLine(finding, true)]
          : findingBlocks(finding, symptoms.get(finding.id) ?? [], firstUse, {
              wide,
              commands: wide || rank < WITH_COMMANDS,
              setup: !wide && rank === 0 ? setup : [],
            }),
      ),
    ),
    ...(page ? inOrder(noteBlocks(notes, wide)) : []),
  ];
}

/** Once, before any other command. */
function setupBlocks(setup: readonly string[]): Block[] {
  return [
    { kind: 'line', text: span('first, once, so that the commands below reach this cluster and no other:', 'muted') },
    { kind: 'commands', commands: setup },
  ];
}

function symptomsByCause(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const byCause = new Map<string, Finding[]>();
  for (const f of findings)
    if (f.causedBy !== undefined) byCause.set(f.causedBy, [...(byCause.get(f.causedBy) ?? []), f]);
  return byCause;
}

/** Which finding prints a fix's commands: the gravest that has them, so that none is printed twice. */
function firstUseOfFixes(findings: readonly Finding[]): ReadonlyMap<string, Finding> {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    const key = keyOf(finding.fixes[0]);
    if (key && !first.has(key)) first.set(key, finding);
  }
  return first;
}

function keyOf(fix: Fix | undefined): string {
  return fix?.commands.join('\n') ?? '';
}

/** `2 errors`, `1 warning`: how many of each severity there are, and how many more are symptoms of those. */
export function tally(findings: readonly Finding[]): Span[] {
  const causes = findings.filter((f) => f.causedBy === undefined);
  const symptoms = findings.length - causes.length;
  const counts = SEVERITIES.flatMap((severity) => {
    const n = causes.filter((f) => f.severity === severity).length;
    if (n === 0) return [];
    const { mark, tone } = markOf(severity);
    return [span(unbroken(`${mark} ${severity === 'info' ? `${n} info` : things(n, severity)}`), tone)];
  });
  return symptoms === 0 ? counts : [...counts, span(unbroken(things(symptoms, 'symptom')), 'muted')];
}

/** What is only worth knowing: a line each, the gravest first. */
function noteBlocks(notes: readonly Finding[], wide: boolean): Block[][] {
  const shown = wide ? notes : notes.slice(0, INFO_SHOWN);
  const hidden = notes.length - shown.length;
  return [
    ...shown.map((f): Block[] => [headLine(f, !wide), ...(wide ? detailBlocks(f, [], true) : [])]),
    ...(hidden > 0 ? [[{ kind: 'line', text: span(`  ${hidden} more info: -o wide`, 'muted') } as const]] : []),
  ];
}

interface Detail {
  readonly wide: boolean;
  /** Print the commands of its first fix. */
  readonly commands: boolean;
  /** Commands to run once before those of the first fix. */
  readonly setup: readonly string[];
}

function findingBlocks(
  finding: Finding,
  symptoms: readonly Finding[],
  firstUse: ReadonlyMap<string, Finding>,
  { wide, commands, setup }: Detail,
): Block[] {
  return [
    ...(wide || commands ? [{ kind: 'blank' } as const] : []),
    headLine(finding),
    ...(commands ? detailBlocks(finding, symptoms, wide) : []),
    ...(wide ? symptoms.map(symptomBlock) : []),
    ...finding.fixes.flatMap((fix, i) => {
      if (!wide && i > 0) return [];
      const owner = firstUse.get(keyOf(fix));
      if (owner && owner !== finding) return [elsewhere(fix, owner, i === 0)];
      return fixBlocks(fix, i === 0, { wide, commands, setup });
    }),
  ];
}

function headLine(finding: Finding, clip = false): Block {
  const { mark, tone } = markOf(finding.severity);
  return {
    kind: 'line',
    hang: INDENT,
    clip,
    text: [
      span(`${mark}${NO_BREAK}${finding.code.padEnd(INDENT - 2)}`, tone),
      span(finding.message, finding.severity === 'info' ? 'plain' : 'strong'),
    ],
  };
}

function detailBlocks(finding: Finding, symptoms: readonly Finding[], wide: boolean): Block[] {
  const resources = resourcesText(finding, wide);
  const codes = wide ? [] : [...new Set(symptoms.map((s) => s.code))];
  const about = [
    ...(resources === '' ? [] : [`on ${resources}`]),
    ...(codes.length > 0 ? [`causes ${codes.join(', ')}`] : []),
  ];
  return [
    ...(wide ? [aside(`id ${finding.id}`)] : []),
    ...(about.length > 0 ? [aside(about.join(' · '))] : []),
    ...(wide && finding.confidence !== 'observed' ? [aside(`confidence ${finding.confidence}`)] : []),
    ...caveatBlocks(finding.caveats, wide),
  ];
}

function aside(text: string): Block {
  return { kind: 'line', indent: INDENT, hang: 2, text: span(text, 'muted') };
}

/** A handful of permissions is named; a longer tale stands once, under what was not evaluated. */
function caveatBlocks(caveats: readonly string[], wide: boolean): Block[] {
  if (caveats.length === 0) return [];
  const short = caveats.length <= CAVEATS_SHOWN && caveats.every((c) => c.length <= CAVEAT_WIDTH);
  const text = wide || short ? caveats.join(', ') : `${things(caveats.length, 'source')}, see -o wide`;
  return [aside(`less certain, not read: ${text}`)];
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

function elsewhere(fix: Fix, owner: Finding, first: boolean): Block {
  return {
    kind: 'line',
    indent: INDENT,
    hang: 2,
    text: [span(first ? '→ ' : 'or ', 'accent'), fix.title, span(`: the commands under ${owner.code}`, 'muted')],
  };
}

/** What to do, when it helps and what it frees; with its commands, what it changes and what to mind before they are typed. */
function fixBlocks(fix: Fix, first: boolean, { wide, commands, setup }: Detail): Block[] {
  const frees = commands ? freesText : freesBrief;
  const beside = [EFFECTS[fix.effect], ...(fix.frees ? [`frees ${frees(fix.frees)}`] : [])];
  const line: Block = {
    kind: 'line',
    indent: commands ? 0 : INDENT,
    hang: 2,
    clip: !commands,
    text: [
      span(first ? '→ ' : 'or ', 'accent'),
      fix.title,
      span(` · ${beside.join(' · ')}`, 'muted'),
      ...(commands ? [minding(fix)] : []),
    ],
  };
  if (!commands) return [line];
  return [line, ...(setup.length > 0 ? commandsShown({ commands: setup }, wide) : []), ...commandsShown(fix, wide)];
}
