/** Runs of a schedule that may overlap. */

const MINUTES = 366 * 24 * 60;
/** Thursday, the first of January 2026, as `day of week` counts. */
const FIRST_WEEKDAY = 4;
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const SHORT: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** Where nothing ends a run: it may still be there when the next one starts. */
const UNBOUNDED = 2;

/**
 * Most runs at once where each lasts up to `deadline` seconds; two where it has no end. Undefined for a schedule that is none
 * (Kubernetes: CronJob, five fields).
 */
export function overlapping(schedule: string, deadline: number | undefined): number | undefined {
  const fires = firesOf(SHORT.get(schedule.trim()) ?? schedule.replace(/^(CRON_)?TZ=\S+\s+/, ''));
  if (!fires) return undefined;
  if (deadline === undefined) return fires.length > 1 ? UNBOUNDED : 1;
  const window = Math.max(deadline / 60, 1);
  let [most, first] = [0, 0];
  for (let last = 0; last < fires.length; last++) {
    while (fires[last]! - fires[first]! >= window) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** Minutes of a year in which it fires. */
function firesOf(schedule: string): readonly number[] | undefined {
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== 5) return undefined;
  const ranges = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [0, 7],
  ] as const;
  const sets = parts.map((p, i) => {
    const [low, high] = ranges[i]!;
    return setOf(p, low, high, i === 3 ? MONTH_NAMES : i === 4 ? DAY_NAMES : []);
  });
  const [minutes, hours, days, months, weekdays] = sets;
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  const either = parts[2] !== '*' && parts[4] !== '*';
  const fires: number[] = [];
  let [month, day] = [0, 1];
  for (let start = 0; start + 1440 <= MINUTES && month < 12; start += 1440) {
    const weekday = (FIRST_WEEKDAY + start / 1440) % 7;
    const [byDay, byWeekday] = [days.has(day), weekdays.has(weekday)];
    if (months.has(month + 1) && (either ? byDay || byWeekday : byDay && byWeekday))
      for (const hour of hours) for (const minute of minutes) fires.push(start + hour * 60 + minute);
    if (++day > MONTHS[month]!) [month, day] = [month + 1, 1];
  }
  return fires.sort((a, b) => a - b);
}

const MONTH_NAMES = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function setOf(text: string, low: number, high: number, names: readonly string[]): Set<number> | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const bounds = range === '*' || range === '?' ? [low, high] : range.split('-').map((v) => numberOf(v, names, low));
    const [from, to] = [bounds[0], bounds[1] ?? (step === undefined ? bounds[0] : high)];
    if (from === undefined || to === undefined || !(from >= low && to <= high && from <= to) || Number(step) === 0)
      return undefined;
    for (let v = from; v <= to; v += Number(step ?? 1)) found.add(v);
  }
  return found;
}

function numberOf(text: string, names: readonly string[], low: number): number {
  const named = names.indexOf(text.toLowerCase());
  return named >= 0 ? named + low : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
