/**
 * What a remedy is. A kind proposes trials for a scenario that does not pass; each trial is another world, made by laying a
 * change over the snapshot or over the settings in force, and the commands that make it. The scenario is run in that world by
 * the same engine, and only what that run gave is said of the remedy.
 */
import type { SubnetPlan } from '../../checks/fixes/new-subnet.ts';
import type { Fix, Step } from '../../contract/finding.ts';
import type { Run } from '../../facts/define-fact.ts';
import { type FixContext, fixContext } from '../../facts/fix-context.ts';
import type { Thresholds } from '../../policy.ts';
import type { Projection } from '../run-scenario.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { ProjectionWorld } from '../world.ts';

/** What remedies are made from: the world without any, and what the user decided. */
export interface Patient {
  readonly world: ProjectionWorld;
  readonly run: Run;
  readonly fix: FixContext;
  readonly thresholds: Thresholds;
  /** Ranges that were planned already, by what they are for: scenarios that lack the same ask for the same. */
  readonly planned: Map<string, SubnetPlan>;
}

export function patientOf(world: ProjectionWorld, thresholds: Thresholds): Patient {
  // The fact is made of helps alone, so that it is never unknown.
  return { world, run: world.run, fix: world.run.valueOf(fixContext) ?? {}, thresholds, planned: new Map() };
}

/** One thing to try. */
export interface Trial {
  /** What tells its world from others: scenarios share worlds. */
  readonly key: string;
  readonly title: string;
  /** 1: a setting; 2: nodes are replaced; 3: network is built. */
  readonly effort: 1 | 2 | 3;
  readonly nodesToReplace: number;
  /** Undefined where nothing can be projected then. */
  readonly world: () => ProjectionWorld | undefined;
  /** `frees` is filled in from the run. */
  readonly fix: Pick<Fix, 'commands' | 'steps' | 'changes' | 'effect' | 'risk'>;
}

export interface RemedyKind {
  readonly id: string;
  /** The gentlest first: the first that is sufficient is taken, else the one that does most. Empty where it cannot help. */
  readonly trials: (patient: Patient, failing: Projection, scenario: Scenario) => readonly Trial[];
}

/** A part of what is to be done, with the steps it consists of itself. */
interface Part {
  readonly title: string;
  readonly commands: readonly string[];
  readonly steps?: readonly Step[] | undefined;
}

/** One part after the other; parts without a command are left out. */
export function inSteps(parts: readonly Part[]): Required<Pick<Fix, 'commands' | 'steps'>> {
  const all = parts.filter((p) => p.commands.length > 0);
  return {
    commands: all.flatMap((p) => p.commands),
    steps: all.flatMap(({ title, commands, steps }): Step[] =>
      steps?.length ? [...steps] : [{ title, commands: commands.length }],
    ),
  };
}
