/** Pods grow by a share each month, compounding, up to a horizon. */
import type { Growth, PodGrowth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { idOf, ScenarioError, type ScenarioKind } from './scenario.ts';
import { likeMinded, type MovablePods, moreLike, movablePods, total } from './workloads.ts';

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
  const kinds = likeMinded(now);
  return {
    title: `in ${days} days: ${addressed + branch} pods become ${addressed + branch + more(addressed) + more(branch)}`,
    nodes: [],
    pods: [
      ...shared(
        kinds.filter(([p]) => !p!.branch),
        more(addressed),
      ),
      ...shared(
        kinds.filter(([p]) => p!.branch),
        more(branch),
      ),
    ],
    assumptions: ['pods of DaemonSets grow with nodes'],
  };
}

/** So many pods by each kind's share of today's; what the division leaves goes to those it cut most. */
function shared(kinds: readonly (readonly MovablePods[])[], count: number): readonly PodGrowth[] {
  const sizes = kinds.map((k) => k.reduce((n, p) => n + p.pods, 0));
  const all = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((n) => (all === 0 ? 0 : (n * count) / all));
  const whole = exact.map(Math.floor);
  const left = count - whole.reduce((a, b) => a + b, 0);
  const cut = exact.map((n, i) => ({ i, by: n - whole[i]! })).sort((a, b) => b.by - a.by || a.i - b.i);
  for (const { i } of cut.slice(0, left)) whole[i]!++;
  return kinds.flatMap((kind, i): PodGrowth[] => {
    const [first] = kind;
    if (!first || whole[i] === 0) return [];
    const one = moreLike(first, whole[i]!);
    // Pods of several workloads have no one's name.
    return [kind.length > 1 ? { ...one, like: undefined } : one];
  });
}
