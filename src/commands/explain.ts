/** `vpccni explain`: what a finding means, offline. */
import type { ExplainFlags } from '../cli/explain.ts';
import { CHECKS, checkByCode } from '../inspect/checks/index.ts';
import { requiredPermissions } from '../inspect/collect/permissions.ts';
import { checkCard, checkList } from '../inspect/report/explanation.ts';
import { checkCardView, checkListView } from '../render/view/explain.ts';
import { TOOL } from '../tool.ts';
import { unknownCode } from './codes.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { type Io, writeReport } from './io.ts';

/** @throws UsageError for a code that does not exist, with what it may have meant. */
export async function run(io: Io, code: string | undefined, flags: ExplainFlags): Promise<number> {
  const madeBy = { tool: TOOL, generatedAt: new Date().toISOString() };
  if (code === undefined) {
    await writeReport(io, flags, { report: checkList(CHECKS, madeBy), view: checkListView });
    return EXIT.ok;
  }
  const check = checkByCode(code);
  if (!check) throw new UsageError(unknownCode(code));
  await writeReport(io, flags, { report: checkCard(check, requiredPermissions().calls, madeBy), view: checkCardView });
  return EXIT.ok;
}
