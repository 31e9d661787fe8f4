/** `-o openmetrics`: gauges for a textfile collector or a scraped file. */
import { formatByKind } from './define-format.ts';
import { type Family, writeFamilies } from './openmetrics/families.ts';
import { ofInspection } from './openmetrics/inspection.ts';
import { ofSubnets } from './openmetrics/subnets.ts';

export const openmetrics = formatByKind<readonly Family[]>(
  'openmetrics',
  { Inspection: ofInspection, Subnets: ofSubnets },
  (families) => writeFamilies(families),
);
