// Measures how long an offline command takes beside Node.js doing nothing. Needs a build.
import { spawnSync } from 'node:child_process';
import { medians, report } from './measure.mjs';

const ENTRY = new URL('../bin/vpccni.js', import.meta.url).pathname;
const TIMES = 15;

const runs = {
  'vpccni --version': ['--version'],
  'vpccni maxpods --instance m5.large': ['maxpods', '--instance', 'm5.large'],
  'vpccni simulate --instance m5.large': ['simulate', '--instance', 'm5.large'],
};
const [bare, ...taken] = medians(
  TIMES,
  () => start(['-e', '0']),
  ...Object.values(runs).map((args) => () => start([ENTRY, ...args])),
);
Object.keys(runs).forEach((what, at) => {
  report(what, taken[at], { beside: 'Node.js doing nothing', besideMs: bare, budgetRatio: 4 });
});

function start(args) {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
