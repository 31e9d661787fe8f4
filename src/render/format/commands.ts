/**
 * `-o commands`: every fix as one reviewable bash script. Nothing in it runs unless its finding is named as an argument, or
 * confirmed on a terminal; comments say what each section changes. Foreign text stands in comments and quoted words only.
 */
import { EFFECTS } from '../../inspect/contract/effects.ts';
import type { Finding, Fix } from '../../inspect/contract/finding.ts';
import type { Inspection } from '../../inspect/contract/report.ts';
import { freesText } from '../../inspect/contract/words.ts';
import { named, quote, REFUSED, refusalOf } from '../../inspect/shell.ts';
import { sanitize } from '../sanitize.ts';
import { toAscii } from '../to-ascii.ts';
import { inLoops } from './commands/loops.ts';
import { formatByKind } from './define-format.ts';

export const commands = formatByKind('commands', { Inspection: (report) => report }, script);

function script(report: Inspection): string {
  const sections = sectionsOf(report.findings);
  return `${[...head(report, sections), ...sections.flatMap((s) => ['', ...sectionLines(s)]), '', ...tail()].join('\n')}\n`;
}

interface Section {
  readonly finding: Finding;
  readonly fix: Fix;
  /** What may be named to run it: code and id of each finding that these commands mend. */
  readonly names: string[];
  /** 1 for the quickest fix of its finding; the others are alternatives to it. */
  readonly place: number;
}

/** A fix whose commands stand in an earlier section is run by its name too, and not repeated: run twice, they would fail or do harm. */
function sectionsOf(findings: readonly Finding[]): Section[] {
  const byCommands = new Map<string, Section>();
  for (const finding of findings)
    for (const [i, fix] of finding.fixes.entries()) {
      const place = i + 1;
      const suffix = place === 1 ? '' : `#${place}`;
      const names = [finding.code + suffix, finding.id + suffix];
      const key = fix.commands.join('\n');
      const known = byCommands.get(key);
      if (known) known.names.push(...names.filter((n) => !known.names.includes(n)));
      else if (fix.commands.length > 0) byCommands.set(key, { finding, fix, place, names });
    }
  return [...byCommands.values()];
}

function head({ cluster, generatedAt, tool, setup }: Inspection, sections: readonly Section[]): string[] {
  const region = cluster.region === null ? undefined : quote(named('region', cluster.region));
  const names = [...new Set(sections.map((s) => s.names[0]!))];
  return [
    '#!/usr/bin/env bash',
    comment(`Fixes for cluster ${cluster.name}${cluster.region ? ` in ${cluster.region}` : ''}, as of ${generatedAt}.`),
    comment(`Made by ${tool.name} ${tool.version}, which ran none of it. Read it before you run it.`),
    '#',
    comment('bash FILE                 asks for each section (on a terminal; elsewhere it runs nothing)'),
    comment(
      `bash FILE ${(names.slice(0, 2).join(' ') || 'CODE').padEnd(16)}runs the sections named: a code, CODE#2 for its second way, or a finding's id`,
    ),
    ...(names.length > 0 ? [comment(`sections: ${names.join(' ')}`)] : []),
    'set -euo pipefail',
    ...(region === undefined || refusalOf(region) !== undefined
      ? []
      : [`export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`]),
    'export AWS_PAGER=',
    ...CHOOSING,
    ...(setup.length > 0
      ? [
          '',
          comment('Once, so that the commands below reach this cluster and no other.'),
          'prepare() {',
          ...setup.map((c) => `  ${c} || exit`),
          '}',
        ]
      : ['', 'prepare() { :; }']),
  ];
}

/** The part that decides what runs. `prepare` runs before the first section that does. */
const CHOOSING: readonly string[] = [
  '',
  'wanted=" $* "',
  'ran=0',
  'prepared=0',
  'chosen() { # TITLE NAME...',
  '  local title=$1 yes=1 n answer',
  '  shift',
  '  if [ "$wanted" != "  " ]; then',
  '    for n in "$@"; do case $wanted in *" $n "*) yes=0 ;; esac; done',
  '  elif [ -t 0 ]; then',
  '    printf \'%s  %s\\n  run it? [y/N] \' "$1" "$title" >&2',
  '    read -r answer || answer=n',
  '    case $answer in y | Y | yes) yes=0 ;; esac',
  '  fi',
  '  if [ "$yes" -ne 0 ]; then return 1; fi',
  '  if [ "$prepared" -eq 0 ]; then prepare; prepared=1; fi',
  '  ran=$((ran + 1))',
  '  printf \'== %s  %s\\n\' "$1" "$title" >&2',
  '}',
  'go_on() { # on a terminal; elsewhere the sections were named',
  '  local answer',
  '  if [ ! -t 0 ]; then return 0; fi',
  "  printf '  go on? [y/N] ' >&2",
  '  read -r answer || answer=n',
  "  case $answer in y | Y | yes) ;; *) echo 'stopped' >&2; exit 1 ;; esac",
  '}',
];

function tail(): string[] {
  return [
    'if [ "$ran" -eq 0 ]; then',
    "  echo 'nothing was run: name the sections to run, for example their codes, or answer y on a terminal' >&2",
    'fi',
  ];
}

function sectionLines({ finding, fix, place, names }: Section): string[] {
  return [
    comment(`---- ${names[0]}  ${finding.severity}: ${finding.message}`),
    comment(`${fix.title} (${EFFECTS[fix.effect]}${fix.frees ? `, frees ${freesText(fix.frees)}` : ''})`),
    comment(`changes: ${fix.changes}`),
    ...(fix.risk ? [comment(`risk: ${fix.risk}`)] : []),
    ...(place > 1 ? [comment(`another way than ${finding.code}: one of them is enough`)] : []),
    `if chosen ${[fix.title, ...names].map(told).join(' ')}; then`,
    ...body(fix),
    'fi',
  ];
}

/** One line whatever the text holds: a line end in a name would end the comment. */
function comment(text: string): string {
  return `# ${sanitize(text)}`;
}

/** A title or a name as one word that only is shown or compared: what `quote` refuses in a command is written as question marks. */
function told(text: string): string {
  return quote(toAscii(sanitize(text)).replaceAll('\u00a0', ' ').replaceAll(REFUSED, '?'));
}

/** The commands of a fix, step by step where it has steps: on a terminal the next one waits for a yes. */
function body({ commands, steps = [] }: Fix): string[] {
  if (steps.length === 0) return inLoops(commands);
  let from = 0;
  return steps.flatMap((step, i) => {
    const own = commands.slice(from, from + step.commands);
    from += step.commands;
    const said = `printf '%s\\n' ${told(`${i + 1}. ${step.title}`)} >&2`;
    return [...(i > 0 ? ['go_on'] : []), said, ...inLoops(own)];
  });
}
