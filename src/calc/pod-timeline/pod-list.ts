/** More pods than any node runs, and more steps than anyone reads. */
const MOST_PODS = 2000;
const MOST_STEPS = 500;

/** Counts of pods as a user writes them, or why they cannot be read. */
export type PodList = { readonly pods: readonly number[] } | { readonly wrong: string };

/**
 * Reads `0..58`, `0..110:10`, `58..0` or `0,5,9`, also mixed. The end of a stretch is part of it, whatever the step. Counts
 * are whole numbers up to 2,000, in the order given.
 */
export function parsePodList(text: string): PodList {
  const pods: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:\.\.(\d+)(?::(\d+))?)?$/.exec(part.trim());
    if (!match) return { wrong: `${JSON.stringify(part.trim())} is neither a number nor a stretch like 0..110:10` };
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    const step = Number(match[3] ?? 1);
    if (step === 0) return { wrong: `${part.trim()} has a step of 0` };
    if (Math.max(from, to) > MOST_PODS) return { wrong: `no node runs more than ${MOST_PODS} pods` };
    if (Math.abs(to - from) / step > MOST_STEPS) return { wrong: `at most ${MOST_STEPS} steps: write 0..${to}:10` };
    pods.push(...stretch(from, to, step));
  }
  return pods.length > MOST_STEPS ? { wrong: `at most ${MOST_STEPS} steps` } : { pods };
}

/** From one count to another in steps, both included. */
function stretch(from: number, to: number, step: number): readonly number[] {
  const pods: number[] = [];
  const direction = to < from ? -1 : 1;
  for (let at = from; (to - at) * direction > 0; at += direction * step) pods.push(at);
  return [...pods, to];
}

const ROUND_STEPS = [1, 2, 3, 5, 10, 20, 25, 50, 100, 200];

/** None, the first pod, and even steps up to the last: at most `most` of the latter. */
export function evenPods(last: number, most: number): readonly number[] {
  const step = ROUND_STEPS.find((each) => last / each <= most) ?? last;
  return [...new Set([0, Math.min(1, last), ...stretch(0, last, step)])];
}

/** A running node's way: as it is, half-way to full, full, back again, and empty. */
export function thereAndBack(now: number, full: number): readonly number[] {
  const stops = [now, Math.ceil((now + full) / 2), Math.max(full, now), now, 0];
  return stops.filter((pods, at) => pods !== stops[at - 1]);
}
