/** `-o csv`: rows for a spreadsheet. A kind of report takes part by a projection; one file each in `csv/`. */
import type { Rows } from './csv/cells.ts';
import { writeRows } from './csv/cells.ts';
import { checkRows } from './csv/checks.ts';
import { findingRows } from './csv/findings.ts';
import { maxPodsRows } from './csv/max-pods.ts';
import { projectionRows } from './csv/projection.ts';
import { simulationRows } from './csv/simulation.ts';
import { snapshotRows } from './csv/snapshot.ts';
import { subnetRows } from './csv/subnets.ts';
import { formatByKind } from './define-format.ts';

export const csv = formatByKind<Rows>(
  'csv',
  {
    Inspection: ({ findings }) => findingRows(findings),
    Plan: projectionRows,
    Gate: projectionRows,
    MaxPods: maxPodsRows,
    Simulation: simulationRows,
    Subnets: subnetRows,
    SnapshotSummary: snapshotRows,
    CheckList: checkRows,
  },
  (rows, { headers }) => writeRows(rows, headers),
);
