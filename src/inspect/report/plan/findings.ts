/** What fails or is at risk as findings, so that suppressions, baselines and formats have one mechanism. */
import { longCode } from '../../checks/define-check.ts';
import type { Finding, Severity } from '../../contract/finding.ts';
import type { ScenarioResult, SubnetProjection } from '../../contract/plan.ts';
import type { Bounded } from '../../contract/report.ts';
import { count, things } from '../../contract/words.ts';
import { type Run, section } from '../../facts/define-fact.ts';

/** Codes of projections; PFX002 is a check of today's state too. */
const TITLES = {
  SUB002: 'Projected: a subnet runs out of addresses, or under its floor',
  PFX002: 'Projected: a subnet runs out of free /28 blocks, or under its floor',
} as const;

export const PROJECTION_CODES: readonly string[] = Object.keys(TITLES);

export function projectionFindings(run: Run, scenarios: readonly ScenarioResult[]): Finding[] {
  const caveats = run.valueOf(section('networkInterfaces')) ? [] : ['the network interfaces were not read'];
  return scenarios.flatMap((scenario) => {
    const bad = scenario.subnets.filter((s) => s.verdict === 'fail' || s.verdict === 'at-risk');
    const found = bad.map((subnet) => ofSubnet(scenario, subnet, caveats));
    const failing = found.some((f) => f.severity === 'error');
    if (scenario.verdict === 'fail' && !failing) return [...found, ofScenario(run, scenario, 'error', caveats)];
    // no subnet is to blame: pods find no place
    return scenario.verdict === 'at-risk' && found.length === 0
      ? [ofScenario(run, scenario, 'warning', caveats)]
      : found;
  });
}

function ofSubnet(scenario: ScenarioResult, subnet: SubnetProjection, caveats: readonly string[]): Finding {
  const code = isAboutBlocks(subnet) ? 'PFX002' : 'SUB002';
  const { subnetId, availabilityZone, name, addresses, blocks } = subnet;
  const after = blocks && code === 'PFX002' ? blocks.after : addresses.after;
  // how much is short is among the reasons
  const left = least(after) < 0 ? '' : `; ${both(after)} ${after === addresses.after ? 'addresses' : 'free /28'} left`;
  return {
    ...head(code, scenario, subnetId, scenario.verdict === 'fail' && subnet.verdict === 'fail' ? 'error' : 'warning'),
    message: `${scenario.title}: ${subnetId} (${availabilityZone}) ${subnet.reasons.join('; ')}${left}${atNode(subnet)}`,
    grain: 'subnet',
    resources: [{ kind: 'subnet', id: subnetId, ...(name === null ? {} : { name }) }],
    resourcesTotal: 1,
    scope: { subnets: [subnetId], zones: [availabilityZone] },
    evidence: { scenario: scenario.id, pattern: scenario.pattern, mode: scenario.mode, addresses, blocks },
    fixes: scenario.remedies.map((r) => r.fix),
    caveats,
  };
}

/** It fails as a whole: by its runway, or by pods that find no place. */
function ofScenario(run: Run, scenario: ScenarioResult, severity: Severity, caveats: readonly string[]): Finding {
  const cluster = run.valueOf(section('cluster'))?.name ?? 'cluster';
  const why = [
    ...(scenario.runwayDays === null ? [] : [`${both(scenario.runwayDays)} days until a subnet is short`]),
    ...scenario.pending.map((p) => `${things(p.pods, 'pod')} of ${p.owner} stay Pending: ${p.reason}`),
  ];
  return {
    ...head('SUB002', scenario, cluster, severity),
    message: [scenario.title, why.join('; ')].filter((part) => part !== '').join(': '),
    grain: 'cluster',
    resources: [{ kind: 'cluster', id: cluster }],
    resourcesTotal: 1,
    scope: {},
    evidence: { scenario: scenario.id, runwayDays: scenario.runwayDays, pending: scenario.pending },
    fixes: scenario.remedies.map((r) => r.fix),
    caveats,
  };
}

function head(code: keyof typeof TITLES, scenario: ScenarioResult, key: string, severity: Severity) {
  const pair = scenario.current ? '' : `@${scenario.pattern}+${scenario.mode}`;
  return {
    id: `${code}/${scenario.name}:${key}${pair}${scenario.id === scenario.name ? '' : `@${scenario.id}`}`,
    code,
    longCode: longCode(code),
    subReason: scenario.name,
    severity,
    confidence: 'derived',
    title: TITLES[code],
    explains: [],
  } as const;
}

/** The addresses are the graver shortage where both are short. */
function isAboutBlocks({ addresses, blocks }: SubnetProjection): boolean {
  if (!blocks) return false;
  const under = (stock: { readonly after: Bounded; readonly floor: number | null }) =>
    least(stock.after) < 0 || (stock.floor !== null && least(stock.after) < stock.floor);
  return least(addresses.after) >= 0 && (under(blocks) || !under(addresses));
}

function atNode({ exhaustedAt }: SubnetProjection): string {
  const node = exhaustedAt?.node;
  return node === undefined ? '' : `, first refused at added node ${both(node)}`;
}

export function least(n: Bounded): number {
  return typeof n === 'number' ? n : n.min;
}

function both(n: Bounded): string {
  return typeof n === 'number' ? count(n) : `${count(n.min)} to ${count(n.max)}`;
}
