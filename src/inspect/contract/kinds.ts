/** The kinds of report there are, and the command that makes each. */
import type { CheckCard, CheckList } from './explanation.ts';
import type { Inspection } from './inspection.ts';
import type { MaxPodsReport } from './max-pods.ts';
import type { PermissionsReport } from './permissions.ts';
import type { Gate, Plan } from './plan.ts';
import type { SimulationReport } from './simulation.ts';
import type { SnapshotSummary } from './snapshot-summary.ts';
import type { SubnetsReport } from './subnets.ts';
import type { Why } from './why.ts';

/** Reports by their `kind`. */
export interface Reports {
  readonly Inspection: Inspection;
  readonly Why: Why;
  readonly Plan: Plan;
  readonly Gate: Gate;
  readonly MaxPods: MaxPodsReport;
  readonly Simulation: SimulationReport;
  readonly Subnets: SubnetsReport;
  readonly SnapshotSummary: SnapshotSummary;
  readonly CheckList: CheckList;
  readonly Check: CheckCard;
  readonly Permissions: PermissionsReport;
}

export type ReportKind = keyof Reports;
export type AnyReport = Reports[ReportKind];

/** The command behind each kind: how messages name it. */
const COMMANDS: Readonly<Record<ReportKind, string>> = {
  Inspection: 'inspect',
  Why: 'why',
  Plan: 'plan',
  Gate: 'gate',
  MaxPods: 'maxpods',
  Simulation: 'simulate',
  Subnets: 'subnets',
  SnapshotSummary: 'snapshot',
  CheckList: 'explain',
  Check: 'explain CODE',
  Permissions: 'permissions',
};

export const REPORT_KINDS = Object.keys(COMMANDS) as readonly ReportKind[];

export function commandOf(kind: ReportKind): string {
  return COMMANDS[kind];
}
