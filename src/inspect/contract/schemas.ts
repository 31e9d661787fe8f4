/** The schema of every kind of report. Read by tests and by the script that writes `schema/`; the program needs the types alone. */
import type * as v from 'valibot';
import { checkCardSchema, checkListSchema } from './explanation.ts';
import { inspectionSchema } from './inspection.ts';
import type { ReportKind } from './kinds.ts';
import { maxPodsSchema } from './max-pods.ts';
import { permissionsSchema } from './permissions.ts';
import { gateSchema, planSchema } from './plan.ts';
import { simulationSchema } from './simulation.ts';
import { snapshotSummarySchema } from './snapshot-summary.ts';
import { subnetsSchema } from './subnets.ts';
import { whySchema } from './why.ts';

export const SCHEMAS: Readonly<Record<ReportKind, v.GenericSchema>> = {
  Inspection: inspectionSchema,
  Plan: planSchema,
  Gate: gateSchema,
  MaxPods: maxPodsSchema,
  Simulation: simulationSchema,
  SnapshotSummary: snapshotSummarySchema,
  CheckList: checkListSchema,
  Check: checkCardSchema,
  Permissions: permissionsSchema,
  Subnets: subnetsSchema,
  Why: whySchema,
};
