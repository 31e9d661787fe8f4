/** What the checks say of themselves. Loads all of them: the build writes it down, so that `explain` need not. */
import { CHECKS, checkByCode } from '../inspect/checks/index.ts';
import { requiredPermissions } from '../inspect/collect/permissions.ts';
import type { CheckCard, CheckList } from '../inspect/contract/explanation.ts';
import type { MadeBy } from '../inspect/contract/head.ts';
import { checkCard, checkList } from '../inspect/report/explanation.ts';
import { unknownCode } from './codes.ts';
import { UsageError } from './exit-code.ts';

export function explainedList(madeBy: MadeBy): CheckList {
  return checkList(CHECKS, madeBy);
}

/** @throws UsageError for a code that does not exist, with what it may have meant. */
export function explained(code: string, madeBy: MadeBy): CheckCard {
  const check = checkByCode(code);
  if (!check) throw new UsageError(unknownCode(code));
  return checkCard(check, requiredPermissions().calls, madeBy);
}

/** By code; the list under `list`. */
export function allExplanations(madeBy: MadeBy): Record<string, CheckCard | CheckList> {
  return {
    list: explainedList(madeBy),
    ...Object.fromEntries(CHECKS.map(({ code }) => [code, explained(code, madeBy)])),
  };
}
