/** The page on wrong upstream figures, run through the model; and the upstream tables themselves, as far as they are right. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { ipsHeldByNode, nodeLimits, type Prediction, parseSettings } from '../../src/calc/ipamd/index.ts';

const catalog = await loadCatalog();
const page = readFileSync('docs/upstream-corrections.md', 'utf8');

interface Row {
  readonly document: string;
  readonly type: string;
  readonly env: Readonly<Record<string, string>>;
  readonly pods: number;
  readonly figure: keyof Prediction;
  readonly upstream: number;
  readonly daemon: number;
}

const rows: readonly Row[] = page
  .slice(page.indexOf('## Figures'), page.indexOf('Why:'))
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (Document|---)|^\|---/.test(line))
  .map((line) => {
    const [document, type, settings, pods, figure, upstream, daemon] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    const pairs = [...settings!.matchAll(/`([^`=]+)=([^`]+)`/g)].map(([, name, value]) => [name!, value!] as const);
    return {
      document: document!,
      type: type!,
      env: Object.fromEntries(pairs),
      pods: Number(pods),
      figure: figure as keyof Prediction,
      upstream: Number(upstream),
      daemon: Number(daemon),
    };
  });

function held(type: string, env: Readonly<Record<string, string>>, pods: number): Prediction {
  const settings = parseSettings(env, { defaults: 'manifest' });
  return ipsHeldByNode(settings, nodeLimits(catalog.get(type)!), { pods, maxPods: 110 });
}

describe('figures upstream has wrong', () => {
  it('are the six of the page', () => {
    expect(rows).toHaveLength(6);
  });

  it.each(rows)('$document: $figure of $type at $pods pods', ({ type, env, pods, figure, upstream, daemon }) => {
    const told = held(type, env, pods);
    expect(told.exact).toBe(true);
    expect(told[figure]).toBe(daemon);
    expect(told[figure]).not.toBe(upstream);
  });

  it('are right for the README from the first pod on', () => {
    const m4 = (pods: number) => held('m4.4xlarge', {}, pods).podIPsHeld;
    expect([1, 29, 30, 58].map(m4)).toEqual([58, 58, 87, 87]);
  });

  it('bring only what is short on a further ENI under WARM_IP_TARGET', () => {
    // Ten slots on the first ENI and one address short: the second ENI of an m5.large comes with one, not with nine.
    expect(held('m5.large', { WARM_IP_TARGET: '1' }, 9).perENI).toEqual([9, 1]);
  });
});

/** docs/eni-and-ip-target.md: type, WARM_ENI, WARM_IP, MINIMUM_IP, pods, ENIs, secondary addresses, unused ones. */
const ENI_TABLE = [
  ['t3.small', 1, 0, 0, 0, 1, 3, 3],
  ['t3.small', 1, 0, 0, 5, 3, 9, 4],
  ['t3.small', 1, 0, 0, 9, 3, 9, 0],
  ['t3.small', 1, 1, 1, 0, 1, 1, 1],
  ['t3.small', 1, 1, 1, 5, 2, 6, 1],
  ['t3.small', 1, 1, 1, 9, 3, 9, 0],
  ['t3.small', 1, 2, 5, 0, 2, 5, 5],
  ['t3.small', 1, 2, 5, 5, 3, 7, 2],
  ['t3.small', 1, 2, 5, 9, 3, 9, 0],
  ['p3dn.24xlarge', 1, 0, 0, 0, 1, 49, 49],
  ['p3dn.24xlarge', 1, 0, 0, 3, 2, 98, 95],
  ['p3dn.24xlarge', 1, 0, 0, 95, 3, 147, 52],
  ['p3dn.24xlarge', 1, 5, 10, 0, 1, 10, 10],
  ['p3dn.24xlarge', 1, 5, 10, 7, 1, 12, 5],
  ['p3dn.24xlarge', 1, 5, 10, 15, 1, 20, 5],
  ['p3dn.24xlarge', 1, 5, 10, 45, 2, 50, 5],
] as const;

/** docs/prefix-and-ip-target.md: type, WARM_PREFIX, WARM_IP, MINIMUM_IP, pods, ENIs, prefixes, unused addresses. */
const PREFIX_TABLE = [
  ['t3.small', 1, 0, 0, 0, 1, 1, 16],
  ['t3.small', 1, 0, 0, 5, 1, 2, 27],
  ['t3.small', 1, 0, 0, 16, 1, 2, 16],
  ['t3.small', 1, 0, 0, 17, 1, 3, 31],
  ['t3.small', 1, 0, 0, 58, 2, 5, 22],
  ['t3.small', 1, 1, 1, 0, 1, 1, 16],
  ['t3.small', 1, 1, 1, 5, 1, 1, 11],
  ['t3.small', 1, 1, 1, 17, 1, 2, 15],
  ['t3.small', 1, 1, 1, 58, 2, 4, 6],
  ['t3.small', 1, 7, 20, 0, 1, 1, 16],
  ['t3.small', 1, 7, 20, 5, 1, 2, 27],
  ['t3.small', 1, 7, 20, 17, 1, 2, 15],
  ['t3.small', 1, 7, 20, 58, 2, 5, 22],
  ['p3dn.24xlarge', 1, 0, 0, 0, 1, 1, 16],
  ['p3dn.24xlarge', 1, 0, 0, 3, 2, 2, 29],
  ['p3dn.24xlarge', 1, 0, 0, 95, 3, 7, 17],
  ['p3dn.24xlarge', 1, 5, 10, 0, 1, 1, 16],
  ['p3dn.24xlarge', 1, 5, 10, 7, 1, 1, 9],
  ['p3dn.24xlarge', 1, 5, 10, 15, 1, 2, 17],
  ['p3dn.24xlarge', 1, 5, 10, 45, 2, 4, 19],
] as const;

describe('the tables of upstream', () => {
  const targets = (ip: number, minimum: number) => ({ WARM_IP_TARGET: `${ip}`, MINIMUM_IP_TARGET: `${minimum}` });

  it('agree in all sixteen rows about single addresses', () => {
    for (const [type, eni, ip, minimum, pods, enis, secondaryIPs, unused] of ENI_TABLE) {
      const told = held(type, { WARM_ENI_TARGET: `${eni}`, ...targets(ip, minimum) }, pods);
      expect(told, `${type} ${pods}`).toMatchObject({ enis, secondaryIPs, podIPsFree: unused });
    }
  });

  it('agree in sixteen of twenty rows about prefixes; the page has the other four', () => {
    const wrong = PREFIX_TABLE.flatMap(([type, prefix, ip, minimum, pods, enis, prefixes, unused], at) => {
      const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: `${prefix}`, ...targets(ip, minimum) };
      const told = held(type, env, pods);
      return told.enis === enis && told.prefixes === prefixes && told.podIPsFree === unused ? [] : [at + 1];
    });
    expect(wrong).toEqual([10, 15, 16, 20]);
    for (const row of wrong) expect(page).toContain(`prefix-and-ip-target.md\`, row ${row} `);
  });
});
