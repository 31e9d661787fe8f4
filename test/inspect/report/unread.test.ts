import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { inspectView } from '../../../src/render/view/inspect.ts';
import { denied, runOf } from '../../support/snapshot-builder.ts';
import { plain } from '../checks/cases/worlds.ts';

describe('what was not read', () => {
  it('is told of on screen only where a check or a part of the report would have used it', async () => {
    const of = { ...plain().snapshot(), insights: denied('eks:ListInsights'), nodes: denied('list nodes') };
    const report = buildInspection(await runOf(of), DEFAULT_POLICY, { name: 'vpccni', version: '0' });
    expect(report.unread.map((u) => [u.section, u.used])).toEqual([
      ['insights', false],
      ['nodes', true],
    ]);
    const screen = JSON.stringify(inspectView(report, { wide: true, now: 0, invocation: 'vpccni inspect' }));
    expect(screen).toContain('list nodes');
    expect(screen).not.toContain('ListInsights');
  });
});
