/** The registry of formats: names, help, validation and errors derive from it. */

import { type AnyReport, commandOf, type ReportKind } from '../../inspect/contract/kinds.ts';
import type { Block } from '../blocks.ts';
import { commands } from './commands.ts';
import { csv } from './csv.ts';
import type { Format, FormatOptions, ViewOptions, Written } from './define-format.ts';
import { github } from './github.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { openmetrics } from './openmetrics.ts';
import { openmetricsBackfill } from './openmetrics-backfill.ts';
import { sarif } from './sarif.ts';
import { table } from './table.ts';
import { value } from './value.ts';
import { wide } from './wide.ts';
import { yaml } from './yaml.ts';

/** In the order in which help names them; the first that writes a report is its default. */
const FORMATS: readonly Format[] = [
  table,
  wide,
  json,
  yaml,
  csv,
  markdown,
  value,
  commands,
  junit,
  github,
  sarif,
  openmetrics,
  openmetricsBackfill,
  html,
];

/** A report and the view that knows how to show it. */
export interface Presentable<R extends AnyReport = AnyReport> {
  readonly report: R;
  readonly view: (report: R, options: ViewOptions) => readonly Block[];
  /** The file the report is about, as given. */
  readonly artifact?: string | undefined;
}

/** The names of the formats that write one of these kinds. */
export function formatNames(kinds: readonly ReportKind[]): readonly string[] {
  return FORMATS.filter((format) => format.kinds.some((kind) => kinds.includes(kind))).map(({ name }) => name);
}

/** Why a report of this kind cannot be written so; undefined where it can. One line for the user. */
export function refusalOf(name: string, kind: ReportKind): string | undefined {
  const format = FORMATS.find((each) => each.name === name);
  const names = formatNames([kind]).join(', ');
  if (!format) return `unknown output format "${name}"; there are: ${names}`;
  if (format.kinds.includes(kind)) return undefined;
  const commands = [...new Set(format.kinds.map(commandOf))];
  return `${name} does not write ${commandOf(kind)}; it writes ${commands.join(', ')}. For ${commandOf(kind)} there are: ${names}`;
}

/** Formats of which a file holds one report and nothing else. */
const WHOLE: ReadonlySet<string> = new Set(
  [json, yaml, csv, junit, sarif, openmetrics, openmetricsBackfill, html].map(({ name }) => name),
);

/** Whether what is written in this format must be read as a whole: nothing may stand before or behind it. */
export function standsAlone(name: string): boolean {
  return WHOLE.has(name);
}

/** What `write` makes of a report, as one text. */
export async function render<R extends AnyReport>(
  name: string,
  presentable: Presentable<R>,
  options: FormatOptions,
): Promise<Written & { readonly text: string }> {
  const written = await write(name, presentable, options);
  return typeof written.text === 'string'
    ? { ...written, text: written.text }
    : { ...written, text: [...written.text].join('') };
}

/** `name` must be one that writes the report's kind. */
export async function write<R extends AnyReport>(
  name: string,
  { report, view, artifact }: Presentable<R>,
  options: FormatOptions,
): Promise<Written> {
  const format = FORMATS.find((each) => each.name === name && each.kinds.includes(report.kind))!;
  const given = { ...options, artifact };
  const written = await (format.wants === 'report'
    ? format.write(report, given)
    : format.write(
        view(report, {
          wide: format.wide,
          page: format.page,
          document: format.document,
          now: options.now,
          invocation: options.invocation,
        }),
        given,
      ));
  return typeof written === 'string' ? { text: written } : written;
}
