/** `vpccni explain`: what a finding means, offline. */
import { readFileSync } from 'node:fs';
import type { ExplainFlags } from '../cli/explain.ts';
import { codeIn } from '../inspect/contract/code.ts';
import type { CheckCard, CheckList } from '../inspect/contract/explanation.ts';
import { checkCardView, checkListView } from '../render/view/explain.ts';
import { TOOL } from '../tool.ts';
import { EXIT } from './exit-code.ts';
import { type Io, writeReport } from './io.ts';

/** @throws UsageError for a code that does not exist, with what it may have meant. */
export async function run(io: Io, code: string | undefined, flags: ExplainFlags): Promise<number> {
  const madeBy = { tool: TOOL, generatedAt: new Date().toISOString() };
  if (code === undefined) {
    const report = shipped<CheckList>('list') ?? (await import('./explanations.ts')).explainedList(madeBy);
    await writeReport(io, flags, { report: { ...report, ...madeBy }, view: checkListView });
    return EXIT.ok;
  }
  const report = shipped<CheckCard>(codeIn(code)) ?? (await import('./explanations.ts')).explained(code, madeBy);
  await writeReport(io, flags, { report: { ...report, ...madeBy }, view: checkCardView });
  return EXIT.ok;
}

/** As the build wrote it down; undefined where there was no build, and for a code that does not exist. */
function shipped<Report>(name: string | undefined): Report | undefined {
  try {
    return name && JSON.parse(readFileSync(new URL(`./explanations/${name}.json`, import.meta.url), 'utf8'));
  } catch {
    return undefined;
  }
}
