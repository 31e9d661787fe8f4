/** The field's clusters, taken from real servers: what a projection of today and the accounts of subnets say beside what inspect tells. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../src/calc/catalog/index.ts';
import { Run } from '../../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';
import { buildInspection } from '../../../../src/inspect/report/inspection.ts';
import { buildPlan } from '../../../../src/inspect/report/plan/build.ts';
import { buildSubnets } from '../../../../src/inspect/report/subnets/build.ts';
import { parseSnapshot } from '../../../../src/inspect/snapshot.ts';
import { FIELD } from '../../../rig/scenarios/field/index.ts';

const catalog = await loadCatalog();
const TOOL = { name: 'vpccni', version: '0.0.0' };

/** Errors by which nodes or pods find no address now, or no subnet to take one from. */
const NO_ROOM = new Set(['SUB001', 'PFX001', 'SUB007', 'CUS001', 'CUS002', 'PLT004']);

describe.each(FIELD.map((s) => s.name))('%s', (name) => {
  const file = new URL(`../../../fixtures/scenarios/${name}.json.gz`, import.meta.url);
  const snapshot = parseSnapshot(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')));
  const run = new Run(snapshot, catalog);
  const [today] = buildPlan(run, { scenarios: [parseScenario('today')], pairs: [] }, DEFAULT_POLICY, TOOL).scenarios;
  const ec2 = new Map('data' in snapshot.subnets ? snapshot.subnets.data.map((s) => [s.subnetId, s.availableIps]) : []);

  it('does not pass today where inspect tells that there is no room', () => {
    const told = buildInspection(run, DEFAULT_POLICY, TOOL).findings.filter((f) => f.severity === 'error');
    const noRoom = told.filter((f) => NO_ROOM.has(f.code)).map((f) => f.id);
    if (noRoom.length > 0) expect([today!.verdict, noRoom]).not.toEqual(['pass', noRoom]);
  });

  it('starts from what EC2 counts as free', () => {
    for (const { subnetId, addresses } of today!.subnets) {
      expect([subnetId, addresses.before]).toEqual([subnetId, ec2.get(subnetId)]);
      expect(addresses.after).toBe(addresses.before - Number(addresses.need));
    }
  });

  it('accounts for every address of a subnet, the free ones as EC2 counts them', () => {
    const { items } = buildSubnets(run, { subnetIds: [], wholeVpc: true }, DEFAULT_POLICY, TOOL);
    expect(items).toHaveLength(ec2.size);
    for (const { subnetId, addresses: a, owners } of items) {
      expect([subnetId, a?.free]).toEqual([subnetId, ec2.get(subnetId)]);
      if (a) expect(a.reserved + a.seen! + a.reservedUnallocated! + a.free + a.invisible!).toBe(a.total);
      expect(owners?.reduce((n, o) => n + o.addresses + 16 * o.prefixes, 0)).toBe(a?.seen);
    }
  });
});

describe('where aws-node has nothing to say', () => {
  const reasons = (name: string) => {
    const file = new URL(`../../../fixtures/scenarios/${name}.json.gz`, import.meta.url);
    const run = new Run(parseSnapshot(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'))), catalog);
    const [today] = buildPlan(run, { scenarios: [parseScenario('today')], pairs: [] }, DEFAULT_POLICY, TOOL).scenarios;
    return [today!.verdict, today!.incomplete.map((i) => i.reason).join('; '), today!.nodesUntilExhaustion];
  };

  it.each([
    ['cilium-parked', 'aws-node serves no node here: another CNI gives pods their addresses, by rules of its own'],
    ['auto-mode', 'aws-node serves no node here: EKS Auto Mode gives pods their addresses, by rules of its own'],
  ])('%s: nothing is promised', (name, why) => {
    expect(reasons(name)).toEqual(['incomplete', why, null]);
  });
});
