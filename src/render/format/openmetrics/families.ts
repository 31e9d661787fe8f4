/** Gauges in the OpenMetrics text format (OpenMetrics 1.0; the older Prometheus format reads it too). */
import { sanitize } from '../../sanitize.ts';

/** Null and undefined labels are left out; no label ever names an ENI or a pod. */
export type Labels = Readonly<Record<string, string | null | undefined>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A gauge of what is known: things whose value is null or undefined give no series, zero is a series like any other. */
export function gauge<T>(
  name: string,
  help: string,
  things: readonly T[],
  labels: (thing: T) => Labels,
  value: (thing: T) => number | null | undefined,
): Family {
  return {
    name: `vpccni_${name}`,
    help,
    samples: things.flatMap((thing) => {
      const known = value(thing);
      return known === null || known === undefined ? [] : [{ labels: labels(thing), value: known }];
    }),
  };
}

/** `at`: seconds since 1970, for series to be backfilled; scrapes and textfile collectors want none. Families without series are left out. */
export function writeFamilies(families: readonly Family[], at?: number): string {
  const time = at === undefined ? '' : ` ${at}`;
  const texts = families
    .filter((f) => f.samples.length > 0)
    .map(({ name, help, samples }) => {
      const unit = name.endsWith('_seconds') ? `# UNIT ${name} seconds\n` : '';
      const series = samples.map((s) => `${name}${labelText(s.labels)} ${s.value}${time}\n`).join('');
      return `# TYPE ${name} gauge\n${unit}# HELP ${name} ${escaped(help)}\n${series}`;
    });
  return `${texts.join('')}# EOF\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [`${name}="${quoted(value)}"`],
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return sanitize(text).replaceAll('\\', '\\\\');
}

function quoted(text: string): string {
  return escaped(text).replaceAll('"', '\\"');
}
