import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runwayOf, type Sample, slopeOf } from '../../src/calc/runway.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-10-01T00:00:00Z');

function series(hours: readonly number[], value: (day: number) => number): Sample[] {
  return hours.map((h) => ({ at: START + h * 3_600_000, value: value(h / 24) }));
}
const every = (hours: number, days: number) =>
  Array.from({ length: Math.floor((days * 24) / hours) + 1 }, (_, i) => i * hours);

/** The median of all pairwise slopes, written down as the definition says. */
function plain(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((a) =>
    samples.filter((b) => b.at > a.at).map((b) => ((b.value - a.value) * DAY) / (b.at - a.at)),
  );
  slopes.sort((a, b) => a - b);
  const m = slopes.length / 2;
  return Number.isInteger(m) ? (slopes[m - 1]! + slopes[m]!) / 2 : slopes[Math.floor(m)]!;
}

describe('the slope', () => {
  it.each([
    ['daily samples of a week', every(24, 7)],
    ['hourly samples of a month', every(1, 30)],
    ['three samples', [0, 30, 200]],
    ['a series with gaps', [...every(6, 3), ...every(6, 4).map((h) => h + 24 * 11)]],
  ])('of a line is that of the line: %s', (_, hours) => {
    const slope = slopeOf(series(hours, (d) => 1000 - 12.5 * d))!;
    expect(slope.perDay).toBeCloseTo(-12.5, 9);
    expect(slope.interval.min).toBeCloseTo(-12.5, 9);
    expect(slope.interval.max).toBeCloseTo(-12.5, 9);
  });

  it('is the median of all pairs for short series', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 500 })), {
          minLength: 3,
          maxLength: 12,
        }),
        (points) => {
          const once = [...new Map(points).entries()];
          const samples = series(
            once.map(([h]) => h),
            (d) => once.find(([h]) => h / 24 === d)![1],
          );
          const slope = slopeOf(samples);
          if (samples.length < 3) expect(slope).toBeUndefined();
          else if (slope!.period === null) expect(slope!.perDay).toBeCloseTo(plain(samples), 9);
        },
      ),
    );
  });

  it('follows steps: 60 addresses gone every fifth day', () => {
    const slope = slopeOf(series(every(12, 60), (d) => 2000 - 60 * Math.floor(d / 5)))!;
    expect(slope.perDay).toBeGreaterThan(-13);
    expect(slope.perDay).toBeLessThan(-11);
    expect(slope.interval.max).toBeLessThan(0);
  });

  it('is not taken in by weekends, whatever day the series starts and ends', () => {
    const weekday = [0, 5, 8, 10, 40, 300, 320];
    for (let from = 0; from < 7; from++) {
      const slope = slopeOf(
        series(
          every(6, 24).map((h) => h + from * 24),
          (d) => 4000 - 3 * d + weekday[Math.floor(d) % 7]!,
        ),
      )!;
      expect(slope.period).toBe(7);
      expect(slope.perDay).toBeCloseTo(-3, 9);
    }
  });

  it('is not taken in by nights', () => {
    const slope = slopeOf(series(every(1, 4), (d) => 900 - 10 * d + ((d * 24) % 24 < 7 ? 200 : 0)))!;
    expect(slope.period).toBe(1);
    expect(slope.perDay).toBeCloseTo(-10, 9);
  });

  it('is not taken in by a reading that is off', () => {
    const samples = series(every(24, 20), (d) => 500 - 4 * d);
    const odd = samples.map((s, i) => (i % 7 === 3 ? { ...s, value: 0 } : s));
    expect(slopeOf(odd)!.perDay).toBeCloseTo(-4, 0);
  });

  it('does not depend on the order, nor on samples told twice', () => {
    const samples = series(every(12, 10), (d) => 300 - 7 * d + (Math.floor(d) % 3));
    expect(slopeOf([...samples].reverse())).toEqual(slopeOf(samples));
    expect(slopeOf([...samples, ...samples])).toEqual(slopeOf(samples));
  });

  it('of a year of minutes is found at once', () => {
    const samples = series(
      Array.from({ length: 200_000 }, (_, i) => (i * 8760) / 200_000),
      (d) => 50_000 - 100 * d,
    );
    expect(slopeOf(samples)!.perDay).toBeCloseTo(-100, 2);
  });

  it('has an interval that holds the truth about nineteen times of twenty', () => {
    let held = 0;
    const runs = 400;
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    for (let run = 0; run < runs; run++) {
      const noise = () => random() + random() + random() + random() - 2;
      const { interval } = slopeOf(series(every(24, 12), (d) => 800 - 5 * d + 10 * noise()))!;
      if (interval.min <= -5 && interval.max >= -5) held++;
    }
    expect(held / runs).toBeGreaterThan(0.92);
    expect(held / runs).toBeLessThan(0.99);
  });
});

describe('the runway', () => {
  it('is what is left over what goes a day', () => {
    const runway = runwayOf(
      series(every(24, 10), (d) => 1000 - 20 * d),
      800,
    );
    expect(runway.trend).toBe('shrinking');
    expect(runway.daysLeft).toBeCloseTo(40, 9);
    expect(runway.daysLeftRange!.min).toBeCloseTo(40, 9);
  });

  it('is unknown where the data do not carry it', () => {
    expect(runwayOf([], 10)).toEqual({ trend: 'unknown', slope: null, daysLeft: null, daysLeftRange: null });
    expect(
      runwayOf(
        series([0, 24], () => 5),
        5,
      ).trend,
    ).toBe('unknown');
    // Up and down by more than any trend.
    const swing = series([0, 20, 47, 70, 99, 120], (d) => 500 + (Math.round(d * 10) % 2 === 0 ? 100 : -100) - d);
    expect(runwayOf(swing, 500)).toMatchObject({ trend: 'unknown', daysLeft: null });
  });

  it('is endless where nothing shrinks', () => {
    expect(
      runwayOf(
        series(every(24, 9), () => 77),
        77,
      ),
    ).toMatchObject({ trend: 'steady', daysLeft: null });
    expect(
      runwayOf(
        series(every(24, 9), (d) => 77 + 2 * d),
        95,
      ),
    ).toMatchObject({ trend: 'growing', daysLeft: null });
  });

  it('is over where nothing is left', () => {
    expect(
      runwayOf(
        series(every(24, 5), (d) => 50 - 10 * d),
        0,
      ),
    ).toMatchObject({ trend: 'shrinking', daysLeft: 0 });
    expect(runwayOf([], 0)).toMatchObject({ trend: 'unknown', daysLeft: 0 });
  });
});
