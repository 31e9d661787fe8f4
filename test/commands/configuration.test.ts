import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floorsOf, suppressionsOf } from '../../src/commands/configuration/apply.ts';
import { CONFIGURATION_EXAMPLE } from '../../src/commands/configuration/example.ts';
import { parseConfiguration } from '../../src/commands/configuration/parse.ts';
import { readConfiguration } from '../../src/commands/configuration/read.ts';
import { globOf } from '../../src/inspect/policy.ts';
import { fakeIo } from './fake-io.ts';

describe('a configuration', () => {
  it('of --init is one, and stays one with its comments taken away', () => {
    expect(parseConfiguration('x', CONFIGURATION_EXAMPLE).scenarios).toEqual(['today', 'upgrade']);
    // every commented line that is not a sentence
    const all = CONFIGURATION_EXAMPLE.replace(
      /^( *)# ([ -]*[\w'-]+: ?.*|[ -]+.*)$/gm,
      (line, indent: string, rest: string) => (/^vpccni:/.test(rest) ? line : indent + rest),
    );
    expect(parseConfiguration('x', all)).toMatchObject({
      floors: { minFreeIps: 64, of: { 'eu-west-1c': { minFreeBlocks: 4 } } },
      suppressions: [{ id: 'SUB005', expires: '2027-03-31' }],
    });
  });

  it.each([
    ['scenarioss: [today]', /^f:1:1: there is no key "scenarioss"; did you mean scenarios\?$/],
    ['floors:\n  minFreeIP: 3\n', /^f:2:\d+: there is no key "floors.minFreeIP"; did you mean minFreeIps\?$/],
    ['failOn: never', /^f:1:\d+: failOn: must be/],
    ['floors: { maxUtilization: 140 }', /^f:1:\d+: floors.maxUtilization: must be 1 to 100/],
    ['suppressions:\n  - id: SUB005\n', /^f:2:\d+: .*reason/],
    ['a: [1, 2', /^f:\d+:\d+: not YAML/],
    ['- today', /^f:1:1: the file is a list; it has keys, such as scenarios: and /],
    ['[]', /^f:1:1: the file is a list/],
    ['suppressions:\n  - id: SUB005\n    reason: x\n    expires: soon\n', /^f:4:\d+: .*must be a day/],
  ])('says where and what is wrong in %j', (text, message) => {
    expect(() => parseConfiguration('f', text)).toThrow(message);
  });

  it('is found from a folder up to the root of its repository', async () => {
    const root = mkdtempSync(join(tmpdir(), 'vpccni-'));
    const inner = join(root, 'a/b');
    mkdirSync(inner, { recursive: true });
    mkdirSync(join(root, 'a/.git'));
    writeFileSync(join(root, '.vpccni.yaml'), 'failOn: info\n');
    expect(await readConfiguration(fakeIo(), undefined, inner)).toEqual({ configuration: {} });
    writeFileSync(join(root, 'a/.vpccni.yaml'), 'failOn: warning\n');
    expect((await readConfiguration(fakeIo(), undefined, inner)).configuration).toEqual({ failOn: 'warning' });
    await expect(readConfiguration(fakeIo(), join(root, 'none.yaml'))).rejects.toThrow(/no such file/);
  });
});

describe('what it says', () => {
  it('holds for its clusters, up to and including its last day', () => {
    const suppressions = [
      { id: 'SUB005', reason: 'shared' },
      { id: 'LEK001', reason: 'known', cluster: 'prod-*', expires: '2026-11-26' },
    ];
    const at = (cluster: string, day: string) => {
      const { holding, expired } = suppressionsOf({ suppressions }, cluster, Date.parse(day));
      return [holding.map((s) => s.id), expired.map((s) => s.id)];
    };
    expect(at('prod-eu', '2026-11-26T20:00:00Z')).toEqual([['SUB005', 'LEK001'], []]);
    expect(at('prod-eu', '2026-11-27T00:00:01Z')).toEqual([['SUB005'], ['LEK001']]);
    expect(at('staging', '2026-11-26T20:00:00Z')).toEqual([['SUB005'], []]);
    expect(globOf('a.b*').test('aXbc')).toBe(false);
  });

  it('is taken in shares where it is written in percent', () => {
    const floors = floorsOf({ floors: { maxUtilization: 85, of: { a: { maxUtilization: 50, minFreeIps: 3 } } } }, true);
    expect(floors).toEqual({
      nextNode: 'enforce',
      maxUtilization: 0.85,
      overrides: { a: { maxUtilization: 0.5, minFreeIps: 3 } },
    });
    expect(floorsOf({}, false)).toEqual({ nextNode: 'advise' });
  });
});
