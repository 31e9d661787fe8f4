/**
 * Clusters as they are met in the field, one after the other on the same servers: `inspect` tells what is wrong with each and
 * nothing else at warning or above; with VPCCNI_RIG_PASTE set, every printed command is pasted, and what was cured is told no more.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { viewerRights } from './build/kube-base.ts';
import { wipe } from './build/wipe.ts';
import { fillRig, type Rig, type RigServers, startServers } from './rig.ts';
import { FIELD } from './scenarios/field/index.ts';
import { grave, shownIn, toldOf } from './scenarios/told.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';
import { inspect as inspectAs, paste, vpccni } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');
/** Takes as long again, and much of what is pasted waits for nodes that nobody starts here: where it is asked for. */
const pastes =
  process.env.VPCCNI_RIG_PASTE !== undefined &&
  tryRun('kubectl', ['version', '--client']) !== undefined &&
  tryRun('aws', ['--version']) !== undefined;

/** Folder that gets a snapshot of every scenario: `node test/rig/record.mjs`. */
const { VPCCNI_RECORD: record, VPCCNI_SCENARIO: only } = process.env;
const chosen = FIELD.filter((s) => !only || only.split(',').includes(s.name));

/** The API server passes `logs` on to a kubelet, of which there is none. */
const NO_KUBELET = /^Error from server: Get "https:\/\/\S+:10250\//m;

describe.skipIf(missing)(`clusters of the field${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let servers: RigServers;
  let filled = 0;
  beforeAll(async () => {
    servers = await startServers(console.error);
    if (record) mkdirSync(record, { recursive: true });
  });
  afterAll(() => servers?.stop());

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
      'prints commands that are accepted as they are',
      async () => {
        const refused: unknown[] = [];
        const done = new Set<string>();
        for (const finding of grave(first).filter((f) => !f.causedBy))
          for (const fix of finding.fixes)
            for (const command of fix.commands.filter((c) => !done.has(c))) {
              done.add(command);
              const { code, stderr } = await paste(rig, command);
              if (code !== 0 && !NO_KUBELET.test(stderr))
                refused.push({ finding: finding.id, fix: fix.title, command, code, stderr });
            }
        expect(refused).toEqual([]);
        await rig.settle();
        const before = new Set([...first.findings.map((f) => f.code), ...scenario.next]);
        const after = grave(await inspect());
        expect(after.filter((f) => scenario.cured.includes(f.code)).map((f) => `${f.id}: ${f.message}`)).toEqual([]);
        expect(after.filter((f) => !before.has(f.code)).map((f) => `${f.id}: ${f.message}`)).toEqual([]);
      },
    );
  });
});
