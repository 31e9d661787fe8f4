/**
 * How fast something runs out: the slope of Theil and Sen (the median of the slopes between pairs of samples), which a few
 * odd samples, gaps and steps do not bend, with the interval of Sen (1968) by Kendall's statistic. Where the samples cover
 * two periods, only samples of the same phase are paired (Hirsch, Slack and Smith 1982), so that weekends are no trend.
 */

export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface Interval {
  readonly min: number;
  readonly max: number;
}

export interface Slope {
  /** Per day, negative where the value shrinks. */
  readonly perDay: number;
  readonly interval: Interval;
  /** 0.95; null where there are too few samples for a probability, and the interval holds the slopes of all pairs. */
  readonly confidence: number | null;
  /** Days of the period whose phases were kept apart; null for none. */
  readonly period: number | null;
  /** Samples used, after those of one moment were merged and a long series was thinned. */
  readonly samples: number;
  /** Days from the first to the last. */
  readonly days: number;
}

const DAY_MS = 86_400_000;
/** Two-sided 95 %. */
const Z = 1.959963984540054;
/** Below this the normal approximation of Kendall's statistic says nothing. */
const FEWEST_FOR_CONFIDENCE = 6;
/** Slopes are made between all pairs: a series longer than this is thinned by medians first. */
const MOST_SAMPLES = 1500;
/** Periods worth keeping apart, with the widths of their phases, in days. */
const PERIODS: readonly { readonly days: number; readonly phase: number }[] = [
  { days: 7, phase: 0.25 },
  { days: 1, phase: 1 / 24 },
];

/** Undefined for fewer than three samples at different times. Values are finite; order does not matter. */
export function slopeOf(given: readonly Sample[]): Slope | undefined {
  const samples = thinned(merged(given));
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || samples.length < 3) return undefined;
  const days = (last.at - first.at) / DAY_MS;
  const seasons = seasonsOf(samples, days);
  const slopes = pairSlopes(samples, seasons);
  const { interval, confidence } = intervalOf(slopes, seasons ? seasons.groups : [samples]);
  return { perDay: median(slopes), interval, confidence, period: seasons?.days ?? null, samples: samples.length, days };
}

/** Samples of one moment become their median. */
function merged(samples: readonly Sample[]): readonly Sample[] {
  const byTime = new Map<number, number[]>();
  for (const { at, value } of samples) {
    const known = byTime.get(at);
    if (known) known.push(value);
    else byTime.set(at, [value]);
  }
  return [...byTime].map(([at, values]) => ({ at, value: median(values) })).sort((a, b) => a.at - b.at);
}

function thinned(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= MOST_SAMPLES) return samples;
  const first = samples[0]!.at;
  const width = (samples.at(-1)!.at - first + 1) / MOST_SAMPLES;
  const buckets = new Map<number, Sample[]>();
  for (const s of samples) {
    const bucket = Math.floor((s.at - first) / width);
    const known = buckets.get(bucket);
    if (known) known.push(s);
    else buckets.set(bucket, [s]);
  }
  return [...buckets.values()].map((b) => ({ at: median(b.map((s) => s.at)), value: median(b.map((s) => s.value)) }));
}

interface Seasons {
  readonly days: number;
  readonly groups: readonly (readonly Sample[])[];
}

/** The longest period that the samples cover twice, with enough pairs of one phase to speak for all samples. */
function seasonsOf(samples: readonly Sample[], days: number): Seasons | undefined {
  for (const { days: period, phase } of PERIODS) {
    if (days < 2 * period - phase) continue;
    const groups = groupsOf(samples, period, phase).filter((g) => g.length > 1);
    const covered = groups.reduce((n, g) => n + g.length, 0);
    // Spread over the phases, else there is no season to be told from the trend: weekly samples are of one phase.
    if (covered * 2 >= samples.length && groups.length > 1) return { days: period, groups };
  }
  return undefined;
}

