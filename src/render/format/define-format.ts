/** What a format is: its name, the reports it writes, and how it writes them. */

import type { AnyReport, ReportKind, Reports } from '../../inspect/contract/kinds.ts';
import type { Block } from '../blocks.ts';
import type { ThemeOptions } from '../theme.ts';

/** What a view is told beside its report. */
export interface ViewOptions {
  /** Everything, not only what fits one screen. */
  readonly wide: boolean;
  /** A page, read from its top: the answer comes first, and pictures may be drawn. */
  readonly page?: boolean;
  /** A document that is kept and followed: what a screen only names stands in it whole. */
  readonly document?: boolean;
  /** The wall clock, milliseconds since 1970: how old a snapshot is. */
  readonly now: number;
  /** The command line that made this report, without its formats: what a next command begins with. */
  readonly invocation: string;
}

export interface FormatOptions extends ThemeOptions, Omit<ViewOptions, 'wide' | 'page' | 'document'> {
  /** Tables and rows carry a head. */
  readonly headers: boolean;
  /** The file the report is about, where there is one: the snapshot read, the configuration or the change judged. */
  readonly artifact?: string | undefined;
}

/** What a format makes of a report. */
export interface Written {
  /** Whole, or in pieces, to be walked once. */
  readonly text: string | Iterable<string>;
  /** Markdown for the summary of a CI job, where the runner has one. */
  readonly jobSummary?: string;
}

type Output = string | Written | Promise<string>;

interface Named {
  /** What stands behind `-o`. */
  readonly name: string;
  readonly kinds: readonly ReportKind[];
}

/** Writes the report itself. */
export interface ReportFormat extends Named {
  readonly wants: 'report';
  readonly write: (report: AnyReport, options: FormatOptions) => Output;
}

/** Writes what the report's view makes of it; `wide` asks the view for everything, not only what fits one screen. */
export interface BlocksFormat extends Named {
  readonly wants: 'blocks';
  readonly wide: boolean;
  /** Asks the view for a page. */
  readonly page?: boolean;
  /** Asks the view for a document. */
  readonly document?: boolean;
  readonly write: (blocks: readonly Block[], options: FormatOptions) => Output;
}

export type Format = ReportFormat | BlocksFormat;

/** A function for some of the kinds. */
export type ByKind<Out> = { readonly [K in ReportKind]?: (report: Reports[K]) => Out };

/** A format that looks at a report through one function a kind: it writes the kinds that have one. */
export function formatByKind<Seen>(
  name: string,
  functions: ByKind<Seen>,
  write: (seen: Seen, options: FormatOptions) => Output,
): ReportFormat {
  return {
    name,
    kinds: Object.keys(functions) as ReportKind[],
    wants: 'report',
    write: (report, options) => {
      const see = functions[report.kind] as ((report: AnyReport) => Seen) | undefined;
      if (!see) throw new Error(`${name} has no function for ${report.kind}`);
      return write(see(report), options);
    },
  };
}
