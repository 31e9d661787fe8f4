import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/commands/exit-code.ts';
import type { Finding, Severity } from '../../src/inspect/contract/finding.ts';
import type { NotEvaluated } from '../../src/inspect/contract/report.ts';

const finding = (severity: Severity): Finding => ({
  id: 'SUB001:subnet-1',
  code: 'SUB001',
  longCode: 'VPCCNI-SUB-001',
  severity,
  confidence: 'observed',
  title: '',
  message: '',
  grain: 'subnet',
  resources: [],
  resourcesTotal: 0,
  scope: {},
  evidence: {},
  fixes: [],
  explains: [],
  caveats: [],
});
const blind = (severity: Severity, byChoice = false): NotEvaluated => ({
  code: 'PFX001',
  title: '',
  permissions: [],
  reasons: [],
  severity,
  byChoice,
});

describe('exit code', () => {
  it.each([
    ['no failing severity', [finding('error')], [blind('error')], undefined, 0],
    ['nothing found', [], [], 'error', 0],
    ['below the failing severity', [finding('warning')], [], 'error', 0],
    ['at the failing severity', [finding('warning')], [], 'warning', 1],
    ['a proven failure beats a blind check', [finding('error')], [blind('error')], 'error', 1],
    ['a check that could have failed was blind', [], [blind('error')], 'error', 3],
    ['a blind check that only warns does not matter for errors', [], [blind('warning')], 'error', 0],
    ['what the user switched off does not count', [], [blind('error', true)], 'error', 0],
  ] as const)('%s', (_, findings, notEvaluated, failOn, code) => {
    expect(exitCodeOf({ findings, notEvaluated }, failOn)).toBe(code);
  });
});
