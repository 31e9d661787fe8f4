/** The registry of formats. A format turns a report, or the blocks its view makes of it, into text. */
import type { Block } from '../blocks.ts';
import { createTheme, type ThemeOptions } from '../theme.ts';
import { renderJson } from './json.ts';
import { renderText } from './text.ts';

export type FormatName = 'table' | 'wide' | 'json';
export const FORMAT_NAMES: readonly FormatName[] = ['table', 'wide', 'json'];

export interface FormatOptions extends ThemeOptions {
  readonly headers: boolean;
}

/** A report and the view that knows how to show it. `wide` asks for everything, not only what fits one screen. */
export interface Presentable<R extends object = object> {
  readonly report: R;
  readonly view: (report: R, options: { readonly wide: boolean }) => readonly Block[];
}

const FORMATS: Record<FormatName, <R extends object>(p: Presentable<R>, options: FormatOptions) => string> = {
  table: (p, o) => text(p, o, false),
  wide: (p, o) => text(p, o, true),
  json: (p) => renderJson(p.report),
};

export function render<R extends object>(
  format: FormatName,
  presentable: Presentable<R>,
  options: FormatOptions,
): string {
  return FORMATS[format](presentable, options);
}

function text<R extends object>(p: Presentable<R>, options: FormatOptions, wide: boolean): string {
  return renderText(p.view(p.report, { wide }), { theme: createTheme(options), wide, headers: options.headers });
}
