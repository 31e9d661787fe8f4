/** Pod subnets of a pair that is not in force: from 100.64.0.0/10 first, beside what the VPC has, and never under the pair in force. */
import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { parseScenario } from '../../../../src/inspect/projection/scenarios/index.ts';
import { buildPlan } from '../../../../src/inspect/report/plan/build.ts';
import { runOf } from '../../../support/snapshot-builder.ts';
import { World } from '../../checks/world.ts';

const CUSTOM = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };

async function planned(ranges: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const of = new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-b', '10.0.1.0/24', 'eu-west-1b')
    .node('n-a', { home: 'subnet-a', primary: 9, further: [9], running: 5 })
    .node('n-b', { home: 'subnet-b', primary: 9, further: [9], running: 5 })
    .snapshot({
      env,
      vpc: { vpcId: 'vpc-1', cidrs: ranges.map((cidr) => ({ cidr, state: 'associated' })), ipv6Cidrs: [] },
    });
  const ask = { scenarios: [parseScenario('nodes=+2')], pairs: [{ pattern: 'custom', mode: 'secondary' }] as const };
  return buildPlan(await runOf(of), ask, DEFAULT_POLICY, { name: 'vpccni', version: '1' }).scenarios[0]!;
}

it('are one a zone, and hold what pods take: 20 addresses a node', async () => {
  const plan = await planned(['10.0.0.0/16']);
  const assumed = plan.subnets.filter((s) => s.hypothetical);
  expect(assumed.map((s) => [s.availabilityZone, s.cidr, s.addresses.need])).toEqual([
    ['eu-west-1a', '100.64.0.0/18', 40],
    ['eu-west-1b', '100.64.64.0/18', 40],
  ]);
  expect(plan.verdict).toBe('pass');
  expect(plan.assumptions.join()).toContain('100.64.0.0/18 in eu-west-1a');
});

it('are beside what the VPC has', async () => {
  const plan = await planned(['10.0.0.0/16', '100.64.0.0/15']);
  expect(plan.subnets.find((s) => s.hypothetical)?.cidr).toBe('100.66.0.0/18');
});

it('are none under the pair in force', async () => {
  const plan = await planned(['10.0.0.0/16'], CUSTOM);
  expect(plan.subnets.some((s) => s.hypothetical)).toBe(false);
  expect(plan.verdict).toBe('incomplete');
});
