import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { CASE_KINDS } from '../../../src/calc/ipamd/batch/case.ts';
import { overOf, type PoolStats, poolPolicy, shortOf, tooLow } from '../../../src/calc/ipamd/decisions.ts';
import { growthStep } from '../../../src/calc/ipamd/growth.ts';
import {
  configValidity,
  isSubnetEligible,
  parseSettings,
  runCase,
  usesIpTargets,
} from '../../../src/calc/ipamd/index.ts';
import { deletableEni } from './deletable-eni.ts';

/**
 * Outputs of the released ipamd v1.23.1 (`ipamd-real.json`) and cases derived from its code, unit tests and documentation
 * (`steady-state.json`). What is compared, and how, follows the meaning of `exact` in those files.
 */
interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly config?: Record<string, string>;
  readonly exact?: boolean;
  readonly source?: string;
  readonly expect: Record<string, unknown>;
  readonly state?: Record<string, unknown>;
}

const catalog = await loadCatalog();
const read = (name: string): Vector[] =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'));
const specified = read('steady-state');
const real = read('ipamd-real');
const ofKind = (kind: string): Vector[] => specified.filter((vector) => vector.kind === kind);
const settingsOf = (vector: Vector) => parseSettings({ ENABLE_IPv4: 'true', ...vector.config }, { defaults: 'binary' });

describe('batch cases', () => {
  const cases = [...specified, ...real].filter((vector) => CASE_KINDS.some((kind) => kind === vector.kind));

  it('are all there', () => {
    expect(cases.length).toBe(128 + 600);
  });

  it.each(CASE_KINDS)('%s', (kind) => {
    const wrong = cases.filter((vector) => vector.kind === kind).flatMap(failuresOf);
    expect(wrong).toEqual([]);
  });
});

describe('single decisions', () => {
  it.each(ofKind('decision'))('$id', ({ config, state, expect: wanted }) => {
    const settings = parseSettings(config ?? {}, { defaults: 'binary' });
    const given = state as Partial<PoolStats> & { maxIPsPerENI?: number; maxPods?: number };
    const stats = { totalIPs: 0, assignedIPs: 0, totalPrefixes: 0, freePrefixes: 0, ...given };
    const perSlot = settings.prefixDelegation ? 16 : 1;
    const policy = poolPolicy(settings, {
      prefixes: settings.prefixDelegation,
      slotsPerENI: (given.maxIPsPerENI ?? 0) / perSlot,
      maxPods: given.maxPods ?? 500,
    });
    if (wanted.tooLow !== undefined) expect(tooLow(policy, stats)).toBe(wanted.tooLow);
    if (wanted.short === undefined) return;
    const over = usesIpTargets(settings) ? overOf(policy, stats) : 0;
    expect({ targetsDefined: usesIpTargets(settings), short: shortOf(policy, stats), over }).toEqual(wanted);
  });

  it.each(ofKind('deletable-eni'))('$id', (vector) => {
    const settings = settingsOf(vector);
    const policy = poolPolicy(settings, { prefixes: settings.prefixDelegation, slotsPerENI: 9, maxPods: 110 });
    type Given = { id: string; primary?: boolean; trunk?: boolean; efa?: boolean; ips: number; pods: number };
    const given = vector.state as { enis: Given[] };
    const enis = given.enis.map(({ id, primary, trunk, efa, ips, pods }) => ({
      id,
      primary: primary === true,
      trunk: trunk === true,
      efa: efa === true,
      excluded: false,
      ips,
      pods,
      freeCidrs: ips - pods,
      old: true,
      cooling: false,
    }));
    expect(deletableEni(policy, enis)?.id ?? null).toBe(vector.expect.deletable);
  });

  it.each(ofKind('request'))('$id', (vector) => {
    expect(requestsOf(vector)).toEqual(vector.expect);
  });

  it.each(ofKind('config-valid'))('$id', (vector) => {
    const nitroOrBareMetal = vector.state?.nitroOrBareMetal === true;
    expect(configValidity(settingsOf(vector), { nitroOrBareMetal }).valid).toBe(vector.expect.valid);
  });

  it.each(ofKind('subnet-eligible'))('$id', (vector) => {
    const state = vector.state as { tags: Record<string, string>; isNodeSubnet: boolean };
    expect(isSubnetEligible(state, vector.config?.CLUSTER_NAME ?? '')).toBe(vector.expect.eligible);
  });
});

