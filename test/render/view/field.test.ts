/** The screens of clusters as they are met in the field: no line wider than the terminal, and the answer on the last lines. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { buildSubnets } from '../../../src/inspect/report/subnets/build.ts';
import { parseSnapshot } from '../../../src/inspect/snapshot.ts';
import type { Block } from '../../../src/render/blocks.ts';
import { renderTable } from '../../../src/render/text/table.ts';
import { layOut } from '../../../src/render/text/text.ts';
import { createTheme } from '../../../src/render/theme.ts';
import { answerBlocks } from '../../../src/render/view/inspect/answer.ts';
import { inspectView } from '../../../src/render/view/inspect.ts';
import { subnetsView } from '../../../src/render/view/subnets.ts';

const FOLDER = 'test/fixtures/scenarios';
const TOOL = { name: 'vpccni', version: '0.0.0' };
const WIDTHS = [80, 100, 140];
const catalog = await loadCatalog();
const plain = (text: string) => text.replaceAll(/\u001b\[[0-9;]*m/g, '');

/** Lines, coloured; commands keep their words and may stick out where one is too long. */
function linesOf(blocks: readonly Block[], width: number, wide: boolean): string[] {
  const laid = { theme: createTheme({ color: true, ascii: false, width }), wide, headers: true };
  const shown = blocks.filter((b) => b.kind !== 'commands');
  return layOut(shown, laid, (table) => renderTable(table, laid))
    .trimEnd()
    .split('\n');
}

const names = readdirSync(FOLDER).map((f) => f.replace('.json.gz', ''));

describe.each(names)('%s', (name) => {
  const text = gunzipSync(readFileSync(`${FOLDER}/${name}.json.gz`)).toString('utf8');
  const run = new Run(parseSnapshot(JSON.parse(text)), catalog);
  const report = buildInspection(run, DEFAULT_POLICY, TOOL);
  const options = { now: Date.parse('2026-11-28T09:00:00Z'), invocation: 'vpccni inspect' };

  it.each(WIDTHS)('fits %i columns and ends no line with blanks, at which a terminal would break it', (width) => {
    const subnets = buildSubnets(run, { subnetIds: [], wholeVpc: false, drain: 1 }, DEFAULT_POLICY, TOOL);
    for (const lines of [
      linesOf(inspectView(report, { ...options, wide: false }), width, false),
      linesOf(inspectView(report, { ...options, wide: true }), width, true),
      linesOf(subnetsView(subnets, { ...options, wide: false }), width, false),
    ]) {
      // a word that is wider than the screen stands alone on its line: it must stay copyable
      const tooWide = lines.map(plain).filter((l) => stringWidth(l) > width && /\S\s+\S/.test(l.trim()));
      expect(tooWide).toEqual([]);
      expect(lines.filter((l) => /\s$/.test(plain(l)))).toEqual([]);
    }
  });

  it.each(WIDTHS)('ends at %i columns with at most ten lines that name every cause', (width) => {
    const last = linesOf(answerBlocks(report, { ...options, wide: false }), width, false).map(plain);
    expect(last.length).toBeLessThanOrEqual(10);
    for (const cause of report.verdict.causes) expect(last.join('\n')).toContain(cause.code ?? '?');
  });
});
