// node test/rig/record.mjs [NAME,NAME…]: takes the snapshots under test/fixtures/scenarios anew from the real servers.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [only] = process.argv.slice(2);
const done = spawnSync(process.execPath, [join(here, 'run.mjs'), 'test/rig/field.test.ts'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    VPCCNI_RECORD: join(here, '../fixtures/scenarios'),
    ...(only ? { VPCCNI_SCENARIO: only } : {}),
  },
});
process.exitCode = done.status ?? 1;
