/**
 * `-o commands`: every fix as one reviewable bash script. Nothing in it runs unless its finding is named as an argument, or
 * confirmed on a terminal; comments say what each section changes. Foreign text stands in comments and quoted words only.
 */
import { EFFECTS } from '../../inspect/contract/effects.ts';
import type { Finding, Fix } from '../../inspect/contract/finding.ts';
import type { Inspection } from '../../inspect/contract/report.ts';
import { named, quote, REFUSED, refusalOf } from '../../inspect/shell.ts';
import { sanitize } from '../sanitize.ts';
import { toAscii } from '../to-ascii.ts';
import { formatByKind } from './define-format.ts';

/** From so many commands that differ in one word on, they become a loop. */
const LOOP_FROM = 4;

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
  'chosen() { # TITLE NAME…',
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
    comment(`${fix.title} (${EFFECTS[fix.effect]}${fix.frees ? `, frees ${fix.frees}` : ''})`),
    comment(`changes: ${fix.changes}`),
    ...(fix.risk ? [comment(`risk: ${fix.risk}`)] : []),
    ...(place > 1 ? [comment(`another way than ${finding.code}: one of them is enough`)] : []),
    `if chosen ${[fix.title, ...names].map(told).join(' ')}; then`,
    ...loops(fix.commands),
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

/** Commands, those in a row that differ in one plain word as a loop. */
function loops(row: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < row.length; ) {
    const [place, end] = rowFrom(row, i);
    if (place === undefined || end - i < LOOP_FROM) {
      lines.push(row[i]!);
      i++;
      continue;
    }
    const words = row[i]!.split(' ');
    const values = row.slice(i, end).map((c) => c.split(' ')[place]!);
    lines.push(`for each in ${values.join(' ')}; do`, `  ${words.with(place, '"$each"').join(' ')}`, 'done');
    i = end;
  }
  return lines;
}

/** Where the commands from `start` on differ, and how far that goes. */
function rowFrom(commands: readonly string[], start: number): readonly [place: number | undefined, end: number] {
  const first = commands[start]!.split(' ');
  let place: number | undefined;
  let end = start + 1;
  for (; end < commands.length; end++) {
    const words = commands[end]!.split(' ');
    if (words.length !== first.length) break;
    const off = words.flatMap((w, i) => (w === first[i] ? [] : [i]));
    if (off.length !== 1 || (place !== undefined && off[0] !== place)) break;
    if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(words[off[0]!]!)) break;
    place = off[0];
  }
  return [place, end];
}
