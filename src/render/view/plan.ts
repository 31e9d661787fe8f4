/** The screen of `plan` and `gate`: a block a scenario, what breaks and what helps, and the verdict last. */
import type { Gate, Plan, ScenarioResult } from '../../inspect/contract/plan.ts';
import { count, moment, shortZone, things } from '../../inspect/contract/words.ts';
import { type Block, joined, type Span, span } from '../blocks.ts';
import type { ViewOptions } from '../format/define-format.ts';
import { changeBlocks } from './plan/change.ts';
import { courseBlocks } from './plan/course.ts';
import { remedyBlocks, type Seen } from './plan/remedies.ts';
import { runbookBlocks } from './plan/runbook.ts';
import { subnetTable } from './plan/subnets.ts';
import { VERDICTS } from './plan/verdicts.ts';

export function planView(plan: Plan | Gate, { wide, document = false }: ViewOptions): Block[] {
  const seen: Seen = { setup: plan.setup, commands: new Set() };
  return [
    headLine(plan),
    ...changeBlocks(plan.change, wide),
    ...plan.scenarios.flatMap((s) => scenarioBlocks(s, wide, seen)),
    ...plan.runbooks.flatMap((r) => runbookBlocks(r, plan.setup, wide || document)),
    ...answer(plan),
  ];
}

function headLine({ cluster, generatedAt }: Plan | Gate): Block {
  const parts: (string | Span)[] = [
    span(cluster.name, 'strong'),
    ...(cluster.region === null ? [] : [cluster.region]),
    ...(cluster.nodes === null ? [] : [things(cluster.nodes, 'node')]),
    ...(cluster.pattern && cluster.mode ? [`${cluster.pattern}, ${cluster.mode}`] : []),
    `as of ${moment(generatedAt)}`,
  ];
  return { kind: 'line', text: joined(parts), hang: 2 };
}

function scenarioBlocks(scenario: ScenarioResult, wide: boolean, seen: Seen): Block[] {
  const { mark, tone } = VERDICTS[scenario.verdict];
  const pair = scenario.current ? '' : ` under ${scenario.pattern}, ${scenario.mode}`;
  return [
    {
      kind: 'heading',
      text: scenario.id.toUpperCase() === scenario.name.toUpperCase() ? scenario.id.toUpperCase() : scenario.id,
      note: [`${scenario.title}${pair}   `, span(`${mark} ${scenario.verdict}`, tone)],
    },
    ...subnetTable(scenario, wide),
    ...(scenario.firstToBreak ? [note(`first to break: ${scenario.firstToBreak.statement}`)] : []),
    ...scenario.zones.filter((z) => z.starves).map((z) => note(`${z.zone} starves while other zones have room`)),
    ...scenario.pending.map((p) => note(`stays Pending: ${things(p.pods, 'pod')} of ${p.owner}: ${p.reason}`)),
    ...roomLine(scenario),
    ...scenario.incomplete.map(({ reason, permission }) =>
      note([span('? ', 'warning'), `not known: ${reason}${permission === undefined ? '' : ` (needs ${permission})`}`]),
    ),
    ...courseBlocks(scenario),
    ...remedyBlocks(scenario, wide, seen),
    ...(wide ? scenario.assumptions.map((a) => note(span(`assumed: ${a}`, 'muted'))) : []),
  ];
}

function note(text: string | Span | readonly (string | Span)[]): Block {
  return { kind: 'line', indent: 2, hang: 2, text };
}

function roomLine({ nodesUntilExhaustion, podsUntilExhaustion, density, runwayDays }: ScenarioResult): Block[] {
  const parts = [
    ...(nodesUntilExhaustion === null ? [] : [`${both(nodesUntilExhaustion)} more such nodes fit beyond today's`]),
    ...(podsUntilExhaustion === null ? [] : [`${both(podsUntilExhaustion)} more pods`]),
    ...(density === null ? [] : [`${density.pods} pods a node (${density.source})`]),
    ...(runwayDays === null ? [] : [`${both(runwayDays)} days until a subnet is short`]),
  ];
  return parts.length === 0 ? [] : [note(span(parts.join(' · '), 'muted'))];
}

/** The id stands in the table of the scenario. */
const SUBNET_AND_ZONE = /^subnet-\S+ \(([a-z0-9-]+)\) /;
const zoneOnly = (_: string, zone: string) => `${shortZone(zone)} `;

/** How it stands, per scenario one line. */
function answer(plan: Plan | Gate): Block[] {
  const rows = plan.scenarios.map((s) => {
    const { mark, tone } = VERDICTS[s.verdict];
    const pair = s.current ? '' : `${s.pattern}, ${s.mode}`;
    const why = (s.firstToBreak?.statement ?? firstReason(s) ?? 'fits').replace(SUBNET_AND_ZONE, zoneOnly);
    return [span(`${mark} ${s.verdict}`, tone), s.id, pair, why];
  });
  return [
    { kind: 'blank' },
    {
      kind: 'table',
      columns: [
        { title: 'VERDICT' },
        { title: 'SCENARIO', flexible: true },
        { title: '', drop: 1 },
        { title: 'WHY', flexible: true },
      ],
      rows,
    },
    ...('verdict' in plan ? gateLine(plan) : []),
  ];
}

function gateLine({ verdict, exitCode, reasons, suppressed }: Gate): Block[] {
  const { mark, tone } = VERDICTS[verdict];
  const [first] = reasons;
  const rest = reasons.length > 1 ? ` and ${things(reasons.length - 1, 'more reason')}` : '';
  const hidden = suppressed > 0 ? ` · ${things(suppressed, 'finding')} suppressed or known before` : '';
  return [
    {
      kind: 'line',
      hang: 2,
      text: [
        span(`${mark} gate: ${verdict}`, tone),
        ` · exit ${exitCode} · ${first ?? 'every scenario fits and every floor holds'}${rest}${hidden}`,
      ],
    },
  ];
}

function firstReason(scenario: ScenarioResult): string | undefined {
  const order = ['fail', 'incomplete', 'at-risk'] as const;
  for (const verdict of order) {
    const subnet = scenario.subnets.find((s) => s.verdict === verdict);
    if (subnet) return `${subnet.subnetId} ${subnet.reasons[0] ?? ''}`;
  }
  return (
    scenario.incomplete[0]?.reason ??
    (scenario.pending[0] ? `pods of ${scenario.pending[0].owner} stay Pending` : undefined)
  );
}

function both(n: number | { readonly min: number; readonly max: number }): string {
  return typeof n === 'number' ? count(n) : `${count(n.min)}–${count(n.max)}`;
}