function groupsOf(samples: readonly Sample[], period: number, phase: number): Sample[][] {
  const groups = new Map<number, Sample[]>();
  const phases = Math.round(period / phase);
  for (const s of samples) {
    const since = (s.at - samples[0]!.at) / DAY_MS + phase / 2;
    const key = Math.floor((since % period) / phase) % phases;
    const known = groups.get(key);
    if (known) known.push(s);
    else groups.set(key, [s]);
  }
  return [...groups.values()];
}

/** Ascending. Samples of one phase of one period are too near each other to tell a trend. */
function pairSlopes(samples: readonly Sample[], seasons: Seasons | undefined): Float64Array {
  const groups = seasons?.groups ?? [samples];
  const least = seasons ? (seasons.days / 2) * DAY_MS : 0;
  const slopes: number[] = [];
  for (const group of groups)
    for (let i = 0; i < group.length; i++)
      for (let j = i + 1; j < group.length; j++) {
        const a = group[i]!;
        const b = group[j]!;
        if (b.at - a.at > least) slopes.push(((b.value - a.value) / (b.at - a.at)) * DAY_MS);
      }
  return Float64Array.from(slopes).sort();
}

/** Ranks of Sen's interval; the variance of Kendall's statistic adds over phases and shrinks with ties. */
function intervalOf(
  slopes: Float64Array,
  groups: readonly (readonly Sample[])[],
): { readonly interval: Interval; readonly confidence: number | null } {
  const all = { min: slopes[0]!, max: slopes.at(-1)! };
  const samples = groups.reduce((n, g) => n + g.length, 0);
  if (samples < FEWEST_FOR_CONFIDENCE) return { interval: all, confidence: null };
  const variance = groups.reduce((sum, g) => sum + kendallVariance(g), 0);
  const reach = Z * Math.sqrt(variance);
  const low = Math.floor((slopes.length - reach) / 2);
  const high = Math.ceil((slopes.length + reach) / 2);
  if (low < 0 || high > slopes.length - 1) return { interval: all, confidence: null };
  return { interval: { min: slopes[low]!, max: slopes[high]! }, confidence: 0.95 };
}

function kendallVariance(group: readonly Sample[]): number {
  const ties = new Map<number, number>();
  for (const { value } of group) ties.set(value, (ties.get(value) ?? 0) + 1);
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  return (term(group.length) - [...ties.values()].reduce((sum, n) => sum + term(n), 0)) / 18;
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `shrinking`, `growing`: the whole interval says so. `steady`: it says neither, and the slope is nothing within it. */
export type Trend = 'shrinking' | 'steady' | 'growing' | 'unknown';

export interface Runway {
  readonly trend: Trend;
  readonly slope: Slope | null;
  /** Until nothing is left at this pace; null where it does not shrink, or where that cannot be told. */
  readonly daysLeft: number | null;
  /** `max` is null where the slowest pace of the interval never gets there. */
  readonly daysLeftRange: { readonly min: number; readonly max: number | null } | null;
}

/** How long `now` lasts: 0 days where nothing is left. A trend is told only where its whole interval has one sign. */
export function runwayOf(samples: readonly Sample[], now: number): Runway {
  const slope = slopeOf(samples);
  if (now <= 0) {
    const nothing = { daysLeft: 0, daysLeftRange: { min: 0, max: 0 } };
    return { trend: slope ? trendOf(slope) : 'unknown', slope: slope ?? null, ...nothing };
  }
  if (!slope) return { trend: 'unknown', slope: null, daysLeft: null, daysLeftRange: null };
  const { perDay, interval } = slope;
  const trend = trendOf(slope);
  if (trend !== 'shrinking') return { trend, slope, daysLeft: null, daysLeftRange: null };
  return {
    trend,
    slope,
    daysLeft: now / -perDay,
    daysLeftRange: { min: now / -interval.min, max: interval.max < 0 ? now / -interval.max : null },
  };
}

function trendOf({ perDay, interval: { min, max } }: Slope): Trend {
  if (max < 0) return 'shrinking';
  if (min > 0) return 'growing';
  if (min === 0 && max === 0) return 'steady';
  // Zero lies within: a slope that a step or two made is no trend, and a wide interval hides one.
  return perDay === 0 ? 'steady' : 'unknown';
}
