/** What the steps of a runbook are made from: where the cluster is, where it goes, and the world in which it has arrived. */
import type { Pair } from '../../../calc/patterns.ts';
import type { RunbookStep } from '../../contract/plan.ts';
import type { Run } from '../../facts/define-fact.ts';
import type { Made } from '../remedies/made-subnet.ts';
import type { Patient } from '../remedies/remedy.ts';
import type { Projection } from '../run-scenario.ts';

export interface Move {
  readonly patient: Patient;
  readonly from: Pair;
  readonly to: Pair;
  /** Pod subnets that are made, one for each zone that has none. */
  readonly made: readonly Made[];
  /** Groups of the ENIs in them. */
  readonly securityGroups: readonly string[];
  /** Variables of aws-node that change. */
  readonly env: Readonly<Record<string, string>>;
  /** Facts with subnets, ENIConfigs and settings as they will be. */
  readonly laid: Run;
  /** Both generations at once, the new subnets among them. */
  readonly peak: Projection;
}

/** A kind of step: one a file. Empty where it does not apply. */
export type Steps = (move: Move) => readonly Step[];

/** As a step is written; what is left out is nothing. */
export type Step = Pick<RunbookStep, 'id' | 'title' | 'changes' | 'held' | 'check'> &
  Partial<Pick<RunbookStep, 'commands' | 'undo' | 'note'>>;

export const NOTHING_YET = 'Nothing more than before.';
