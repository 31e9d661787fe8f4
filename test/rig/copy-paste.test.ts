/**
 * Copy and paste: every fix printed for shop-prod is run word for word with the real aws and kubectl, in the order in
 * which a person meets them. After each the cluster acts on it, and in the end nothing at warning or above is left.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Finding, Fix } from '../../src/inspect/contract/finding.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { measureSubnets } from './measure/subnets.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';
import { pasteAlive } from './support/pasting.ts';
import { inspect as inspectAs } from './support/vpccni.ts';

const clients = [
  tryRun('kubectl', ['version', '--client']) === undefined ? 'kubectl is not installed' : '',
  tryRun('aws', ['--version']) === undefined ? 'aws is not installed' : '',
];
const missing = [...Object.values(missingServers(console.error)), ...clients].filter(Boolean).join('; ');

/** As the one who will paste: printed commands carry the context that was used, and a viewer may change nothing. */
const inspect = (rig: Rig): Promise<Inspection> => inspectAs(rig, ['--context', 'admin']);

const grave = (r: Inspection): readonly Finding[] => r.findings.filter((f) => f.severity !== 'info');
/** Rounds of pasting after which nothing may stand any more. */
const ROUNDS = 3;
/** Findings that stand on their own: symptoms go with their cause. */
const causes = (r: Inspection): readonly Finding[] => grave(r).filter((f) => !f.causedBy);

describe.skipIf(missing)(`pasting every printed fix${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ say: console.error });
  });
  afterAll(() => rig?.stop());

  const apply = (fix: Fix) => applyTo(rig, fix);

  async function standing(code: string): Promise<readonly Finding[]> {
    return causes(await inspect(rig)).filter((f) => f.code === code);
  }

  /** Addresses that ENIs of aws-node hold for pods, as EC2 tells. */
  async function heldByNodes(): Promise<number> {
    const owners = Object.values(await measureSubnets(rig.aws, rig.ids)).flatMap((s) => s.owners.cni ?? []);
    return owners.reduce((sum, o) => sum + o.addresses + 16 * o.prefixes, 0);
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

  it('leaves nothing at warning or above once the fixes of what still stands are pasted too', async () => {
    let left = grave(await inspect(rig));
    for (let round = 0; left.length > 0 && round < ROUNDS; round++) {
      for (const finding of left.filter((f) => !f.causedBy)) for (const fix of finding.fixes) await apply(fix);
      left = grave(await inspect(rig));
    }
    expect(left.map((f) => `${f.id}: ${f.message}`)).toEqual([]);
  });

  it('SUB006: the warm settings give back as many addresses as printed, and nothing new stands', async () => {
    const [finding] = (await inspect(rig)).findings.filter((f) => f.code === 'SUB006');
    const held = await heldByNodes();
    for (const fix of finding!.fixes) await apply(fix);
    const freed = held - (await heldByNodes());
    expect(finding!.evidence).toMatchObject({ recommended: { frees: freed } });
    expect(finding!.fixes.map((f) => f.frees?.addresses)).toEqual([freed]);
    const after = await inspect(rig);
    expect(after.findings.filter((f) => f.code === 'SUB006')).toEqual([]);
    expect(grave(after)).toEqual([]);
    expect(after.cluster.pods?.stuck).toBe(0);
  });
});

/** Fixes that the sequence above hides behind another of the same finding, each on a cluster as it was. */
describe.skipIf(missing)(`pasting one fix alone${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig({ say: console.error });
  });
  afterEach(() => rig?.stop());

  it.each([
    ['PFX001', 'Point ENIConfig eu-west-1a at ', 'cures'],
    ['MAX001', 'Set maxPods 50 in the launch template ', 'cures'],
    // what the leaks held is taken at once: no pod waits any longer, and there is no free /28 still
    ['PFX001', 'Delete 3 leaked ENIs', 'relieves'],
  ])('%s, "%s…" %s: no pod waits for it, and nothing new stands', async (code, title, effect) => {
    const before = await inspect(rig);
    const fixes = before.findings.filter((f) => f.code === code).flatMap((f) => f.fixes);
    const [fix, ...others] = fixes.filter((f) => f.title.startsWith(title));
    expect(others).toEqual([]);
    await applyTo(rig, fix!);
    const after = await inspect(rig);
    expect(after.findings.filter((f) => f.code === code)).toHaveLength(effect === 'cures' ? 0 : 1);
    expect(before.verdict.causes.map((c) => c.code)).toContain(code);
    expect(after.verdict.causes.map((c) => c.code)).not.toContain(code);
    const known = new Set(grave(before).map((f) => f.id));
    expect(grave(after).filter((f) => !known.has(f.id))).toEqual([]);
  });
});

/** Runs a fix word for word and lets the cluster live meanwhile, for a command that waits for it, and until it is quiet. */
async function applyTo(rig: Rig, fix: Fix): Promise<void> {
  for (const command of fix.commands) {
    const { code, stderr } = await pasteAlive(rig, command);
    expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
  }
  await rig.settle();
}
