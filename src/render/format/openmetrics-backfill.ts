/** `-o openmetrics-backfill`: the same series with their time, for `promtool tsdb create-blocks-from openmetrics`. */
import { formatByKind } from './define-format.ts';
import { type Family, writeFamilies } from './openmetrics/families.ts';
import { ofInspection } from './openmetrics/inspection.ts';
import { ofSubnets } from './openmetrics/subnets.ts';

interface Timed {
  readonly families: readonly Family[];
  /** Seconds since 1970. */
  readonly at: number;
}

export const openmetricsBackfill = formatByKind<Timed>(
  'openmetrics-backfill',
  {
    Inspection: (report) => ({ families: ofInspection(report), at: Date.parse(report.generatedAt) / 1000 }),
    Subnets: (report) => ({ families: ofSubnets(report), at: Date.parse(report.generatedAt) / 1000 }),
  },
  ({ families, at }) => writeFamilies(families, at),
);
