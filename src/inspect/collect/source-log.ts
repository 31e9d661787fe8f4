/** Keeps account of every request made while collecting, so that a reader can tell "healthy" from "not looked at". */
import type { Source } from '../snapshot.ts';
import type { FailureKind } from './failure.ts';

/** One request that ended. */
export interface RequestRecord {
  readonly section: string;
  /** `ec2:DescribeSubnets`, `list pods`. */
  readonly call: string;
  readonly milliseconds: number;
  readonly items: number;
  /** Attempts beyond the first. */
  readonly retries: number;
  readonly outcome: 'ok' | FailureKind;
}

/** How far a list has come, at the end of one of its pages. */
export interface ListProgress {
  readonly call: string;
  readonly items: number;
  readonly pages: number;
}

/** Adds requests up by section and call; durations are summed over requests, which may overlap. */
export class SourceLog {
  readonly #onRecord: ((list: ListProgress) => void) | undefined;
  readonly #sums = new Map<string, Omit<Source, 'outcome'> & { outcomes: Map<string, number> }>();

  readonly #bySection = new Map<string, number>();

  /** Requests of one section that ended so far: its progress. */
  readonly progressOf = (section: string): number => this.#bySection.get(section) ?? 0;

  /** `onRecord` hears of every request that ends. */
  constructor(onRecord?: (list: ListProgress) => void) {
    this.#onRecord = onRecord;
  }

  readonly record = (r: RequestRecord): void => {
    this.#bySection.set(r.section, this.progressOf(r.section) + 1);
    const key = `${r.section} ${r.call}`;
    const sum = this.#sums.get(key) ?? {
      section: r.section,
      call: r.call,
      requests: 0,
      items: 0,
      milliseconds: 0,
      retries: 0,
      outcomes: new Map<string, number>(),
    };
    this.#sums.set(key, {
      ...sum,
      requests: sum.requests + 1,
      items: sum.items + r.items,
      milliseconds: sum.milliseconds + r.milliseconds,
      retries: sum.retries + r.retries,
      outcomes: sum.outcomes.set(r.outcome, (sum.outcomes.get(r.outcome) ?? 0) + 1),
    });
    this.#onRecord?.({ call: r.call, items: sum.items + r.items, pages: sum.requests + 1 });
  };

  /** Number of requests so far, for progress. */
  get requests(): number {
    let n = 0;
    for (const s of this.#sums.values()) n += s.requests;
    return n;
  }

  /** Every call in the order of its first request. */
  sources(): Source[] {
    return [...this.#sums.values()].map(({ outcomes, ...sum }) => ({
      ...sum,
      milliseconds: Math.round(sum.milliseconds),
      outcome: outcomeText(outcomes),
    }));
  }
}

/** `ok`, `denied`, or `ok 5, denied 1` where requests of one call ended differently. */
function outcomeText(outcomes: ReadonlyMap<string, number>): string {
  if (outcomes.size === 1) return [...outcomes.keys()][0]!;
  return [...outcomes].map(([name, n]) => `${name} ${n}`).join(', ');
}
