/**
 * Copy and paste: every fix printed for shop-prod is run word for word with the real aws and kubectl, in the order in
 * which a person meets them. After each the cluster acts on it, and in the end nothing at warning or above is left.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding, Fix } from '../../src/inspect/finding.ts';
import type { Inspection } from '../../src/inspect/report.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';
import { inspect, paste } from './support/vpccni.ts';

const clients = [
  tryRun('kubectl', ['version', '--client']) === undefined ? 'kubectl is not installed' : '',
  tryRun('aws', ['--version']) === undefined ? 'aws is not installed' : '',
];
const missing = [...Object.values(missingServers(console.error)), ...clients].filter(Boolean).join('; ');

const grave = (r: Inspection): readonly Finding[] => r.findings.filter((f) => f.severity !== 'info');
/** Findings that stand on their own: symptoms go with their cause. */
const causes = (r: Inspection): readonly Finding[] => grave(r).filter((f) => !f.causedBy);

describe.skipIf(missing)(`pasting every printed fix${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ say: console.error });
  });
  afterAll(() => rig?.stop());

  /** Runs a fix and lets the cluster live until it is quiet. */
  async function apply(fix: Fix): Promise<void> {
    for (const command of fix.commands) {
      const { code, stderr } = await paste(rig, command);
      expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
    }
    await rig.settle();
  }

  async function standing(code: string): Promise<readonly Finding[]> {
    return causes(await inspect(rig)).filter((f) => f.code === code);
  }

  it('starts with the faults of the scenario', async () => {
    const codes = new Set(causes(await inspect(rig)).map((f) => f.code));
    expect([...codes].sort()).toEqual(rig.scenario.expected.findings.required.map((r) => r.code).sort());
  });

  it.each(['CUS001', 'PFX001', 'LEK001', 'SUB004'])(
    '%s is gone once its fixes were pasted, and nothing new stands at warning or above',
    async (code) => {
      const before = new Set(grave(await inspect(rig)).map((f) => f.code));
      for (const finding of await standing(code)) for (const fix of finding.fixes) await apply(fix);
      const after = grave(await inspect(rig));
      expect(after.filter((f) => f.code === code)).toEqual([]);
      expect(after.filter((f) => !before.has(f.code))).toEqual([]);
    },
  );

  it('MAX001: the waiting pods start elsewhere at once, and the finding goes with the replaced nodes', async () => {
    const [finding] = await standing('MAX001');
    const [relief, cure] = finding?.fixes ?? [];
    expect([relief?.effect, cure?.effect]).toEqual(['immediate', 'node-replacement']);
    await apply(relief!);
    expect((await inspect(rig)).cluster.pods?.stuck).toBe(0);
    await apply(cure!);
    expect(await standing('MAX001')).toEqual([]);
  });

  it('leaves nothing at warning or above', async () => {
    const r = await inspect(rig);
    expect(grave(r).map((f) => `${f.id}: ${f.message}`)).toEqual([]);
    expect(r.verdict.severity).not.toBe('error');
  });
});
