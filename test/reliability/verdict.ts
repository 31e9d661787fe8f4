/** What a fault costs: the verdict on a cluster in which all else is well. */
import { exitCodeOf } from '../../src/commands/exit-code.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import type { Section } from '../../src/inspect/snapshot/section.ts';
import type { SectionName } from '../../src/inspect/snapshot.ts';
import { calm } from '../support/calm.ts';
import { runOf } from '../support/snapshot-builder.ts';

export interface Verdict {
  /** Of `--fail-on error`, as `gate` has it. */
  readonly exit: number;
  readonly errors: readonly string[];
  readonly notEvaluated: number;
}

/** `sections` in place of those of the calm cluster. */
export async function verdictWith(sections: Partial<Record<SectionName, Section<unknown>>>): Promise<Verdict> {
  const report = buildInspection(await runOf({ ...calm(), ...sections } as ReturnType<typeof calm>), DEFAULT_POLICY, {
    name: 'vpccni',
    version: '0',
  });
  const { notEvaluated } = report.coverage;
  return {
    exit: exitCodeOf({ findings: report.findings, notEvaluated }, 'error'),
    errors: report.findings.filter((f) => f.severity === 'error').map((f) => f.id),
    notEvaluated: notEvaluated.length,
  };
}

/** The section as it was read, with the data of the calm cluster where there is any: what is judged is what it lacks. */
export function asRead(name: SectionName, read: Section<unknown>): Section<unknown> {
  const of = calm()[name] as Section<unknown>;
  return 'data' in read && 'data' in of ? { ...read, data: of.data } : read;
}
