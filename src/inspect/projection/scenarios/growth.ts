/** Pods grow by a share each month, compounding, up to a horizon. */
import type { Growth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { idOf, ScenarioError, type ScenarioKind } from './scenario.ts';
import { movablePods, total } from './workloads.ts';

const DAYS: Readonly<Record<string, number>> = {
  day: 1,
  d: 1,
  wk: 7,
  week: 7,
  mo: 30.4375,
  month: 30.4375,
  yr: 365.25,
  year: 365.25,
};
const FORM = 'growth=PERCENT%/mo';
const HALF_A_YEAR = 183;
const TEN_YEARS = 3653;

export const growth: ScenarioKind = {
  name: 'growth',
  form: FORM,
  summary: 'pods grow by PERCENT a month, compounding, up to --horizon (6mo)',
  options: ['horizonDays'],
  parse: (argument, options) => {
    const [, percent, per] = /^\+?(\d+(?:\.\d+)?)%\/([a-z]+)$/.exec(argument ?? '') ?? [];
    const period = DAYS[per ?? ''];
    if (percent === undefined || period === undefined)
      throw new ScenarioError(`${FORM}: "${argument ?? ''}" is no rate like 10%/mo, 2%/wk or 50%/yr`);
    const rate = Number(percent) / 100;
    if (rate <= 0 || rate > 10) throw new ScenarioError(`${FORM}: a rate above 0 % and up to 1000 %, not ${percent} %`);
    const horizonDays = Math.min(options.horizonDays ?? HALF_A_YEAR, TEN_YEARS);
    const at = (world: ProjectionWorld, days: number) => grown(world, (1 + rate) ** (days / period) - 1, days);
    return {
      id: idOf(`growth=${percent}%/${per}`, options),
      growths: (world) => [at(world, horizonDays)],
      at,
      horizonDays,
    };
  },
};

/** No cluster runs more; a rate that leads past it has said enough. */
const MOST_PODS = 1_000_000;

function grown(world: ProjectionWorld, share: number, days: number): Growth {
  const now = movablePods(world);
  const [addressed, branch] = [total(now, false), total(now, true)];
  const more = (n: number) => Math.min(Math.round(n * share), MOST_PODS);
  return {
    title: `in ${days} days: ${addressed + branch} pods become ${addressed + branch + more(addressed) + more(branch)}`,
    nodes: [],
    pods: [
      ...(more(addressed) > 0 ? [{ count: more(addressed) }] : []),
      ...(more(branch) > 0 ? [{ count: more(branch), branch: true }] : []),
    ],
    assumptions: ['pods of DaemonSets grow with nodes'],
  };
}
