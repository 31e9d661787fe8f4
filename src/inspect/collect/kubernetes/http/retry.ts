/** When a refused or broken request is tried again. Bounded: a command must end while somebody waits for it. */

/** Attempts after the first. */
export const MAX_RETRIES = 4;
const LONGEST_WAIT_MS = 10_000;
const FIRST_WAIT_MS = 250;

/** 429 from priority and fairness, 5xx from a server restarting or a load balancer without one. */
export function isRetryable(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/**
 * Milliseconds to wait before the next attempt, `attempt` counting from 0. Retry-After (seconds or a date) is obeyed up
 * to 10 s; without it the wait doubles from 250 ms. `random` in 0..1 spreads parallel requests.
 */
export function waitBeforeRetry(attempt: number, retryAfter: string | undefined, now: number, random: number): number {
  const asked = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now);
  const base = asked ?? FIRST_WAIT_MS * 2 ** attempt;
  return Math.min(base + base * 0.25 * random, LONGEST_WAIT_MS);
}

function parseRetryAfter(text: string, now: number): number | undefined {
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
