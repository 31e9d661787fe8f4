// What the benchmarks share: the program's modules bundled, the best of several runs, and one line of the report.
import { build } from 'esbuild';

/** The exports named by `contents`, paths from the root of the project: as they run once they are built, and without a build. */
export async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: new URL('..', import.meta.url).pathname },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** Least time of several runs, in milliseconds. */
export function best(times, run) {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Median of several runs that take turns, so that a busy machine slows all of them. */
export function medians(times, ...runs) {
  const taken = runs.map(() => []);
  for (let time = 0; time < times; time++) for (const [at, run] of runs.entries()) taken[at].push(best(1, run));
  return taken.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / 2)]);
}

/** Prints one result beside what it was measured against; over its budget, the process ends with 1. */
export function report(what, milliseconds, { beside, besideMs, budgetMs, budgetRatio }) {
  const ratio = milliseconds / besideMs;
  const budget = budgetMs === undefined ? `${budgetRatio} times` : `${budgetMs} ms`;
  const over = budgetMs === undefined ? ratio > budgetRatio : milliseconds > budgetMs;
  console.log(what);
  console.log(
    `  ${milliseconds.toFixed(1)} ms, ${ratio.toPrecision(2)} times ${beside} (${besideMs.toFixed(1)} ms); budget ${budget}${over ? ': OVER' : ''}`,
  );
  if (over) process.exitCode = 1;
}
