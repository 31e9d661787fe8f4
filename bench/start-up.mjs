// Measures what an offline command costs beside Node.js doing nothing: CPU of the whole process, in turn. Needs a build.
import { spawnSync } from 'node:child_process';
import { report } from './measure.mjs';

const ENTRY = new URL('../bin/vpccni.js', import.meta.url).pathname;
const TIMES = 15;

/** What is run, and how many times bare Node.js it may take. */
const RUNS = [
  { args: ['--help'], budgetRatio: 1.2 },
  { args: ['maxpods', 'm5.large', '--prefix', '-o', 'value'], budgetRatio: 1.2 },
  { args: ['maxpods', 'm5.large', '--prefix'], budgetRatio: 1.4 },
  { args: ['explain', 'SUB001'], budgetRatio: 1.5 },
  { args: ['inspect', '--demo'], budgetRatio: 4 },
];

const bare = [];
const taken = RUNS.map(() => []);
// The first round warms the machine's caches and is not counted.
for (let round = 0; round <= TIMES; round++) {
  const counts = round > 0;
  const nothing = cpuOf(['-e', '0']);
  if (counts) bare.push(nothing);
  for (const [at, { args }] of RUNS.entries()) {
    const cpu = cpuOf([ENTRY, ...args]);
    if (counts) taken[at].push(cpu);
  }
}
for (const [at, { args, budgetRatio }] of RUNS.entries())
  report(`vpccni ${args.join(' ')}`, median(taken[at]), {
    beside: 'Node.js doing nothing',
    besideMs: median(bare),
    budgetRatio,
  });

/** Milliseconds of processor time a process takes, by bash's own clock. */
function cpuOf(args) {
  const script = 'TIMEFORMAT="%3U %3S"; time "$0" "$@" >/dev/null';
  const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return (user + system) * 1000;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
