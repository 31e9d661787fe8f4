/** `explain -o csv`: one row a check. */
import type { CheckList } from '../../../inspect/contract/explanation.ts';
import { type Rows, rowsOf } from './cells.ts';

export function checkRows({ groups }: CheckList): Rows {
  return rowsOf(
    groups.flatMap(({ title, checks }) => checks.map((check) => ({ ...check, group: title }))),
    {
      code: (c) => c.code,
      longCode: (c) => c.longCode,
      group: (c) => c.group,
      title: (c) => c.title,
      severity: (c) => c.severity,
      worst: (c) => c.worst,
      grain: (c) => c.grain,
    },
  );
}
