/**
 * Clusters as they are met in the field, one after the other on the same servers: `inspect` tells what is wrong with each and
 * nothing else at warning or above; with VPCCNI_RIG_PASTE set, every printed command is pasted, and what was cured is told no more.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/inspect/contract/finding.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { viewerRights } from './build/kube-base.ts';
import { wipe } from './build/wipe.ts';
import { fillRig, type Rig, type RigServers, startServers } from './rig.ts';
import { FIELD } from './scenarios/field/index.ts';
import { grave, shownIn, toldOf } from './scenarios/told.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';
import { cannotRun, pasteAlive } from './support/pasting.ts';
import { inspect as inspectAs, vpccni } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');
/** Takes as long again, and much of what is pasted waits for nodes that nobody starts here: where it is asked for. */
const pastes =
  process.env.VPCCNI_RIG_PASTE !== undefined &&
  tryRun('kubectl', ['version', '--client']) !== undefined &&
  tryRun('aws', ['--version']) !== undefined;

/** Folder that gets a snapshot of every scenario: `node test/rig/record.mjs`. */
const { VPCCNI_RECORD: record, VPCCNI_SCENARIO: only } = process.env;
const chosen = FIELD.filter((s) => !only || only.split(',').includes(s.name));

/** What was not run, or not ended, and why: told in the end. */
const leftOut = new Set<string>();
const codesOf = (findings: readonly Finding[]): string[] => [...new Set(findings.map((f) => f.code))].sort();
const causesOf = (findings: readonly Finding[]): string[] => codesOf(findings.filter((f) => !f.causedBy));

describe.skipIf(missing)(`clusters of the field${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let servers: RigServers;
  let filled = 0;
  beforeAll(async () => {
    servers = await startServers(console.error);
    if (record) mkdirSync(record, { recursive: true });
  });
  afterAll(async () => {
    if (leftOut.size > 0) console.error(`not run here: ${[...leftOut].join('; ')}`);
    await servers?.stop();
  });

  describe.each(chosen)('$name', (scenario) => {
    let rig: Rig;
    let first: Inspection;
    const inspect = (): Promise<Inspection> => inspectAs(rig, ['--context', 'admin']);

    beforeAll(async () => {
      await wipe(servers.kube);
      rig = await fillRig(servers, scenario, filled++ === 0 ? viewerRights() : []);
    });

    it.runIf(record)('is recorded', async () => {
      const file = `json=${join(record!, `${scenario.name}.json.gz`)}`;
      const done = await vpccni(rig, ['snapshot', scenario.name, '--context', 'viewer', '-q', '-o', file]);
      expect(done).toMatchObject({ code: 0, stderr: '' });
    });

    it.skipIf(record)(`tells what is wrong and nothing else: ${scenario.story}`, async () => {
      first = await inspect();
      expect({ told: toldOf(first), unread: first.unread }).toEqual({ told: [...scenario.told].sort(), unread: [] });
      expect(shownIn(first, Object.keys(scenario.shows))).toMatchObject(scenario.shows);
    });

    it.skipIf(record || !pastes || scenario.told.length === 0)(
      'prints commands that are accepted as they are, and that end what they are for',
      async () => {
        await rig.settle();
        const standing = grave(await inspect());
        // what ends by itself proves nothing of what is pasted
        expect(causesOf(standing)).toEqual(expect.arrayContaining(causesOf(grave(first))));
        const refused: unknown[] = [];
        const pasted = new Set<string>();
        const done = new Set<string>();
        let after = standing;
        // as a person would: a look after each finding, since one fix may have ended another finding too
        for (let next = after.find((f) => !f.causedBy); next !== undefined; ) {
          pasted.add(next.id);
          for (const fix of next.fixes)
            for (const command of fix.commands.filter((c) => !done.has(c))) {
              done.add(command);
              const reason = cannotRun(command);
              if (reason !== undefined) {
                leftOut.add(reason);
                continue;
              }
              const { code, stderr } = await pasteAlive(rig, command);
              if (code !== 0) refused.push({ finding: next.id, fix: fix.title, command, code, stderr });
            }
          await rig.settle();
          after = grave(await inspect());
          next = after.find((f) => !f.causedBy && !pasted.has(f.id) && !scenario.next.includes(f.code));
        }
        expect(refused).toEqual([]);
        for (const [code, why] of Object.entries(scenario.stays))
          leftOut.add(`${scenario.name}: ${code} stays: ${why}`);
        const wanted = [...Object.keys(scenario.stays), ...scenario.next].sort();
        expect(after.filter((f) => !wanted.includes(f.code)).map((f) => `${f.id}: ${f.message}`)).toEqual([]);
        expect(codesOf(after)).toEqual(wanted);
      },
    );
  });
});
