/** What `.vpccni.yaml` says of projections, in a gate that fails: a /24 with 231 free addresses, and twelve nodes of 20. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli.ts';
import { World } from '../inspect/checks/world.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'vpccni-gate-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
});

const SNAPSHOT = JSON.stringify(
  new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .node('n', { home: 'subnet-a', primary: 9, further: [9], running: 5 })
    .snapshot(),
);

async function gate(configuration: string, words: readonly string[] = ['nodes=+12']) {
  const config = join(folder, 'configuration.yaml');
  writeFileSync(config, configuration);
  process.exitCode = undefined;
  const io = { ...fakeIo({ stdin: SNAPSHOT }), now: () => Date.parse('2026-11-01T12:30:00Z') };
  await main(['gate', '--from', '-', '--config', config, ...words], io);
  return { code: Number(process.exitCode ?? 0), err: io.err() };
}

describe('a gate with a configuration', () => {
  it('gives its findings the severity that is written there', async () => {
    expect((await gate('{}')).code).toBe(1);
    expect((await gate('severities: { SUB002: warning }')).code).toBe(0);
    expect((await gate('severities: { SUB002: warning }\nfailOn: warning')).code).toBe(1);
  });

  it('looks at one scenario at least, and finds a misspelt one even where others are asked for', async () => {
    expect(await gate('scenarios: []', [])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/scenarios: must name/),
    });
    expect(await gate('scenarios: [upgrad]')).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /configuration\.yaml: scenarios: there is no scenario "upgrad"; did you mean upgrade\?/,
      ),
    });
  });

  it('tells of floors for places that are not there, and of suppressions that answer to nothing', async () => {
    const { err } = await gate(`floors: { of: { subnet-a: { minFreeIps: 1 }, subnet-z: { minFreeIps: 9 } } }
suppressions:
  - { id: "SUB002/nodes:subnet-z", reason: known }
  - { id: "SUB002/upgrade:subnet-a", reason: known }
  - { id: LEK001, reason: known }`);
    expect(err).toContain('floors.of: the cluster has no subnet or zone subnet-z');
    expect(err).toContain('the suppression of SUB002/nodes:subnet-z answers to no finding');
    expect(err.match(/answers to no finding/g)).toHaveLength(1);
  });
});