/** One growth step against an EC2 that only answers, as the ordered calls it makes. */
function requestsOf(vector: Vector): unknown[] {
  const settings = settingsOf(vector);
  const state = vector.state as {
    enis: { slotsUsed: number }[];
    totalIPs: number;
    assignedIPs: number;
    slotsPerENI: number;
    eniLimit?: number;
    nodeSubnetExhausted?: boolean;
  };
  const policy = poolPolicy(settings, {
    prefixes: settings.prefixDelegation,
    slotsPerENI: state.slotsPerENI,
    maxPods: 110,
  });
  const made: unknown[] = [];
  const field = settings.prefixDelegation ? 'ipv4PrefixCount' : 'secondaryPrivateIpAddressCount';
  const shortage = settings.prefixDelegation ? 'InsufficientCidrBlocks' : 'InsufficientFreeAddressesInSubnet';
  growthStep(
    {
      policy,
      stats: { totalIPs: state.totalIPs, assignedIPs: state.assignedIPs, totalPrefixes: 0, freePrefixes: 0 },
      candidates: state.enis.map(({ slotsUsed }) => ({ usedSlots: slotsUsed })),
      subnetDiscovery: settings.subnetDiscovery,
      hasRoom: () => state.enis.length < (state.eniLimit ?? state.enis.length + 1),
    },
    {
      assign: (_eni, count) => {
        const failed = state.nodeSubnetExhausted === true;
        made.push({ call: 'AssignPrivateIpAddresses', count, ...(failed ? { result: shortage } : {}) });
        return failed ? shortage : 'ok';
      },
      create: (count) => {
        made.push({ call: 'CreateNetworkInterface', [field]: count });
        return 'ok';
      },
    },
  );
  return made;
}

function failuresOf(vector: Vector): string[] {
  const { expect: wanted, source: _source, ...question } = vector as Vector & { expect: { steps?: { at: string }[] } };
  const script = wanted.steps?.map((step) => step.at);
  const answer = runCase(script === undefined ? question : { ...question, script }, catalog.get);
  const failures: string[] = [];
  if (vector.exact === false && answer.exact) failures.push(`${vector.id}: claims to be exact`);
  const observed = vector.exact === false && vector.source?.startsWith('real') === true;
  for (const [field, want] of Object.entries(wanted)) {
    const got = answer[field];
    const agrees = observed
      ? covers(got, want)
      : matches(got, want) && (!isRange(want) || want.min === want.max || isRange(got));
    if (!agrees) failures.push(`${vector.id} ${field}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
  return failures;
}

/** A wanted object is compared on its own keys; a wanted range holds a number or a narrower range. */
function matches(got: unknown, want: unknown): boolean {
  if (isRange(want)) return isRange(got) ? got.min >= want.min && got.max <= want.max : inside(got, want);
  if (Array.isArray(want))
    return Array.isArray(got) && got.length === want.length && want.every((each, at) => matches(got[at], each));
  if (typeof want === 'object' && want !== null)
    return Object.entries(want).every(([key, each]) => matches(member(got, key), each));
  return got === want;
}

/** What a limited number of runs showed must lie inside the answer, and the answer must still say something. */
function covers(got: unknown, seen: unknown): boolean {
  if (Array.isArray(seen)) return matches(got, seen);
  if (typeof seen === 'object' && seen !== null && !isRange(seen))
    return Object.entries(seen).every(([key, each]) => covers(member(got, key), each));
  const observed = isRange(seen) ? seen : { min: Number(seen), max: Number(seen) };
  const told = isRange(got) ? got : { min: Number(got), max: Number(got) };
  return (
    told.min <= observed.min &&
    told.max >= observed.max &&
    told.max - told.min <= 3 * (observed.max - observed.min) + 32
  );
}

function isRange(value: unknown): value is { min: number; max: number } {
  return typeof value === 'object' && value !== null && 'min' in value && 'max' in value;
}

function inside(value: unknown, range: { min: number; max: number }): boolean {
  return typeof value === 'number' && value >= range.min && value <= range.max;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
